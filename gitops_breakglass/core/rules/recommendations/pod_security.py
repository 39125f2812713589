"""Where people get into pods, pod rules look at the pods."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.recommendations.given_rights import ENTER, INTO_PODS, allow, reaches, rights_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "recommend-pod-security"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    given = rights_of(facts.policy.rbac)
    for document, escalation in facts.escalations():
        about = [each for each in facts.of_kind("DenyPolicy") if reaches(each, escalation, facts.policy.clusters)]
        # Who forbids nothing there yet has not come that far.
        if not about or any(Reading(each).has("spec", "podSecurityRules") for each in about):
            continue
        if allow(given(escalation.group), ENTER, "", INTO_PODS):
            yield Finding(
                _ID,
                f"escalation {escalation.name} opens every pod alike, and no deny policy about it scores them",
                document.at("spec", "escalatedGroup"),
                Severity.WARNING,
                hint="add podSecurityRules to a DenyPolicy, so that privileged pods take more than this escalation",
            )


RULE = Rule(
    _ID,
    "pod rules say into which pods people get",
    "A shell in a privileged pod is a shell on its node. Whoever approved a look into an application did not approve "
    "that.",
    on_policy=_on_policy,
)
