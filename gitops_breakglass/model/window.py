"""Windows of access, and the durations and times that they are written with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
    "µs": timedelta(microseconds=1),
}
_DURATION = re.compile(r"\A(?:([0-9]+)d)?((?:[0-9]+(?:\.[0-9]+)?(?:h|ms|us|µs|ns|m|s))*)\Z", re.ASCII)
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|us|µs|ns|m|s)", re.ASCII)
_TIME = re.compile(r"\A\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)

LONGEST = timedelta(days=365)
"""The longest duration that upstream's ParseDuration takes."""


@dataclass(frozen=True, order=True)
class Window:
    """The time in which access holds: `start` included, `end` not; both aware and in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse a window that ends before it starts."""
        if self.end < self.start:
            msg = f"a window can't end ({self.end}) before it starts ({self.start})"
            raise ValueError(msg)

    def contains(self, now: datetime) -> bool:
        """Whether access holds at `now`."""
        return self.start <= now < self.end


# Many requests write the same few durations and times.
@lru_cache(maxsize=1024)
def parse_duration(text: str) -> timedelta:
    """Read a Go duration (`1h30m`), with whole days in front as upstream's ParseDuration has them (`14d`, `1d12h`).

    Raises ValueError where it is none, not positive, or longer than 365 days.
    """
    match = _DURATION.match(text)
    if not text or match is None:
        msg = f"{text!r} is no duration; write it as 90s, 30m, 2h, 1h30m or 14d"
        raise ValueError(msg)
    try:
        total = timedelta(days=int(match[1] or 0))
        for number, unit in _PART.findall(match[2]):
            total += float(number) * (_UNITS[unit] if unit != "ns" else timedelta(microseconds=1) / 1000)
    except OverflowError:
        total = LONGEST + timedelta(seconds=1)
    if not timedelta() < total <= LONGEST:
        msg = f"{text!r} must be positive and at most 365 days"
        raise ValueError(msg)
    return total


def print_duration(value: timedelta) -> str:
    """Write a duration as Go does, in hours, minutes and seconds without empty parts; parse_duration reads it back."""
    microseconds = round(value / timedelta(microseconds=1))
    seconds, rest = divmod(microseconds, 1_000_000)
    parts = [f"{seconds // 3600}h" * (seconds >= 3600), f"{seconds // 60 % 60}m" * (seconds // 60 % 60 > 0)]
    if seconds % 60 or rest or not seconds:
        fraction = f".{rest:06d}".rstrip("0") if rest else ""
        parts.append(f"{seconds % 60}{fraction}s")
    return "".join(parts)


@lru_cache(maxsize=1024)
def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time with its offset, into UTC. Raises ValueError; a time without an offset is none."""
    if not _TIME.match(text):
        msg = f"{text!r} is no RFC 3339 time with an offset; write it as 2026-01-31T09:00:00Z"
        raise ValueError(msg)
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    try:
        return datetime.fromisoformat(whole).astimezone(UTC)
    except OverflowError:
        msg = f"{text!r} is no time that UTC has"
        raise ValueError(msg) from None


def print_time(value: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second unless it has parts of one."""
    text = value.astimezone(UTC).isoformat(timespec="microseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")
