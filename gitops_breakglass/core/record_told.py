"""The part of a record's status that says what people were told, where anybody may have written anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_breakglass.core.record_parts import LONG_PAST, list_of, text_of, time_or_past
from gitops_breakglass.model.notice import Channel, Event, Occasion, Progress, Told
from gitops_breakglass.model.window import print_time

MOST_TOLD = 2000
"""How many tellings a record holds, as its schema has it."""
_EVENTS = {each.value: each for each in Event}
_CHANNELS = {each.value: each for each in Channel}
_PROGRESS = {each.value: each for each in Progress}


def read_told(data: object) -> tuple[Told, ...]:
    """Return what a status says was told. Where it can't be read how far that came, it may have been told, and is not again."""
    return tuple(told for each in list_of(data) if isinstance(each, Mapping) and (told := _told(each)) is not None)


def told_status(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Return what was told as a record's status says it, oldest first; read_told reads it back."""
    return [
        {
            "event": each.occasion.event.value,
            **({"occurrence": print_time(each.occasion.occurrence)} if each.occasion.occurrence is not None else {}),
            "channel": each.channel.value,
            "progress": each.progress.value,
            "at": print_time(each.at),
            "tries": each.tries,
        }
        for each in sorted(told, key=lambda each: (each.at, each.occasion.id_for(""), each.channel))
    ]


def _told(data: Mapping[str, Any]) -> Told | None:
    event, channel = _EVENTS.get(text_of(data.get("event"))), _CHANNELS.get(text_of(data.get("channel")))
    if event is None or channel is None:
        return None
    tries = data.get("tries")
    return Told(
        Occasion(event, time_or_past(data.get("occurrence"))),
        channel,
        _PROGRESS.get(text_of(data.get("progress")), Progress.UNSURE),
        time_or_past(data.get("at")) or LONG_PAST,
        tries if type(tries) is int and tries > 0 else 1,
    )
