"""A disruption budget has one bound, and it can be met."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "disruption-budget"
_BASE = ("spec", "podDisruptionBudget")
_BOUNDS = ("minAvailable", "maxUnavailable")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        there = [field for field in _BOUNDS if reading.has(*_BASE, field)]
        if len(there) > 1:
            yield Finding(
                _ID,
                "minAvailable and maxUnavailable are both set",
                reading.document.at(*_BASE, "maxUnavailable"),
                hint="a budget has one of the two",
            )
        elif not there and reading.flag(*_BASE, "enabled") is True:
            yield Finding(
                _ID,
                "the budget is enabled and has no bound",
                reading.document.at(*_BASE, "enabled"),
                Severity.WARNING,
                hint="set minAvailable or maxUnavailable",
            )
        for field in there:
            if (reading.number(*_BASE, field) or 0) < 0:
                yield Finding(_ID, f"{field} is negative", reading.document.at(*_BASE, field), hint="count pods from 0")


RULE = Rule(
    _ID,
    "a disruption budget has one bound, which is not negative",
    "Kubernetes and upstream refuse both bounds at once, and a number of pods below none.",
    on_policy=_on_policy,
)
