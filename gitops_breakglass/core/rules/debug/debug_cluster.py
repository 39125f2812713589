"""Debug session templates and their bindings are for clusters that exist."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.bindings import is_disabled, is_for_cluster, is_for_template, labels_of, selects
from gitops_breakglass.core.debug.offer import bindings_for, offers_on
from gitops_breakglass.core.glob import SPECIAL, matches_any
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-cluster"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    clusters = facts.of_kind("ClusterConfig")
    names = [cluster.name for cluster in clusters]
    bindings = [each for each in readings(facts, BINDING) if _is_used(each, clusters)]
    for reading in readings(facts, TEMPLATE):
        for path in (("spec", "allowed", "clusters"), ("spec", "approvers", "autoApproveFor", "clusters")):
            for index, glob in enumerate(reading.texts(*path)):
                if not any(matches_any((glob,), name) for name in names):
                    yield _warning(reading, (*path, index), f"{glob} is no cluster here", nearest(glob, names))
        if not _is_somewhere(reading, names, bindings):
            yield _warning(
                reading,
                ("spec", "allowed"),
                "this template is for no cluster",
                f"name clusters in spec.allowed.clusters, or write a {BINDING}",
            )
    for reading in readings(facts, BINDING):
        yield from _binding(reading, clusters)


def _is_used(binding: Reading, clusters: tuple[Document, ...]) -> bool:
    """Whether a binding is for some cluster that is there."""
    return not is_disabled(binding) and any(
        is_for_cluster(binding, cluster.name, labels_of(cluster)) for cluster in clusters
    )


def _is_somewhere(template: Reading, names: list[str], bindings: list[Reading]) -> bool:
    """Whether a template may be used on some cluster; no more is asked than that, since there may be many of each."""
    globs = template.texts("spec", "allowed", "clusters")
    return any(matches_any(globs, name) for name in names) or any(
        is_for_template(each, template.document) for each in bindings
    )


def _binding(reading: Reading, clusters: tuple[Document, ...]) -> Iterator[Finding]:
    names = [cluster.name for cluster in clusters]
    for index, name in enumerate(reading.texts("spec", "clusters")):
        if name not in names:
            globbed = "a binding names clusters exactly, without globs" if SPECIAL & set(name) else None
            yield _warning(
                reading, ("spec", "clusters", index), f"{name} is no cluster here", globbed or nearest(name, names)
            )
    selector = reading.node("spec", "clusterSelector")
    if selector is not None and not any(selects(selector, labels_of(cluster)) for cluster in clusters):
        yield _warning(
            reading, ("spec", "clusterSelector"), "no ClusterConfig has the labels that clusterSelector asks for", None
        )


def _warning(reading: Reading, path: tuple[str | int, ...], message: str, hint: str | None) -> Finding:
    hint = hint or "clusters are the ClusterConfigs in clusters/"
    return Finding(_ID, message, reading.document.at(*path), Severity.WARNING, hint=hint)


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    cluster, template = policy.clusters.get(request.id.cluster), policy.debug.templates.get(request.template)
    if cluster is None or template is None:
        return
    if not offers_on(template, cluster) and not bindings_for(template, cluster, policy):
        yield Finding(
            _ID,
            f"template {request.template} is not for cluster {cluster.name}",
            request.document.at("spec", "templateRef"),
            hint="the template's own clusters, or a binding, say where it may be used",
        )


RULE = Rule(
    _ID,
    "debug templates, bindings and sessions are for clusters that exist and that they may be used on",
    "A name without its cluster offers nothing, and reads as if it did. Bindings name clusters exactly; templates by globs.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
