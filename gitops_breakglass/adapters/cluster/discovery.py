"""What an API server serves, in two calls where it can aggregate, else in one for each group and version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.adapters.cluster.resources import Resource
from gitops_breakglass.model.rules import ApiResource, Discovery

Fetch = Callable[[str, str], Mapping[str, Any]]
"""(path, Accept header) → body."""

_AGGREGATED = "APIGroupDiscoveryList"
ACCEPT = ",".join(
    [
        f"application/json;g=apidiscovery.k8s.io;v=v2;as={_AGGREGATED}",
        f"application/json;g=apidiscovery.k8s.io;v=v2beta1;as={_AGGREGATED}",
        "application/json",
    ]
)


@dataclass(frozen=True)
class Served:
    """One resource in one version, or a subresource (`pods/exec`)."""

    resource: Resource
    verbs: tuple[str, ...]

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        return self.resource.api_version.rpartition("/")[0]


def served(fetch: Fetch) -> tuple[Served, ...]:
    """Return everything that the server serves, in all versions."""
    found: list[Served] = []
    for root in ("/api", "/apis"):
        answer = fetch(root, ACCEPT)
        if answer.get("kind") == _AGGREGATED:
            found += _aggregated(answer)
        else:
            found += _one_by_one(answer, root, fetch)
    return tuple(found)


def discovery_of(everything: Iterable[Served]) -> Discovery:
    """Return the same without versions, as RBAC knows none: a verb counts that any version serves."""
    merged: dict[tuple[str, str], tuple[set[str], bool]] = {}
    for each in everything:
        verbs, _ = merged.setdefault((each.group, each.resource.name), (set(), each.resource.namespaced))
        verbs.update(each.verbs)
    return Discovery(
        tuple(
            ApiResource(group, name, tuple(sorted(verbs)), namespaced)
            for (group, name), (verbs, namespaced) in sorted(merged.items())
        )
    )


def _aggregated(answer: Mapping[str, Any]) -> Iterable[Served]:
    for group in answer.get("items") or ():
        group_name = (group.get("metadata") or {}).get("name") or ""
        for version in group.get("versions") or ():
            api_version = f"{group_name}/{version['version']}" if group_name else version["version"]
            for each in version.get("resources") or ():
                name, namespaced = each["resource"], each.get("scope") == "Namespaced"
                kind = (each.get("responseKind") or {}).get("kind") or ""
                yield Served(Resource(api_version, kind, name, namespaced), tuple(each.get("verbs") or ()))
                for sub in each.get("subresources") or ():
                    kind = (sub.get("responseKind") or {}).get("kind") or ""
                    path = f"{name}/{sub['subresource']}"
                    yield Served(Resource(api_version, kind, path, namespaced), tuple(sub.get("verbs") or ()))


def _one_by_one(answer: Mapping[str, Any], root: str, fetch: Fetch) -> Iterable[Served]:
    versions = [*(answer.get("versions") or ())]
    for group in answer.get("groups") or ():
        versions += [each["groupVersion"] for each in group.get("versions") or ()]
    for api_version in versions:
        for each in fetch(f"{root}/{api_version}", "application/json").get("resources") or ():
            resource = Resource(api_version, each.get("kind") or "", each["name"], bool(each.get("namespaced")))
            yield Served(resource, tuple(each.get("verbs") or ()))
