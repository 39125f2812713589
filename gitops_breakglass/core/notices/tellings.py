"""Which notices go out now by which channel, since nothing is told twice: from what a record says was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gitops_breakglass.core.record_told import MOST_TOLD
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.notice import Channel, Event, Notice, Progress, Told

MOST_TRIES = 8
"""How often a notice is tried that is clearly refused: over about three hours."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
NO_WORD = timedelta(minutes=5)
"""After how long somebody who was about to send is taken to have been stopped. Nobody takes nearly as long to send."""
_FINDS_ITS_OWN = frozenset({Channel.COMMENT})
"""Where we can look whether it was sent: there a notice is tried again in place of being left unsure."""


@dataclass(frozen=True)
class Telling:
    """One notice to send by one channel; `tries` counts this one too."""

    notice: Notice
    channel: Channel
    tries: int = 1


def tellings(
    notices: Iterable[Notice],
    told: Iterable[Told],
    channels: Mapping[Channel, AbstractSet[Event]],
    now: datetime,
) -> tuple[Telling, ...]:
    """Return what is to be sent now, of what there is to tell. `channels` says which events each channel tells."""
    known = {(each.occasion, each.channel): each for each in told}
    found = []
    for notice in notices:
        for channel, events in channels.items():
            if notice.event in events:
                tries = _tries(known.get((notice.occasion, channel)), channel, now)
                if tries:
                    found.append(Telling(notice, channel, tries))
    return tuple(found)


def _tries(told: Told | None, channel: Channel, now: datetime) -> int:
    """Return which try it would be now; 0 where it is not to be tried."""
    if told is None:
        return 1
    if told.progress is Progress.FAILED:
        pause = min(_FIRST_PAUSE * 2 ** min(told.tries - 1, 10), _LONGEST_PAUSE)
        return told.tries + 1 if told.at + pause <= now else 0
    if told.progress is Progress.SENDING and channel in _FINDS_ITS_OWN and told.at + NO_WORD <= now:
        return told.tries + 1 if told.tries < MOST_TRIES else 0
    return 0


def stale(told: Iterable[Told], sending: Iterable[Telling], now: datetime) -> tuple[Told, ...]:
    """Return the tellings that somebody was about to send and never said more of, and that are not sent again now."""
    again = {(each.notice.occasion, each.channel) for each in sending}
    return tuple(
        each
        for each in told
        if each.progress is Progress.SENDING and each.at + NO_WORD <= now and (each.occasion, each.channel) not in again
    )


def marked(record: Record, mark: Told) -> tuple[Told, ...] | None:
    """Return what a record says was told, with this; None where there is no room, and so nothing may be sent.

    Of recurring access that goes on for years, what was told of occurrences that are not listed any more makes room.
    """
    others = [each for each in record.told if (each.occasion, each.channel) != (mark.occasion, mark.channel)]
    if len(others) >= MOST_TOLD // 2:
        others = _recent(others, record)
    return (*others, mark) if len(others) < MOST_TOLD else None


def _recent(told: Sequence[Told], record: Record) -> list[Told]:
    listed = {None, *(each.start for each in record.occurrences)}
    newest = max((each.at for each in told), default=None)
    return [
        each
        for each in told
        if each.occasion.occurrence in listed or (newest is not None and newest - each.at <= timedelta(days=30))
    ]


def after(mark: Told, progress: Progress, now: datetime) -> Told:
    """Return the mark with how it went; what was refused too often is given up."""
    if progress is Progress.FAILED and mark.tries >= MOST_TRIES:
        progress = Progress.GIVEN_UP
    return replace(mark, progress=progress, at=now)
