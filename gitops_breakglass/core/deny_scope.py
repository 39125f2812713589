"""Whether a deny policy applies to a request at all."""

from __future__ import annotations

from gitops_breakglass.model.policy import DenyScope

_EVERY = "*"


def in_scope(deny: DenyScope, *, cluster: str, tenant: str | None, session: str, escalation: str | None) -> bool:
    """Whether the policy is for this request. Every list that is not empty has to match; with none it is global.

    Names are exact, as upstream has it: `*` alone stands for all of them, and `prod-*` for a cluster of that name.
    `session` is the request's name whatever its kind, which is stricter than upstream for a Breakglass. `tenant` and
    `escalation` are None where there is none; then only an empty list or `*` matches.
    """
    return (
        _meets(deny.clusters, cluster)
        and _meets(deny.tenants, tenant)
        and _meets(deny.sessions, session)
        and _meets(deny.escalations, escalation)
    )


def _meets(wanted: tuple[str, ...], value: str | None) -> bool:
    return not wanted or _EVERY in wanted or value in wanted
