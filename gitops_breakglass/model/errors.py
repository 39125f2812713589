"""The errors that reach a person, each saying what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refuser(StrEnum):
    """What refused a call, as far as the answer says it."""

    WEBHOOK = "webhook"
    """An admission webhook said no, or could not be asked."""
    POLICY = "policy"
    """An admission policy."""
    PERMISSION = "permission"
    """We may not make the call."""
    CREDENTIALS = "credentials"
    """Nobody knows who we are."""
    NAMESPACE = "terminating-namespace"
    """Its namespace is being deleted."""
    FINALIZER = "finalizer"
    """Nothing refused it, and a finalizer keeps the object."""


@dataclass(frozen=True)
class RefusedBy:
    """What kept something from being done, and which one of its kind, empty where that is not known."""

    what: Refuser
    name: str = ""


class BreakglassError(Exception):
    """Anything that stops a command for a reason that its user can act on.

    `message` says what is wrong and where, `hint` what to do next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def in_one_line(self) -> str:
        """Return what is wrong, with what to do next behind it."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(BreakglassError):
    """The command line or the configuration can't be used as it stands (exit 2)."""


class UnreachableError(BreakglassError):
    """A forge or a cluster did not answer, so what it knows is unknown (exit 7)."""


class RepositoryError(BreakglassError):
    """The access repository can't be read as what it has to be, a full clone (exit 7)."""


class ConflictError(BreakglassError):
    """An object of that name is there and is not ours, or is not the one that was seen."""


class GoneError(BreakglassError):
    """The object is not there (any more)."""


class RefusedError(BreakglassError):
    """The API server refused a call: missing permission, admission policy, webhook, or an invalid object."""

    def __init__(self, message: str, *, hint: str | None = None, by: RefusedBy | None = None) -> None:
        super().__init__(message, hint=hint)
        self.by = by


class ForbiddenError(RefusedError):
    """The API server refused a call since we may not make it: a permission or valid credentials are missing."""


class BugError(BreakglassError):
    """Something that we did not think of (exit 1); it is told with the place where it happened."""

    @classmethod
    def of(cls, error: Exception) -> BugError:
        """Wrap an exception that nobody expected."""
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
        return cls(f"a bug of ours: {type(error).__name__}{place}", hint="please report it; the next run tries again")
