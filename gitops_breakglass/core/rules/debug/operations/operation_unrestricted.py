"""A template that enables an operation says in which namespaces, and with which images."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "operation-unrestricted"
_BASE = ("spec", "kubectlDebug")
_EPHEMERAL, _COPY = (*_BASE, "ephemeralContainers"), (*_BASE, "podCopy")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        yield from _places(reading, _EPHEMERAL)
        yield from _places(reading, _COPY)
        if _is_on(reading, _EPHEMERAL) and not reading.texts(*_EPHEMERAL, "allowedImages"):
            yield Finding(
                _ID,
                "no image is named: here no ephemeral container can be asked for, and upstream takes any image",
                reading.document.at(*_EPHEMERAL),
                Severity.WARNING,
                hint='name them in allowedImages, such as "registry.example.com/tools/*"',
            )


def _places(reading: Reading, at: Path) -> Iterator[Finding]:
    if _is_on(reading, at) and not reading.has(*at, "allowedNamespaces"):
        yield Finding(
            _ID,
            f"{at[-1]} names no namespace: here it reaches into all but kube-*, and upstream into all",
            reading.document.at(*at),
            Severity.NOTE,
            hint='name them in allowedNamespaces, such as "app-*"',
        )


def _is_on(reading: Reading, at: Path) -> bool:
    return reading.flag(*at, "enabled") is True


RULE = Rule(
    _ID,
    "a template that enables operations names namespaces and images",
    "What is left out means all of them to upstream. Here it means all namespaces but those of Kubernetes itself, and no image: "
    "an image that nobody thought of would run in every pod of the cluster.",
    on_policy=_on_policy,
)
