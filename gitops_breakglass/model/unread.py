"""What could not be read, told apart from what is not there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unread:
    """What could not be read, and what to do about it: not known is neither yes nor no."""

    message: str
    hint: str = "run again when the repository and the forge answer"
