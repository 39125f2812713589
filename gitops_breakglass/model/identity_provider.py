"""Identity providers: where people sign in, and how many sessions they may have at a time."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.finding import Location


@dataclass(frozen=True)
class SessionLimits:
    """What an escalation says about sessions at a time; None is what it leaves to others."""

    per_user: int | None = None
    total: int | None = None
    """Of all users of the escalation together."""
    unlimited: bool = False


@dataclass(frozen=True)
class GroupLimit:
    """What holds for members of the groups that a glob matches, instead of the provider's default."""

    group: str
    per_user: int | None = None
    unlimited: bool = False


@dataclass(frozen=True)
class IdentityProvider:
    """An `IdentityProvider` document. Nobody counts by one that is disabled; its limits hold all the same."""

    name: str
    location: Location
    issuer: str = ""
    disabled: bool = False
    per_user: int | None = None
    group_limits: tuple[GroupLimit, ...] = ()
    """In order: the first that matches one of a person's groups holds."""
