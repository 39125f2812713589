"""An escalation gives the rights of a group of the organisation, not of one that belongs to Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.identities import RESERVED_PREFIXES
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "reserved-group"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        if escalation.group.startswith(RESERVED_PREFIXES):
            yield Finding(
                _ID,
                f"group {escalation.group} belongs to Kubernetes itself",
                document.at("spec", "escalatedGroup"),
                hint="make a group of your own and bind it to the roles that are needed",
            )


RULE = Rule(
    _ID,
    "an escalated group is none of Kubernetes' own",
    "What `system:masters` may do is not told by any role, so nobody can review it or take it away. The other groups "
    "of that kind are every user, or parts of the cluster itself.",
    on_policy=_on_policy,
)
