"""Where self-approval is blocked, somebody may approve who is not the only one to ask."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import Escalation, PolicySide

_ID = "no-second-person"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        approvers = facts.people_of(escalation.approvers)
        # Of several people who may ask, one who is their only approver can still be of use to the others.
        if (
            len(approvers) == 1
            and approvers == facts.people_of(escalation.allowed)
            and not facts.names_a_team(escalation.approvers)
            and not facts.names_a_team(escalation.allowed)
            and _blocks(escalation, facts.policy)
        ):
            yield Finding(
                _ID,
                f"only {min(approvers)} may request escalation {escalation.name}, and nobody else may approve it",
                document.at("spec", "approvers"),
                Severity.WARNING,
                hint="add a second approver; where people are meant to serve themselves, say `blockSelfApproval: false`",
            )
        second = escalation.override_approvers
        if second is None or facts.names_a_team(escalation.approvers) or facts.names_a_team(second):
            continue
        both = approvers | facts.people_of(second)
        if len(both) == 1:
            yield Finding(
                _ID,
                f"only {min(both)} may approve escalation {escalation.name} and what it overrides, which takes two people",
                document.at("spec", "podSecurityOverrides"),
                Severity.WARNING,
                hint="name a second person among podSecurityOverrides.approvers",
            )


def _blocks(escalation: Escalation, policy: PolicySide) -> bool:
    if escalation.block_self_approval is not None:
        return escalation.block_self_approval
    own = [each.block_self_approval for each in policy.clusters.values() if applies_to(escalation, each.name)]
    return any(policy.configuration.block_self_approval if each is None else each for each in own)


RULE = Rule(
    _ID,
    "an escalation that takes two people has two",
    "Nobody approves their own request unless the policy says so. Where the one who may ask is the one who may approve, "
    "nothing is ever granted.",
    on_policy=_on_policy,
)
