"""A notice in the words that people read at night: as Markdown, as plain text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from gitops_breakglass.model.notice import Event, Message, Notice
from gitops_breakglass.model.window import print_duration, print_time
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.findings.markdown import LONGEST, code, fenced
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import moment

VERSION = 1
_TITLES = {
    Event.GRANTED: "access granted",
    Event.REMINDER: "access ends soon",
    Event.ENDED: "access ended",
    Event.COULD_NOT_END: "ACCESS COULD NOT BE ENDED",
}
_LONGEST_WORD = 1000
"""Characters of one thing that others wrote; an error of an API server may be longer than anybody reads."""
_IN_CHATS = str.maketrans({"@": "\uff20", "<": "\u2039", ">": "\u203a"})
"""What chat programs take for a mention or a link, written as what it looks like."""
_SOON = timedelta(minutes=1)


def message_of(notice: Notice, *, recipients: Sequence[str] = (), summary: str = "") -> Message:
    """Return what channels send of a notice. `summary` is what was used of what was granted, in lines, where that is known.

    All that others may have written stands in code in the Markdown, where it is no mention, link, reference or HTML; in
    plain text each stands on one line, without anything that a terminal or a log would obey.
    """
    lines = list(_lines(notice))
    title = f"{_TITLES[notice.event]}: {printable(_cut(str(notice.request)))}"
    plain = [f"gitops-breakglass: {title}", "", *(_plain(line) for line in lines)]
    summarised = [printable(line) for line in summary.splitlines()]
    text = "".join(f"{line}\n" for line in [*plain, *([""] if summarised else []), *summarised])
    return Message(
        id=notice.id,
        title=f"gitops-breakglass: {title}",
        text=text,
        markdown=_markdown(notice, lines, summarised),
        payload=_payload(notice, text, summary),
        change=notice.change,
        recipients=tuple(recipients),
        at=notice.at,
    )


class _Word(str):
    """What others may have written."""

    __slots__ = ()


_Line = tuple[str | _Word, ...]
"""A line of words of ours and of others."""


def _lines(notice: Notice) -> Iterator[_Line]:
    who, where = _Word(notice.subject), _Word(notice.cluster)
    window = notice.window
    match notice.event:
        case Event.GRANTED:
            yield who, " has access on ", where, *_span(notice)
        case Event.REMINDER:
            end = moment(window.end) if window is not None else "its end"
            left = f", in {print_duration(_whole(window.end - notice.at))}" if window is not None else ""
            yield "The access of ", who, " on ", where, f" ends at {end}{left}."
            yield ("Work that takes longer needs a new request; an end that was granted never moves.",)
        case Event.ENDED:
            when = f" at {moment(notice.ended_at)}" if notice.ended_at is not None else ""
            yield "The access of ", who, " on ", where, f" is gone: seen{when}{_late(notice.late)}."
            yield "Why: ", _Word(notice.why), "."
        case Event.COULD_NOT_END:
            since = f"was to end at {moment(notice.since)}" if notice.since is not None else "has to go"
            yield "The access of ", who, " on ", where, f" {since}, and may still work."
            yield "What keeps it: ", _Word(notice.why)
            for each in notice.still:
                yield "Still there: ", _Word(each)
            yield "Every run tries again. Look now: ", _Word(f"gitops-breakglass status {notice.request}")
    if notice.source:
        yield "It comes from ", _Word(notice.source), *_approved(notice), "."


def _span(notice: Notice) -> Iterator[str | _Word]:
    window = notice.window
    if notice.schedule and notice.occasion.occurrence is None:
        yield " in windows of the schedule "
        yield _Word(notice.schedule)
        yield "."
    elif window is None:
        yield "."
    elif window.end <= notice.at:
        yield f" from {moment(window.start)} until {moment(window.end)}, which is over already."
    elif window.start > notice.at:
        yield f" from {moment(window.start)} until {moment(window.end)}."
    else:
        yield f" until {moment(window.end)}."


def _approved(notice: Notice) -> Iterator[str | _Word]:
    for number, each in enumerate(notice.approvers):
        yield ", " if number else ", approved by "
        yield _Word(each)


def _late(late: timedelta | None) -> str:
    if late is None:
        return ""
    if late < _SOON:
        return f", {late.total_seconds():.1f} s after it was due"
    return f", {print_duration(_whole(late))} after it was due"


def _whole(span: timedelta) -> timedelta:
    return max(timedelta(seconds=round(span.total_seconds())), timedelta())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_WORD else f"{text[: _LONGEST_WORD - 1]}…"


def _plain(line: _Line) -> str:
    return "".join(printable(_cut(each)) if isinstance(each, _Word) else each for each in line)


def _markdown(notice: Notice, lines: Sequence[_Line], summarised: Sequence[str]) -> str:
    head = f"### gitops-breakglass: {_TITLES[notice.event]}\n\n{code(_cut(str(notice.request)))}\n"
    said = ["".join(code(_cut(each)) if isinstance(each, _Word) else each for each in line) for line in lines]
    text = head + "".join(f"\n{each}\n" for each in said)
    if summarised:
        room = LONGEST - len(text) - 1000
        kept = [line for number, line in enumerate(summarised) if sum(map(len, summarised[: number + 1])) < room // 2]
        text += f"\n**What was used**\n\n{fenced(kept)}"
    return text


def _payload(notice: Notice, text: str, summary: str) -> str:
    window = notice.window
    return dumped(
        {
            "version": VERSION,
            "id": notice.id,
            "event": notice.event.value,
            "at": print_time(notice.at),
            "cluster": notice.cluster,
            "request": str(notice.request),
            "uid": notice.uid,
            "change": notice.change or None,
            "subject": notice.subject,
            "source": notice.source,
            "approvers": list(notice.approvers),
            "window": {"start": print_time(window.start), "end": print_time(window.end)} if window else None,
            "schedule": notice.schedule or None,
            "endedAt": print_time(notice.ended_at) if notice.ended_at else None,
            "lateSeconds": notice.late.total_seconds() if notice.late is not None else None,
            "overdueSince": print_time(notice.since) if notice.since else None,
            "why": notice.why or None,
            "still": list(notice.still),
            "used": summary or None,
            "text": _for_chats(text),
        }
    )


def _for_chats(text: str) -> str:
    """Return text in which a chat program finds no mention and no link."""
    return text.translate(_IN_CHATS)
