"""A story in commands: what is said, what is typed, and how each line has to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Say:
    """A sentence or two between commands."""

    text: str


@dataclass(frozen=True)
class Go:
    """A change of folder, seen from the story's own; shown as the `cd` that it is."""

    folder: str
    typed: str


@dataclass(frozen=True)
class Run:
    """One line typed at a shell, the exit code that it has to have, and texts that it has to print."""

    line: str
    code: int = 0
    prints: tuple[str, ...] = ()
    nothing: bool = False
    """Whether it has to print nothing at all."""


Step: TypeAlias = Say | Go | Run


@dataclass(frozen=True)
class Ended:
    """How a line ended; `output` is what it wrote, to standard error too."""

    code: int
    output: str
