"""The templates that templates, bindings and debug sessions name are in the repository."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.bindings import is_for_template
from gitops_breakglass.core.read.debug_template import pod_template_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import Mode
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "unknown-debug-template"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    pods = [document.name for document in facts.of_kind("DebugPodTemplate")]
    templates = facts.of_kind(TEMPLATE)
    for reading in readings(facts, TEMPLATE):
        name = pod_template_of(reading)
        if name is not None and name not in pods:
            yield _missing(reading, "DebugPodTemplate", name, pods, "podTemplateRef")
    for reading in readings(facts, BINDING):
        name = reading.text("spec", "templateRef", "name")
        if name is not None and name not in [document.name for document in templates]:
            yield _missing(reading, TEMPLATE, name, [document.name for document in templates], "templateRef")
        elif reading.has("spec", "templateSelector") and not any(
            is_for_template(reading, document) for document in templates
        ):
            yield Finding(
                _ID,
                f"no {TEMPLATE} has the labels that templateSelector asks for",
                reading.document.at("spec", "templateSelector"),
                Severity.WARNING,
                hint="correct the labels, here or in the template",
            )


def _missing(reading: Reading, kind: str, name: str, known: list[str], field: str) -> Finding:
    return Finding(
        _ID,
        f"there is no {kind} {name}",
        reading.document.at("spec", field),
        Severity.WARNING,
        hint=nearest(name, known) or f"add it to policies/; without it {reading.document.name} starts nothing",
    )


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    known = policy.debug.templates
    if request.template not in known:
        yield Finding(
            _ID,
            f"there is no {TEMPLATE} {request.template}",
            request.document.at("spec", "templateRef"),
            hint=nearest(request.template, known) or "name a template of the policy side",
        )
        return
    template = known[request.template]
    if template.pod and template.mode is not Mode.KUBECTL_DEBUG and template.pod not in policy.debug.pods:
        yield Finding(
            _ID,
            f"template {template.name} needs the DebugPodTemplate {template.pod}, and there is none that can be read",
            request.document.at("spec", "templateRef"),
            hint="name another template, or have the pod template added or repaired by an approved change",
        )


RULE = Rule(
    _ID,
    "debug templates that are named exist",
    "A debug session is made from its template, and that from a pod template. Where one is missing nothing can start.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
