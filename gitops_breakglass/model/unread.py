"""What could not be read, told apart from what is not there."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.errors import BreakglassError

_AGAIN = "run again when the repository and the forge answer"


@dataclass(frozen=True)
class Unread:
    """What could not be read, and what to do about it: not known is neither yes nor no."""

    message: str
    hint: str = _AGAIN

    @classmethod
    def because(cls, error: BreakglassError, otherwise: str = _AGAIN) -> Unread:
        """Return an error as why something is not known; `otherwise` is what to do where the error doesn't say."""
        return cls(error.message, error.hint or otherwise)
