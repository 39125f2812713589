"""A debug session template says what its mode needs: a pod, operations of kubectl debug, or both."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-template-incomplete"
_PODS = ("podTemplateRef", "podTemplateString")
_OPERATIONS = ("ephemeralContainers", "nodeDebug", "podCopy")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DebugSessionTemplate"):
        reading = Reading(document)
        mode = reading.text("spec", "mode") or "workload"
        pods = [field for field in _PODS if reading.has("spec", field)]
        if not pods and mode != "kubectl-debug":
            yield Finding(
                _ID,
                f"mode {mode} runs pods, and no pod is named",
                document.at("spec", "mode"),
                hint="name a DebugPodTemplate as spec.podTemplateRef, or write the pod as spec.podTemplateString",
            )
        if len(pods) > 1:
            yield Finding(
                _ID,
                "the pod is given twice, by name and as text",
                document.at("spec", pods[1]),
                hint=f"keep one of spec.{pods[0]} and spec.{pods[1]}",
            )
        if mode != "workload" and not reading.has("spec", "kubectlDebug"):
            yield Finding(
                _ID,
                f"mode {mode} allows operations of kubectl debug, and none is described",
                document.at("spec", "mode"),
                hint="say as spec.kubectlDebug which of them",
            )
        yield from _without_effect(reading, mode, pods)


def _without_effect(reading: Reading, mode: str, pods: list[str]) -> Iterator[Finding]:
    operations = reading.has("spec", "kubectlDebug")
    found = []
    if pods and mode == "kubectl-debug":
        found.append(
            (pods[0], "mode kubectl-debug runs no pods of a template", "leave it out, or write `mode: hybrid`")
        )
    if operations and mode == "workload":
        why = "mode workload allows no operations of kubectl debug"
        found.append(("kubectlDebug", why, "leave it out, or write `mode: hybrid`"))
    elif operations and not any(reading.flag("spec", "kubectlDebug", each, "enabled") is True for each in _OPERATIONS):
        found.append(
            ("kubectlDebug", "no operation of kubectl debug is enabled", "write `enabled: true` below one of them")
        )
    for field, message, hint in found:
        yield Finding(_ID, message, reading.document.at("spec", field), Severity.WARNING, hint=hint)


RULE = Rule(
    _ID,
    "a debug session template has what its mode needs",
    "A session of a template that lacks its pod or its operations can do nothing, and would fail only when somebody needs "
    "it. Upstream refuses such a template.",
    on_policy=_on_policy,
)
