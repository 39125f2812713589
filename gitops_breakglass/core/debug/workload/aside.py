"""What an object beside the pods may be: one of few kinds, in the session's namespace, and about its pods alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.labels import SESSION, UPSTREAM_SESSION, hold_labels, own_labels
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping
from gitops_breakglass.model.session_kinds import SESSION_KINDS

_KINDS = {each.kind: each.api_version for each in SESSION_KINDS if each.is_auxiliary}
_METADATA = frozenset({"name", "namespace", "labels", "annotations"})
_FIELDS = {
    "ConfigMap": {"data", "binaryData", "immutable"},
    "ServiceAccount": {"automountServiceAccountToken", "imagePullSecrets"},
}
"""The fields of kinds that have no `spec`: without `secrets`, whose tokens would outlive the session."""
_SERVICE = frozenset({"selector", "ports", "type", "clusterIP", "sessionAffinity", "publishNotReadyAddresses"})
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SELECTORS = {"NetworkPolicy": "podSelector", "PodDisruptionBudget": "selector"}
_EVERYBODYS = frozenset({"ResourceQuota", "LimitRange"})


def aside(asking: Asking, namespace: str, manifest: dict[str, Any], source: Source, told: Told) -> dict[str, Any]:
    """Return the object as the session makes it; whatever it may not be is a problem with its place."""
    kind = str(manifest.get("kind"))
    if _KINDS.get(kind) is None or _KINDS[kind] != manifest.get("apiVersion"):
        told.problem(
            "auxiliary-kind",
            f"a session makes no {kind} ({manifest.get('apiVersion')}) beside its pods",
            source.at("kind"),
            f"it makes {', '.join(f'{name} ({version})' for name, version in _KINDS.items())}",
        )
        return manifest
    _metadata(asking, namespace, mapping(manifest.get("metadata")), source, told)
    for field in sorted(manifest.keys() - {"apiVersion", "kind", "metadata"} - _FIELDS.get(kind, {"spec"})):
        told.problem("auxiliary-object", f"{field} of a {kind} is not made here", source.at(field), "leave it out")
    spec = mapping(manifest.get("spec"))
    if kind == "Service":
        _service(spec, source, told)
    if kind in _SELECTORS:
        _selector(asking, kind, mapping(spec.get(_SELECTORS[kind])), source, told)
    if kind in _EVERYBODYS and namespace != asking.offer.namespaces.default:
        told.problem(
            "quota-elsewhere",
            f"a {kind} would bound every pod of {namespace}, and not the session's alone",
            source.at("kind"),
            f"use the namespace {asking.offer.namespaces.default}",
        )
    metadata = mapping(manifest.get("metadata"))
    labels = {**asking.offer.labels, **mapping(metadata.get("labels")), **own_labels(asking.name)}
    annotations = {**asking.offer.annotations, **mapping(metadata.get("annotations"))}
    marked = {"name": metadata.get("name"), "namespace": namespace, "labels": labels}
    return {**manifest, "metadata": {**marked, **({"annotations": annotations} if annotations else {})}}


def _metadata(asking: Asking, namespace: str, metadata: Mapping[str, Any], source: Source, told: Told) -> None:
    name = metadata.get("name")
    if not isinstance(name, str) or not name.startswith(f"{asking.name}-") or not _NAME.fullmatch(name):
        told.problem(
            "auxiliary-name",
            f"the name {name!r} is not the session's, a dash, and lower-case letters, digits and dashes, 63 in all",
            source.at("metadata", "name"),
            "name: '{{ .session.name }}-…'; so no two sessions have an object in common",
        )
    if metadata.get("namespace") not in (None, namespace):
        told.problem(
            "auxiliary-object",
            f"the object is for {metadata.get('namespace')}, and the session is in {namespace}",
            source.at("metadata", "namespace"),
            "leave the namespace out: it is the session's",
        )
    for key in sorted(metadata.keys() - _METADATA):
        told.problem("auxiliary-object", f"metadata has {key}", source.at("metadata", key), "leave it out")
    for field in ("labels", "annotations"):
        hold_labels(mapping(metadata.get(field)), source, told, "metadata", field)


def _service(spec: Mapping[str, Any], source: Source, told: Told) -> None:
    if spec.get("type") not in (None, "ClusterIP"):
        told.problem(
            "auxiliary-object",
            f"a Service of the type {spec.get('type')} reaches beyond the cluster",
            source.at("spec", "type"),
            "leave the type out: it is ClusterIP",
        )
    for key in sorted(spec.keys() - _SERVICE):
        told.problem(
            "auxiliary-object",
            f"a session's Service has no {key}",
            source.at("spec", key),
            f"it has {', '.join(sorted(_SERVICE))}",
        )


def _selector(asking: Asking, kind: str, selector: Mapping[str, Any], source: Source, told: Told) -> None:
    """Refuse what is about the pods of others: policies add up, so an allowing one opens what another has closed."""
    labels = mapping(selector.get("matchLabels"))
    expressions = [mapping(each) for each in entries(selector.get("matchExpressions"))]
    named = [labels.get(key) for key in (SESSION, UPSTREAM_SESSION)]
    named += [
        each["values"][0]
        for each in expressions
        if each.get("key") in (SESSION, UPSTREAM_SESSION)
        and each.get("operator") == "In"
        and len(entries(each.get("values"))) == 1
    ]
    if asking.name not in named:
        told.problem(
            "auxiliary-selector",
            f"the {kind} may select pods that are not the session's",
            source.at("spec", _SELECTORS[kind]),
            f"{_SELECTORS[kind]}: {{matchLabels: {{{SESSION}: '{{{{ .session.name }}}}'}}}}",
        )
