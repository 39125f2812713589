"""What a cluster will serve once our CRDs are there, which is what wildcards will come to then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.model.kube import Manifest
from gitops_breakglass.model.rules import ApiResource, Discovery

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_STATUS_VERBS = ("get", "patch", "update")


def with_crds(discovery: Discovery, crds: Sequence[Manifest]) -> Discovery:
    """Return the discovery with the resources of the CRDs added.

    A ceiling that is reckoned without them would lack what a wildcard gives on them as soon as they are installed.
    """
    coming = {(each.group, each.name): each for crd in crds for each in _resources(crd)}
    there = tuple(each for each in discovery.resources if (each.group, each.name) not in coming)
    return Discovery((*there, *coming.values()))


def _resources(crd: Manifest) -> Iterator[ApiResource]:
    spec = crd["spec"]
    group, plural, namespaced = spec["group"], spec["names"]["plural"], spec["scope"] == "Namespaced"
    yield ApiResource(group, plural, _VERBS, namespaced)
    if any("status" in (version.get("subresources") or {}) for version in spec["versions"]):
        yield ApiResource(group, f"{plural}/status", _STATUS_VERBS, namespaced)
