"""One cluster as an auditor looks at it, for `report`: every object that may be listed, by its metadata alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gitops_breakglass.adapters.cluster.discovery import Served
from gitops_breakglass.adapters.cluster.errors import spoken
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.cluster.resources import Resource, collection
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.model.errors import BreakglassError, ForbiddenError
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.residue import Met, Trace, Traces, kind_name
from gitops_breakglass.model.window import parse_time

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""And nothing instead: a server that can't leave the rest out answers 406, and its kinds are told as not listed."""
_AT_ONCE = 8
"""Lists that are read at a time: an audit is in no hurry, and an API server answers others, too."""
_BEATS = frozenset(
    {("", "events"), ("events.k8s.io", "events"), ("coordination.k8s.io", "leases"), ("", "componentstatuses")}
)
"""What the cluster itself writes every few seconds, or what is no object."""
_SECRETS = Resource("v1", "Secret", "secrets")
_TOKENS = "type=kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"


class Auditor(KubernetesCluster):
    """A ClusterReader and TraceReader on an API server. `close` it, or use it in a `with` block."""

    def traces(self) -> Traces:
        """Return the metadata of every object of every kind that may be listed; what may not be is told with the reason.

        Of no object is more than its metadata asked for, so no Secret's content is ever sent. Raises UnreachableError where
        not even the kinds are told.
        """
        kinds = sorted(_preferred(self._discover()), key=lambda each: (each.group, each.resource.name))
        found = ThreadPool(_AT_ONCE).map(self._of_kind, kinds)
        tokens = self._token_secrets()
        of_type = frozenset() if isinstance(tokens, str) else tokens
        met: list[Met] = []
        unlisted: dict[str, str] = {}
        for kind, items in zip(kinds, found, strict=True):
            if isinstance(items, str):
                unlisted[kind_name(kind.group, kind.resource.name)] = items
            else:
                met += (_met(each, kind.resource, of_type) for each in items)
        listed = {kind_name(each.group, each.resource.name) for each in kinds} - unlisted.keys()
        if isinstance(tokens, str) and _SECRETS.name in listed:
            unlisted["secrets by their type"] = tokens
        return Traces(tuple(met), frozenset(listed), unlisted)

    def _of_kind(self, kind: Served) -> tuple[Mapping[str, Any], ...] | str:
        doing = f"list the metadata of {kind.resource.name}"
        try:
            return self._pages.items(collection(kind.resource), doing, accept=METADATA_ONLY) or ()
        except ForbiddenError:
            return "it may not be listed by who asks"
        except BreakglassError as error:
            # Another API server behind this one may be down: the others are still told.
            return spoken(error.message)

    def _token_secrets(self) -> frozenset[str] | str:
        """Return the uids of Secrets that hold a token, or why not: the type is no metadata, but lists can be asked by it."""
        try:
            items = self._pages.items(collection(_SECRETS), "list the tokens", fields=_TOKENS, accept=METADATA_ONLY)
        except BreakglassError as error:
            return spoken(error.message)
        return frozenset(str(each["metadata"]["uid"]) for each in items or ())


def _preferred(everything: Iterable[Served]) -> Iterable[Served]:
    """Return each resource once, in the version that the server names first, if it can be listed."""
    first: dict[tuple[str, str], Served] = {}
    for each in everything:
        if "/" not in each.resource.name and "list" in each.verbs:
            first.setdefault((each.group, each.resource.name), each)
    return (each for kind, each in first.items() if kind not in _BEATS)


def _met(item: Mapping[str, Any], resource: Resource, tokens: frozenset[str]) -> Met:
    """Read what an API server has set. Annotations are left alone: kubectl keeps whole objects in one."""
    metadata = item["metadata"]
    uid = str(metadata.get("uid") or "")
    owner = next((each for each in metadata.get("ownerReferences") or () if each.get("controller")), None)
    named = (metadata.get("annotations") or {}).get(_ACCOUNT)
    return Met(
        key=ObjectKey(resource.api_version, resource.kind, metadata.get("namespace") or "", metadata["name"]),
        resource=resource.name,
        uid=uid,
        created=_time(metadata.get("creationTimestamp")),
        traces=tuple(
            Trace(at, str(each.get("manager") or ""), str(each.get("subresource") or ""))
            for each in metadata.get("managedFields") or ()
            if (at := _time(each.get("time"))) is not None
        ),
        owner=f"{owner['kind']} {owner['name']}" if owner else "",
        token_of=str(named or "") if uid in tokens else None,
    )


def _time(text: object) -> datetime | None:
    try:
        return parse_time(text) if isinstance(text, str) else None
    except ValueError:
        return None
