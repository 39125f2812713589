"""What failed of a `Breakglass`, in one of its reference's reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitops_breakglass.core.plan.ownership import may_be_grant_object
from gitops_breakglass.model.outcome import Failed, Outcome, Skipped, Trouble

_REVOKE = "RevokeFailed"
_MAKING = {
    Trouble.FORBIDDEN: "RBACForbidden",
    Trouble.OTHER: "RoleBindingFailed",
    # What may pass by itself is told where nothing else is.
    Trouble.TIMED_OUT: "RBACTimeout",
}
KEPT = frozenset({_REVOKE, *_MAKING.values()})
"""The reasons that a run which does not try everything leaves as they are."""


@dataclass(frozen=True)
class Attempt:
    """What came of one run's tries for one request."""

    failed: tuple[Failed, ...] = ()
    is_whole: bool = False
    """Whether all that there was to do was tried: then a failure of before that is not among these is over."""


def attempts_of(outcomes: Iterable[Outcome], *, is_whole: bool, of: Iterable[str] = ()) -> dict[str, Attempt]:
    """Return what came of a run's tries by the uid of the request, for those `of` whom nothing is told as well.

    What was skipped was not tried. Only what gives access, or keeps something from it, is looked at.
    """
    failed: dict[str, list[Failed]] = {uid: [] for uid in of}
    skipped: set[str] = set()
    for each in outcomes:
        if isinstance(each, Failed) and may_be_grant_object(each.key):
            failed.setdefault(each.request, []).append(each)
        elif isinstance(each, Skipped):
            skipped.add(each.request)
    return {uid: Attempt(tuple(told), is_whole and uid not in skipped) for uid, told in failed.items()}


def failure_of(attempt: Attempt) -> tuple[str, str] | None:
    """Return the reason and the message for what failed: an end that was refused before all else."""
    ranked = sorted(attempt.failed, key=lambda each: _rank(_reason(each)))
    if not ranked:
        return None
    first = ranked[0]
    more = f" (and {len(ranked) - 1} more)" if len(ranked) > 1 else ""
    return _reason(first), f"{first.key}: {first.error}{more}"


def _reason(failed: Failed) -> str:
    return _REVOKE if failed.ending else _MAKING[failed.trouble]


def _rank(reason: str) -> int:
    return (_REVOKE, *_MAKING.values()).index(reason)
