"""Quantities can be read."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.quantity import parse_quantity
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "invalid-quantity"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        for field in ("maxCPU", "maxMemory", "maxStorage"):
            text = reading.text("spec", "resourceQuota", field)
            if not text:
                continue
            try:
                parse_quantity(text)
            except ValueError as error:
                yield Finding(
                    _ID,
                    str(error),
                    reading.document.at("spec", "resourceQuota", field),
                    hint="a number, with m, k, M, G, Ki, Mi, Gi and so on behind it",
                )


RULE = Rule(
    _ID,
    "quantities are written as Kubernetes reads them",
    "They are text in the schema. One that can't be read is a quota that is not set, or a session that fails when it starts.",
    on_policy=_on_policy,
)
