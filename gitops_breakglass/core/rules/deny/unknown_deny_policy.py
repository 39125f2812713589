"""The deny policies that an escalation refers to are there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-deny-policy"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {document.name for document in facts.of_kind("DenyPolicy")}
    for document in facts.of_kind("BreakglassEscalation"):
        for index, name in enumerate(Reading(document).texts("spec", "denyPolicyRefs")):
            if name not in known:
                yield Finding(
                    _ID,
                    f"there is no deny policy {name}",
                    document.at("spec", "denyPolicyRefs", index),
                    Severity.WARNING,
                    hint=nearest(name, known) or "the DenyPolicy documents in policies/ say what there is",
                )


RULE = Rule(
    _ID,
    "the deny policies that an escalation refers to exist",
    "Whoever reads the reference takes the protection for given.",
    on_policy=_on_policy,
)
