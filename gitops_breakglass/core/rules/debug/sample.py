"""What each debug session template comes to for a session that asks for nothing: mistakes show before anybody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from gitops_breakglass.core.debug.bindings import is_for_template
from gitops_breakglass.core.debug.narrowing import default_namespace
from gitops_breakglass.core.debug.parts import Asking, Parts
from gitops_breakglass.core.debug.workload.objects import workload_parts
from gitops_breakglass.core.read.debug_template import pod_template_of
from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyCheck, PolicyFacts
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.debug_offer import (
    DebugOffer,
    DebugPodTemplate,
    DebugTemplate,
    Mode,
    NamespaceChoice,
    ReasonRule,
)
from gitops_breakglass.model.document import Document, Node
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.request import DebugRequest, RequestId, Subject

Constraints: TypeAlias = Sequence[Mapping[str, Node]]

_NAME = "bg-sample-0123456789"
_SOMEBODY = Subject("User", "somebody@example.com")
_HOUR = timedelta(hours=1)
_SAMPLES: Mapping[str, Node] = {"boolean": True, "number": 1, "storageSize": "1Gi"}


def found_in_samples(rule: str, *, as_note: bool = False) -> PolicyCheck:
    """Return a check that tells what rendering the templates finds by one rule; `as_note` is for what it only remarks."""

    def check(facts: PolicyFacts) -> Iterator[Finding]:
        seen: set[tuple[Location | None, str]] = set()
        for parts, is_guessed in facts.once(_samples):
            for reason in parts.notes if as_note else parts.problems:
                if reason.rule == rule and reason.location and (reason.location, reason.message) not in seen:
                    seen.add((reason.location, reason.message))
                    severity = Severity.WARNING if as_note or is_guessed else Severity.ERROR
                    yield Finding(rule, reason.message, reason.location, severity, hint=reason.hint or "")

    return check


def _samples(facts: PolicyFacts) -> tuple[tuple[Parts, bool], ...]:
    """Render each template: as it is, with each of its options, and with each binding. True: with values that are guesses."""
    pods = {each.document.name: each.document for each in readings(facts, "DebugPodTemplate")}
    found = []
    for reading in readings(facts, TEMPLATE):
        pod = pods.get(pod_template_of(reading) or "")
        has_text = bool(reading.text("spec", "podTemplateString"))
        # A pod that is not there, or is no pod at all, is told by other rules.
        if reading.text("spec", "mode") == "kubectl-debug" or not (has_text or pod):
            continue
        values, is_guessed = _values(reading)
        for scheduling in _choices(facts, reading):
            found.append((workload_parts(_asking(reading, pod, scheduling, values)), is_guessed))
    return tuple(found)


def _choices(facts: PolicyFacts, template: Reading) -> Iterator[Constraints]:
    own = _blocks(template.node("spec", "schedulingConstraints"))
    yield own
    for index in range(template.count("spec", "schedulingOptions", "options")):
        path = ("spec", "schedulingOptions", "options", index, "schedulingConstraints")
        if more := _blocks(template.node(*path)):
            yield (*own, *more)
    for binding in readings(facts, BINDING):
        more = _blocks(binding.node("spec", "schedulingConstraints"))
        if more and is_for_template(binding, template.document):
            yield (*own, *more)


def _blocks(node: Node) -> Constraints:
    return (node,) if isinstance(node, Mapping) else ()


def _values(template: Reading) -> tuple[dict[str, Node], bool]:
    """Return a value for each variable that has no default, and whether there are any."""
    values: dict[str, Node] = {}
    for index in range(template.count("spec", "extraDeployVariables")):
        at = ("spec", "extraDeployVariables", index)
        name = template.text(*at, "name")
        if name is None or template.has(*at, "default"):
            continue
        kind = template.text(*at, "inputType") or "text"
        option = template.text(*at, "options", 0, "value")
        values[name] = _SAMPLES.get(kind, option if kind == "select" else [option] if option else "sample")
    return values, bool(values)


def _asking(reading: Reading, pod: Document | None, scheduling: Constraints, values: Mapping[str, Node]) -> Asking:
    spec = reading.node("spec")
    template = DebugTemplate(
        reading.document.name,
        reading.document,
        spec if isinstance(spec, Mapping) else {},
        Mode.WORKLOAD,
        pod_template_of(reading) or "",
    )
    pod_spec = pod.data.get("spec") if pod else None
    offer = DebugOffer(
        template=template,
        binding=None,
        pod=DebugPodTemplate(pod.name, pod, pod_spec) if pod and isinstance(pod_spec, Mapping) else None,
        allowed=(),
        approvers=Audience(),
        auto_approval=(),
        request_reason=ReasonRule(),
        approval_reason=ReasonRule(),
        max_duration=_HOUR,
        default_duration=_HOUR,
        operations=PodOperations(),
        namespaces=_namespaces(reading),
        scheduling=tuple(scheduling),
        auxiliary=tuple(
            reading.text("spec", "auxiliaryResources", index, "name") or ""
            for index in range(reading.count("spec", "auxiliaryResources"))
        ),
        labels=words_of(reading.node("spec", "labels")),
        annotations=words_of(reading.node("spec", "annotations")),
    )
    request = DebugRequest(
        RequestId("sample", "sample"), reading.document, template.name, reason="a sample", values=values
    )
    return Asking(request, offer, _NAME, _SOMEBODY, None)


def _namespaces(reading: Reading) -> NamespaceChoice:
    at = ("spec", "namespaceConstraints")
    create = reading.flag(*at, "createIfNotExists") is True
    return NamespaceChoice(
        default_namespace(reading), create=create, labels=words_of(reading.node(*at, "namespaceLabels"))
    )
