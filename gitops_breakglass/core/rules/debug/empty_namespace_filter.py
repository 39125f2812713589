"""A filter of namespaces says which."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, namespace_filter, readings, shown
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "empty-namespace-filter"
_SIDES = ("allowedNamespaces", "deniedNamespaces")
_PLACES: tuple[tuple[Path, Severity], ...] = (
    (("spec", "namespaceConstraints"), Severity.ERROR),
    (("spec", "kubectlDebug", "ephemeralContainers"), Severity.WARNING),
    (("spec", "kubectlDebug", "podCopy"), Severity.WARNING),
)
"""Upstream refuses an empty filter in the first place, and lets it pass in the others."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        for place, severity in _PLACES:
            for side in _SIDES:
                found = namespace_filter(reading, *place, side)
                if found is not None and found.is_empty:
                    yield Finding(
                        _ID,
                        f"{shown((*place, side))} names no namespace",
                        reading.document.at(*place, side),
                        severity,
                        hint='write patterns, such as "app-*", or leave the field out',
                    )


RULE = Rule(
    _ID,
    "a filter of namespaces names some",
    "Whether an empty list means all or none depends on who reads it: upstream itself takes it one way for what is allowed "
    "and the other for what is denied.",
    on_policy=_on_policy,
)
