"""What stands around the pods of a session before there are any: namespace, quota, disruption budget, network policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitops_breakglass.core.debug.namespaces import namespace_key
from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.labels import SESSION, hold_labels, object_metadata
from gitops_breakglass.core.debug.workload.network import network_policy
from gitops_breakglass.core.debug.workload.resources import BOUNDS
from gitops_breakglass.core.debug.workload.told import Source, Told, mapping, plain
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.kube import NAMESPACE, Manifest

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


def namespace_object(asking: Asking, namespace: str, told: Told) -> Iterator[SessionObject]:
    """Yield the namespace where the template has it made: whoever applies it uses one that is there as it is."""
    choice, document = asking.offer.namespaces, asking.offer.template.document
    place = Source(document, ("spec", "namespaceConstraints"))
    if namespace == NAMESPACE:
        told.problem(
            "own-namespace",
            f"{namespace} holds this tool's own keys and records: no debug pod may be where they can be mounted",
            asking.request.document.at("spec", "targetNamespace"),
            "choose another namespace",
        )
    if not _NAME.fullmatch(namespace):
        told.problem(
            "debug-namespace",
            f"no namespace can be called {namespace!r:.80}",
            asking.request.document.at("spec", "targetNamespace"),
            "lower-case letters, digits and dashes, 63 at most, with a letter or digit at both ends",
        )
    if choice.create:
        hold_labels(choice.labels, place, told, "namespaceLabels")
        metadata = {"name": namespace, **({"labels": dict(choice.labels)} if choice.labels else {})}
        yield SessionObject({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, Part.NAMESPACE)
    elif asking.facts is not None and asking.facts.get(namespace_key(namespace), True) is None:
        told.problem(
            "namespace-missing",
            f"there is no namespace {namespace} on the cluster",
            asking.request.document.at("spec", "targetNamespace"),
            "have it made beforehand, or let the template make it: namespaceConstraints.createIfNotExists",
        )


def limit_objects(
    asking: Asking, namespace: str, kind: str, pod: Mapping[str, Any], told: Told
) -> Iterator[SessionObject]:
    """Yield what bounds the pods of a workload of this kind, in the order of its making."""
    spec = asking.offer.template.spec
    source = Source(asking.offer.template.document, ("spec",))
    manifests = (
        _quota(asking, namespace, kind, pod, told) if isinstance(spec.get("resourceQuota"), Mapping) else None,
        _budget(asking, namespace, told),
        network_policy(asking, namespace, pod, source, told),
    )
    for manifest in manifests:
        if manifest is not None:
            yield SessionObject(manifest, Part.LIMIT)


def _quota(asking: Asking, namespace: str, kind: str, pod: Mapping[str, Any], told: Told) -> Manifest | None:
    quota = mapping(plain(asking.offer.template.spec["resourceQuota"]))
    place = asking.offer.template.document.at("spec", "resourceQuota")
    scope = pod.get("priorityClassName")
    hard = _hard(quota, is_scoped=bool(scope))
    if scope and "maxStorage" in quota and kind == "DaemonSet":
        # What a Deployment's pods use in all is known when it is rendered; on how many nodes there are pods is not.
        told.problem(
            "container-resources",
            "a quota of one priority class can't bound storage",
            asking.offer.template.document.at("spec", "resourceQuota", "maxStorage"),
            "leave maxStorage out, or the pod's priorityClassName",
        )
    if not hard:
        return None
    if namespace != asking.offer.namespaces.default and not scope:
        told.problem(
            "quota-elsewhere",
            f"a quota would bound every pod of {namespace}, and not the session's alone",
            asking.request.document.at("spec", "targetNamespace"),
            f"use {asking.offer.namespaces.default}, or a template whose pod has a priorityClassName of its own: "
            "a quota can be bound to that",
        )
        return None
    told.note(
        "quota-is-shared",
        f"the quota bounds all pods of {namespace}{f' with the priority class {scope}' if scope else ''} together, "
        "also those of other sessions",
        place,
        None if scope else "give debug pods a priorityClassName of their own, and it bounds those of that class only",
    )
    expression = {"scopeName": "PriorityClass", "operator": "In", "values": [scope]}
    scoped = {"scopeSelector": {"matchExpressions": [expression]}} if scope else {}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": object_metadata(asking, namespace, "quota"),
        "spec": {"hard": hard, **scoped},
    }


def _hard(quota: Mapping[str, Any], *, is_scoped: bool) -> dict[str, str]:
    found = {"pods": str(quota["maxPods"])} if "maxPods" in quota else {}
    for bound, resource in BOUNDS.items():
        # Kubernetes takes no storage in a quota of a priority class.
        if bound in quota and not (is_scoped and bound == "maxStorage"):
            found |= {f"{side}.{resource}": quota[bound] for side in ("requests", "limits")}
    return found


def _budget(asking: Asking, namespace: str, told: Told) -> Manifest | None:
    written = mapping(plain(asking.offer.template.spec.get("podDisruptionBudget")))
    if written.get("enabled") is not True:
        return None
    bounds = {field: written[field] for field in ("minAvailable", "maxUnavailable") if field in written}
    if len(bounds) != 1:
        told.problem(
            "disruption-budget",
            "the disruption budget has no bound" if not bounds else "the disruption budget has two bounds",
            asking.offer.template.document.at("spec", "podDisruptionBudget"),
            "set one of minAvailable and maxUnavailable",
        )
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": object_metadata(asking, namespace, "budget"),
        "spec": {**bounds, "selector": {"matchLabels": {SESSION: asking.name}}},
    }
