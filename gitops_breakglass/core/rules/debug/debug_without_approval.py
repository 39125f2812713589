"""A debug session is approved by somebody."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-without-approval"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        document = reading.document
        if not _somebody(reading) and (document.kind == TEMPLATE or reading.has("spec", "approvers")):
            what = "a session of this template" if document.kind == TEMPLATE else "a session by this binding"
            yield Finding(
                _ID,
                f"upstream starts {what} without approval, since nobody is named who approves",
                document.at("spec", "approvers"),
                Severity.WARNING,
                hint="name users or groups in spec.approvers",
            )
        path = ("spec", "approvers", "autoApproveFor", "clusters")
        for index, glob in enumerate(reading.texts(*path)):
            if glob == "*":
                yield Finding(
                    _ID,
                    "autoApproveFor is for every cluster, so nobody is ever asked",
                    document.at(*path, index),
                    Severity.WARNING,
                    hint="name the clusters where no approval is needed",
                )


def _somebody(reading: Reading) -> bool:
    return any(reading.count("spec", "approvers", field) for field in ("users", "groups"))


RULE = Rule(
    _ID,
    "a debug session is approved by somebody",
    "Upstream takes a template without approvers as approved beforehand, and a binding with an empty `approvers` as that too, "
    "whatever its template says. Here nobody named is nobody who may approve.",
    on_policy=_on_policy,
)
