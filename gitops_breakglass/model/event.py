"""What a process that runs on says while it runs: one event after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How urgent an event is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Fact = str | float | int | bool | None


@dataclass(frozen=True)
class LogEvent:
    """One thing that happened, or that holds. Its facts may be what strangers wrote: whoever prints them escapes them."""

    level: Level
    what: str
    """One of a few words, the same for the same thing: `granted`, `deleted`, `failed`, `unreachable`, …"""
    cluster: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    is_state: bool = False
    """Whether it holds until it is told no more, so that each run finds it anew."""
