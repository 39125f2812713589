"""What is told of access that is not as we left it: objects of grants that were edited, and others that look like them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gitops_breakglass.core.plan.edited import edited
from gitops_breakglass.core.plan.lookalikes import is_watched, look_alikes
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.ports import ClusterState

_WHO_CHANGED = "find out who changed it: the guard lets nobody, so somebody took the guard away"
_WHO_MADE = "find out who made it; delete it, or have it approved: write it into the policy side as it is"


def unknown_and_edited(
    cluster: str, state: ClusterState, records: Mapping[str, Record], rbac: Callable[[], Rbac], meant: Rbac
) -> tuple[Finding, ...]:
    """Return the findings on one cluster; nothing of it is changed on their account.

    `rbac` reads all roles and bindings of others, and is only asked where a grant is live or has ended of late; `meant` is
    that of the policy side in force. Raises what reading raises.
    """
    watched = any(is_watched(each, state.now) for each in records.values())
    others = rbac() if watched else Rbac()
    changed = edited(records.values(), state.objects, state.now)
    alike = look_alikes(records.values(), state.objects, others, meant, state.now)
    place = Location(f"clusters/{cluster}")
    return (
        *(edited_finding(cluster, each.key, each.why) for each in changed),
        *(Finding("look-alike", f"{cluster}: {each.key}: {each.why}", place, hint=_WHO_MADE) for each in alike),
    )


def edited_finding(cluster: str, key: ObjectKey, why: str) -> Finding:
    """Return what is told of an object of a grant that somebody edited."""
    return Finding("edited-grant", f"{cluster}: {key}: {why}", Location(f"clusters/{cluster}"), hint=_WHO_CHANGED)


def not_looked_for(cluster: str, error: BreakglassError) -> Finding:
    """Return what is told where nobody could look."""
    return Finding(
        "look-alike",
        f"{cluster}: what looks like a grant's access could not be looked for: {error.message}",
        Location(f"clusters/{cluster}"),
        Severity.WARNING,
        "it takes the right to list roles and bindings on the whole cluster, as the reconciler has it",
    )
