"""Whom templates and bindings mean where they name people by globs."""

from __future__ import annotations

from gitops_breakglass.core.glob import SPECIAL, matches_any
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.policy import PolicySide


def anybody_of(audience: Audience, policy: PolicySide, cluster: str) -> Audience:
    """Return the audience with the people and groups of identities.yaml in the place of globs.

    `allowed` of the debug kinds has globs in upstream's dialect, and nothing else here has; a glob that nobody matches is
    nobody.
    """
    identities = policy.identities
    users = _plain(audience.users)
    groups = _plain(audience.groups)
    if globs := audience.users - users:
        words = {word for each in identities.people for word in (*each.emails, each.username_on(cluster)) if word}
        users |= {word for word in words if matches_any(globs, word)}
    if globs := audience.groups - groups:
        groups |= {each.name for each in identities.groups if matches_any(globs, each.name)}
    return Audience(users, groups)


def _plain(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if not SPECIAL & set(word))
