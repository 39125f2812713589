"""The pod of a workload restarts whatever its template says."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.debug_template import pod_template_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-pod-restart"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    users: dict[str, Reading] = {}
    for template in readings(facts, TEMPLATE):
        name = pod_template_of(template)
        if name is not None and template.text("spec", "mode") != "kubectl-debug":
            users.setdefault(name, template)
    for reading in readings(facts, "DebugPodTemplate"):
        user = users.get(reading.document.name)
        for pod in (("spec", "template", "spec"), ("spec", "podSpec")):
            policy = reading.text(*pod, "restartPolicy")
            if user is not None and policy not in (None, "Always"):
                workload = user.text("spec", "workloadType") or "DaemonSet"
                yield Finding(
                    _ID,
                    f"restartPolicy {policy} does not hold in the {workload} that {user.document.name} makes",
                    reading.document.at(*pod, "restartPolicy"),
                    Severity.WARNING,
                    hint=f"pods of a {workload} always restart; leave it out, and let the command wait (`sleep infinity`)",
                )


RULE = Rule(
    _ID,
    "the restart policy of a debug pod is one that its workload can have",
    "A Deployment and a DaemonSet take `Always` only, and upstream replaces anything else. Who counts on `Never` to see how a "
    "tool ended finds it started again.",
    on_policy=_on_policy,
)
