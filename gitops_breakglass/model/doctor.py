"""What `doctor` looked at and what it thinks of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How something is. What is not known is none of the others."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at. `check` is its id in docs/doctor.md, `about` the cluster, or empty for the repository."""

    check: str
    about: str
    verdict: Verdict
    message: str
    why: str
    """Why it matters, in one sentence."""
    hint: str | None = None
    """What to do, where something is to be done."""
