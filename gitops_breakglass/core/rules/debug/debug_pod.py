"""The pod of a debug pod template has containers that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding

_ID = "debug-pod"
_PODS: tuple[Path, ...] = (("spec", "template", "spec"), ("spec", "podSpec"))
"""Where the pod is, upstream's way and the seeds'."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, "DebugPodTemplate"):
        for pod in _PODS:
            if reading.has(*pod):
                yield from _containers(reading, pod)
        text = reading.text("spec", "templateString")
        if text is not None and not text.strip():
            yield Finding(
                _ID, "templateString is empty", reading.document.at("spec", "templateString"), hint="write the pod"
            )


def _containers(reading: Reading, pod: Path) -> Iterator[Finding]:
    names: set[str] = set()
    for field in ("initContainers", "containers"):
        for index in range(reading.count(*pod, field)):
            name = reading.text(*pod, field, index, "name") or ""
            if name in names:
                yield Finding(
                    _ID,
                    f"there are several containers {name}",
                    reading.document.at(*pod, field, index, "name"),
                    hint="a container is told by its name: give each its own",
                )
            names.add(name)


RULE = Rule(
    _ID,
    "the containers of a debug pod have names of their own, and a pod that is text has some",
    "Containers are told apart by their names, also from those that begin first. The API server refuses the pod, and whoever "
    "needs the session would learn it in the incident.",
    on_policy=_on_policy,
)
