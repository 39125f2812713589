"""What is never granted, taken out of rules whose wildcards can't be expanded, since no API server is there to ask."""

from __future__ import annotations

from collections import defaultdict

from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of, from_cells, urls_of
from gitops_breakglass.core.rbac.never import NEVER, READS, UNLISTED, Never, Subtracted, subtract_never
from gitops_breakglass.model.kube import CLOUDNIMBUS_GROUP, OUR_GROUP, RBAC_GROUP, TELEKOM_GROUP
from gitops_breakglass.model.rules import ALL, ApiResource, Discovery, Rules

_WRITES = ("create", "delete", "deletecollection", "patch", "update")
_EVERY = (*READS, *_WRITES)


def _kinds(group: str, *names: str, verbs: tuple[str, ...] = _EVERY) -> tuple[ApiResource, ...]:
    return tuple(ApiResource(group, name, verbs, namespaced=False) for name in names)


_EVERYWHERE = Discovery(
    (
        *UNLISTED,
        *_kinds("", "serviceaccounts/token", verbs=("create",)),
        *_kinds(
            "certificates.k8s.io",
            "certificatesigningrequests/approval",
            "certificatesigningrequests/status",
            verbs=("get", "patch", "update"),
        ),
        *_kinds(RBAC_GROUP, "clusterroles", "clusterrolebindings", "roles", "rolebindings"),
        *_kinds(
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ),
        *_kinds(OUR_GROUP, "checkpoints", "grants", "trustroots"),
        *_kinds(TELEKOM_GROUP, "breakglasssessions"),
        *_kinds(CLOUDNIMBUS_GROUP, "breakglasses"),
        *_kinds("apiextensions.k8s.io", "customresourcedefinitions"),
        *_kinds("apiregistration.k8s.io", "apiservices"),
    )
)
"""What of NEVER every cluster with our kinds serves: by it is told what a wildcard loses, never what it gives."""


def subtract_unexpanded(rules: Rules) -> Subtracted:
    """Take out what is never granted, leaving every wildcard as it stands beside what it is known to lose.

    Rights that rules spell out go where NEVER has them. A wildcard that is all within NEVER keeps what NEVER spares.
    """
    kept: defaultdict[Cell, set[str]] = defaultdict(set)
    for cell, verbs in cells_of(rules).items():
        kept[cell] |= _left(cell, verbs)
    return Subtracted(
        from_cells({cell: frozenset(verbs) for cell, verbs in kept.items()}, urls_of(rules)),
        subtract_never(rules, _EVERYWHERE).removed,
    )


def _left(cell: Cell, verbs: Verbs) -> Verbs:
    group, resource, _ = cell
    for never in NEVER:
        if never.verbs == (ALL,) and _is_within(never, group, resource):
            verbs = frozenset(never.spares) if ALL in verbs else verbs & frozenset(never.spares)
        elif never.verbs != (ALL,):
            verbs = frozenset(
                verb for verb in verbs if verb == ALL or not never.takes(verb, group=group, resource=resource)
            )
    return verbs


def _is_within(never: Never, group: str, resource: str) -> bool:
    """Whether all that a group and a resource of a rule take in is in the entry's; a wildcard is only in a wildcard."""
    return _covers(never.groups, group) and _covers(never.resources, resource)


def _covers(patterns: tuple[str, ...], word: str) -> bool:
    return any(
        each in (ALL, word) or (each.endswith(ALL) and ALL not in word and word.startswith(each[:-1]))
        for each in patterns
    )
