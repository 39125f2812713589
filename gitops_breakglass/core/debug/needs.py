"""What the debug templates of a policy side can come to make on one cluster: the most that any session of theirs needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from gitops_breakglass.core.debug.narrowing import LONGEST, default_namespace
from gitops_breakglass.core.debug.operations.terms import COPIES
from gitops_breakglass.core.debug.pod_operations import read_operations
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading, texts_of
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.debug_offer import DebugBinding, DebugTemplate, Mode
from gitops_breakglass.model.document import Node
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND, POD, SESSION_KINDS, SessionKind

_ANYWHERE = "*"
_KIND = re.compile(r"""^kind:\s*["']?([A-Za-z{][^"'\s]*)""", re.MULTILINE)
_DIVIDER = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_BY_NAME = {each.kind: each for each in SESSION_KINDS}
_WORKLOADS = ("DaemonSet", "Deployment")
"""The first where nothing says which."""
_LIMITS = {
    "resourceQuota": "ResourceQuota",
    "podDisruptionBudget": "PodDisruptionBudget",
    "networkPolicy": "NetworkPolicy",
}
"""By field of a template, what it has made."""
_AUXILIARY = frozenset(each for each in SESSION_KINDS if each.is_auxiliary)


@dataclass(frozen=True)
class SessionNeeds:
    """What sessions on a cluster need; nothing where no template is offered there."""

    kinds: frozenset[SessionKind] = frozenset()
    """What is made. A workload's ReplicaSets and pods are not among them: Kubernetes makes those."""
    places: tuple[str, ...] = ()
    """Globs of the namespaces in which it is made."""
    injects: bool = False
    """Whether containers are put into pods that are there."""
    injected: tuple[str, ...] = ()
    """Globs of the namespaces of such pods."""
    restarts: bool = False
    """Whether such pods are deleted at the end."""
    looks_at_nodes: bool = False
    operations: tuple[PodOperations, ...] = ()
    """What may be done with pods, of each template."""
    longest: timedelta = timedelta()

    @property
    def follows(self) -> frozenset[SessionKind]:
        """What Kubernetes makes for a session's workloads."""
        names = {each.kind for each in self.kinds}
        workload = {"Deployment", "DaemonSet"} & names
        return frozenset(
            each
            for each in SESSION_KINDS
            if (each == POD and workload) or (each.kind == "ReplicaSet" and "Deployment" in names)
        )

    @property
    def is_any(self) -> bool:
        """Whether there is anything to debug with."""
        return bool(self.operations)


def session_needs(policy: PolicySide, cluster: str) -> SessionNeeds:
    """Return what the templates that are offered on the cluster need together."""
    found = template_needs(policy, cluster).values()
    return SessionNeeds(
        kinds=frozenset(chain.from_iterable(each.kinds for each in found)),
        places=_sorted(each.places for each in found),
        injects=any(each.injects for each in found),
        injected=_sorted(each.injected for each in found),
        restarts=any(each.restarts for each in found),
        looks_at_nodes=any(each.looks_at_nodes for each in found),
        operations=tuple(dict.fromkeys(chain.from_iterable(each.operations for each in found))),
        longest=max((each.longest for each in found), default=timedelta()),
    )


def template_needs(policy: PolicySide, cluster: str) -> Mapping[str, SessionNeeds]:
    """Return what each template that is offered on the cluster needs, bound by bound rather too much than too little.

    A binding only narrows what its template offers, but for the namespace that it has pods in by default.
    """
    return {
        template.name: _of_template(template, bindings, policy)
        for template in policy.debug.templates.values()
        for bindings in [[each for each in policy.debug.bindings if _binds(each, template, cluster)]]
        if bindings or matches_any(Reading(template.document).texts("spec", "allowed", "clusters"), cluster)
    }


def _sorted(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    words = sorted(set(chain.from_iterable(parts)))
    return (_ANYWHERE,) if _ANYWHERE in words else tuple(words)


def _binds(binding: DebugBinding, template: DebugTemplate, cluster: str) -> bool:
    """Whether a binding may be for the template and the cluster; what selects by labels may be for any."""
    reading = Reading(binding.document)
    named = reading.text("spec", "templateRef", "name")
    return (
        reading.flag("spec", "disabled") is not True
        and (named == template.name or (named is None and reading.has("spec", "templateSelector")))
        and (cluster in reading.texts("spec", "clusters") or reading.has("spec", "clusterSelector"))
    )


def _of_template(template: DebugTemplate, bindings: list[DebugBinding], policy: PolicySide) -> SessionNeeds:
    reading = Reading(template.document)
    kinds: set[SessionKind] = set()
    places: set[str] = set()
    if template.mode is not Mode.KUBECTL_DEBUG:
        kinds.update(_of_workload(template, reading, policy))
        places.update(_places(reading, bindings))
    debug = ("spec", "kubectlDebug")
    operates = template.mode is not Mode.WORKLOAD
    copies, injects, nodes = (
        operates and reading.flag(*debug, what, "enabled") is True
        for what in ("podCopy", "ephemeralContainers", "nodeDebug")
    )
    if copies:
        places.add(reading.text(*debug, "podCopy", "targetNamespace") or COPIES)
    if nodes:
        places.update(_places(reading, bindings))
    if copies or nodes:
        kinds.add(POD)
    return SessionNeeds(
        kinds=frozenset(kinds),
        places=tuple(places),
        injects=injects,
        injected=_globs(reading.node(*debug, "ephemeralContainers", "allowedNamespaces")) if injects else (),
        restarts=injects and reading.flag(*debug, "ephemeralContainers", "restartPodAfter") is True,
        looks_at_nodes=nodes,
        operations=(read_operations(reading),),
        longest=reading.duration("spec", "constraints", "maxDuration") or LONGEST,
    )


def _of_workload(template: DebugTemplate, reading: Reading, policy: PolicySide) -> Iterator[SessionKind]:
    pod = policy.debug.pods.get(template.pod)
    text = reading.text("spec", "podTemplateString") or (
        Reading(pod.document).text("spec", "templateString") if pod is not None else None
    )
    documents = _DIVIDER.split(text) if text else [""]
    yield from _workloads(reading.text("spec", "workloadType"), documents[0])
    for field, kind in _LIMITS.items():
        if reading.has("spec", field):
            yield _BY_NAME[kind]
    if reading.flag("spec", "namespaceConstraints", "createIfNotExists") is True:
        yield NAMESPACE_KIND
    for index in range(reading.count("spec", "auxiliaryResources")):
        yield from _of_auxiliary(reading, "spec", "auxiliaryResources", index)
    for document in documents[1:]:
        yield from _named(document)


def _workloads(written: str | None, text: str) -> Iterator[SessionKind]:
    """Yield what wraps the pod: what the template says, or else its text; what neither says may be either."""
    names = [written] if written else _KIND.findall(text)
    if not written and any("{{" in each for each in names):
        names = list(_WORKLOADS)
    yield from (_BY_NAME[each] for each in [each for each in names if each in _WORKLOADS] or _WORKLOADS[:1])


def _of_auxiliary(reading: Reading, *path: str | int) -> Iterator[SessionKind]:
    if (text := reading.text(*path, "templateString")) is not None:
        yield from _named(text)
    elif (kind := reading.text(*path, "template", "kind")) is not None:
        yield from _named(f"kind: {kind}")


def _named(text: str) -> Iterable[SessionKind]:
    """Return the auxiliary kinds that a template's text names; where it does not say which, it may be any of them."""
    names = _KIND.findall(text)
    if not names or any("{{" in each for each in names):
        return _AUXILIARY if text.strip() else ()
    return [_BY_NAME[each] for each in names if each in _BY_NAME and _BY_NAME[each].is_auxiliary]


def _places(reading: Reading, bindings: Iterable[DebugBinding]) -> Iterator[str]:
    own = ("spec", "namespaceConstraints")
    yield default_namespace(reading)
    for binding in bindings:
        if (default := Reading(binding.document).text(*own, "defaultNamespace")) is not None:
            yield default
    if reading.flag(*own, "allowUserNamespace") is True:
        yield from _globs(reading.node(*own, "allowedNamespaces"))


def _globs(node: Node) -> tuple[str, ...]:
    """Return the globs of a filter in either dialect; one that asks for labels, or for nothing, is for any namespace."""
    if isinstance(node, Mapping):
        return (_ANYWHERE,) if node.get("selectorTerms") else texts_of(node.get("patterns")) or (_ANYWHERE,)
    return texts_of(node) or (_ANYWHERE,)
