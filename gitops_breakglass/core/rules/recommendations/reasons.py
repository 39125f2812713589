"""What is sensitive is given for a reason that is written down."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.recommendations.given_rights import (
    ENTER,
    INTO_PODS,
    allow,
    rights_of,
    serves_automation,
)
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.rules import Rules

_ID = "recommend-reasons"
_SENSITIVE: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("read secrets", frozenset({"get", "list", "watch"}), frozenset({"secrets"})),
    ("get into pods", ENTER, INTO_PODS),
    ("delete namespaces", frozenset({"delete", "deletecollection"}), frozenset({"namespaces"})),
    ("delete secrets", frozenset({"delete", "deletecollection"}), frozenset({"secrets"})),
    ("change nodes", frozenset({"delete", "patch", "update"}), frozenset({"nodes"})),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    given = rights_of(facts.policy.rbac)
    for document, escalation in facts.escalations():
        if escalation.request_reason_mandatory or serves_automation(escalation, facts):
            continue
        if found := _sensitive(given(escalation.group)):
            yield Finding(
                _ID,
                f"escalation {escalation.name} lets people {', '.join(found)}, and asks for no reason",
                document.at("spec", "requestReason"),
                Severity.WARNING,
                hint="add `requestReason: {mandatory: true}`",
            )


def _sensitive(rights: Rules) -> list[str]:
    return [what for what, verbs, resources in _SENSITIVE if allow(rights, verbs, "", resources)]


RULE = Rule(
    _ID,
    "what is sensitive takes a reason",
    "Afterwards somebody asks why it was done. The answer is worth most where it was given before.",
    on_policy=_on_policy,
)
