"""What there is to tell of one request now, whatever was told of it before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gitops_breakglass.core.render.status import due_at, end_reason
from gitops_breakglass.model.grant import Occurrence, Record, Statement
from gitops_breakglass.model.notice import Event, Notice, Notifications, Occasion
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.window import Window

NEWS = timedelta(days=3)
"""How long something is worth telling: whoever switches notices on does not hear of years of access at once."""
_MOST_OBJECTS = 10


def notices_of(
    record: Record,
    now: datetime,
    settings: Notifications,
    *,
    failed: Sequence[Failed] = (),
    earlier: Record | None = None,
) -> tuple[Notice, ...]:
    """Return what there is to tell of a request, in the order in which it happened.

    `now` is the cluster's time; `failed` is what a run could not end of the request. `earlier` is the record as that run
    found it: of recurring access it may list occurrences that are told in the ledger by now, and so are listed no more.
    """
    statement = record.statement
    if statement is None or statement.outcome != "granted":
        return ()
    bare = _bare(statement, now)
    occurrences = _occurrences(record, earlier)
    found = [
        *_granted(record, statement, occurrences, bare),
        *_reminders(record, statement, occurrences, bare, settings.reminder),
        *_failures(record, statement, occurrences, bare, failed, settings.overdue_after),
        *_ends(record, occurrences, bare),
    ]
    return tuple(found)


def _bare(statement: Statement, now: datetime) -> Notice:
    recurrence, evidence = statement.recurrence, statement.evidence
    window = None
    if statement.windows:
        starts, ends = (each.start for each in statement.windows), (each.end for each in statement.windows)
        window = Window(min(starts), max(ends))
    return Notice(
        occasion=Occasion(Event.GRANTED),
        cluster=statement.cluster,
        request=statement.request,
        uid=statement.uid,
        at=now,
        change=str(evidence.get("change") or ""),
        subject=statement.subject.name if statement.subject is not None else "",
        source=str(evidence.get("source") or ""),
        window=window,
        schedule=f"{recurrence.cron} ({recurrence.location})" if recurrence is not None else "",
        requester=str(evidence.get("author") or ""),
        approvers=tuple(dict.fromkeys(str(each.get("person") or "") for each in statement.approvals)),
    )


def _occurrences(record: Record, earlier: Record | None) -> tuple[Occurrence, ...]:
    """Return the occurrences that are listed, and those that ended and were listed a moment ago."""
    found = {each.start: each for each in (earlier.occurrences if earlier is not None else ()) if each.ended_at}
    found |= {each.start: each for each in record.occurrences}
    return tuple(found[start] for start in sorted(found))


def _granted(record: Record, statement: Statement, occurrences: Sequence[Occurrence], bare: Notice) -> Iterator[Notice]:
    now = bare.at
    if statement.recurrence is None:
        waits = bare.window is not None and bare.window.contains(now) and not record.uids
        # What can't be made yet, or is held back, is no access yet; what was over before anything was made is told.
        if now - statement.decided_at <= NEWS and not (waits and record.ended_at is None):
            yield bare
        return
    if not occurrences and record.ended_at is None and now - statement.decided_at <= NEWS:
        yield bare
    for each in occurrences:
        is_made = each.ended_at is not None or not record.uids.keys().isdisjoint(each.objects)
        if is_made and now - each.start <= NEWS:
            yield _about(bare, Event.GRANTED, each)


def _reminders(
    record: Record, statement: Statement, occurrences: Sequence[Occurrence], bare: Notice, lead: timedelta
) -> Iterator[Notice]:
    """Say that a window ends soon, where it was not said a moment before that it had begun."""
    if record.revoked_at is not None or record.ended_at is not None or not record.uids:
        return
    if statement.recurrence is not None:
        open_ones = [_about(bare, Event.REMINDER, each) for each in occurrences if each.ended_at is None]
    else:
        open_ones = [replace(bare, occasion=Occasion(Event.REMINDER))]
    for notice in open_ones:
        window = notice.window
        if window is None or not window.contains(bare.at):
            continue
        begins = window.end - lead
        if begins <= bare.at and max(window.start, statement.decided_at) < begins:
            yield notice


def _failures(
    record: Record,
    statement: Statement,
    occurrences: Sequence[Occurrence],
    bare: Notice,
    failed: Sequence[Failed],
    patience: timedelta,
) -> Iterator[Notice]:
    """Say what is over and could not be ended, once for the request, or for each occurrence of it."""
    if record.ended_at is not None:
        return
    groups: dict[datetime | None, list[Failed]] = {}
    for each in failed:
        if each.ending and each.still_grants:
            of = next((one for one in occurrences if each.key in one.objects), None)
            if of is None or of.ended_at is None:
                groups.setdefault(of.start if of is not None else None, []).append(each)
    for start, group in groups.items():
        notice = next((_about(bare, Event.COULD_NOT_END, one) for one in occurrences if one.start == start), None)
        notice = notice or replace(bare, occasion=Occasion(Event.COULD_NOT_END))
        ends = [notice.window.end if notice.window is not None else statement.expires_at, record.revoked_at]
        since = min((end for end in ends if end is not None and statement.decided_at <= end <= bare.at), default=None)
        if since is None or bare.at - since >= patience:
            still = tuple(dict.fromkeys(str(each.key) for each in group))[:_MOST_OBJECTS]
            yield replace(notice, since=since, why=group[0].error, still=still)


def _ends(record: Record, occurrences: Sequence[Occurrence], bare: Notice) -> Iterator[Notice]:
    now = bare.at
    for each in occurrences:
        # The last one ends with the request, of which more is told.
        if each.ended_at is not None and each.ended_at != record.ended_at and now - each.ended_at <= NEWS:
            due = each.due_at(record.revoked_at)
            late = each.ended_at - due if due is not None else None
            yield replace(_about(bare, Event.ENDED, each), ended_at=each.ended_at, late=late, why="its window ended")
    if record.ended_at is not None and now - record.ended_at <= NEWS:
        due = due_at(record, record.ended_at)
        yield replace(
            bare,
            occasion=Occasion(Event.ENDED),
            ended_at=record.ended_at,
            late=record.ended_at - due if due is not None else None,
            why=record.ended_why or end_reason(record),
        )


def _about(bare: Notice, event: Event, occurrence: Occurrence) -> Notice:
    window = Window(occurrence.start, max(occurrence.start, occurrence.end))
    return replace(bare, occasion=Occasion(event, occurrence.start), window=window)
