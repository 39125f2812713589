"""One check of `doctor`: an id, why it matters, and its four answers."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.doctor import Diagnosis, Verdict
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.unread import Unread


@dataclass(frozen=True)
class Check:
    """What is looked at; its id has a section in docs/doctor.md."""

    id: str
    why: str

    def ok(self, message: str, about: str = "") -> Diagnosis:
        """Say that it is as it should be."""
        return Diagnosis(self.id, about, Verdict.OK, message, self.why)

    def warning(self, message: str, hint: str, about: str = "") -> Diagnosis:
        """Say that it is weaker than it could be."""
        return Diagnosis(self.id, about, Verdict.WARNING, message, self.why, hint)

    def error(self, message: str, hint: str, about: str = "") -> Diagnosis:
        """Say that something does not work, or is not safe."""
        return Diagnosis(self.id, about, Verdict.ERROR, message, self.why, hint)

    def unknown(self, unread: Unread, about: str = "") -> Diagnosis:
        """Say that it could not be found out."""
        return Diagnosis(self.id, about, Verdict.UNKNOWN, unread.message, self.why, unread.hint)


def unread(error: BreakglassError) -> Unread:
    """Return an error as why something is not known."""
    return Unread.because(error, "run doctor again when it answers")
