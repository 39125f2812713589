"""The groups that the policy side names are known, and somebody is in them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.people.audiences import audiences
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-group"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    members = {group.name: group.members for group in facts.policy.identities.groups}
    for each in audiences(facts):
        for group in sorted(each.audience.groups):
            if members.get(group):
                continue
            problem = "which nobody is in" if group in members else "which is not in identities.yaml"
            hint = None if group in members else nearest(group, members)
            yield Finding(
                _ID,
                f"{each.what} names group {group}, {problem}",
                each.document.at(*each.path, "groups"),
                Severity.WARNING,
                hint=hint or "groups and their members are in identities.yaml",
            )


RULE = Rule(
    _ID,
    "groups that are named are in identities.yaml and have members",
    "A group that is not known is empty: nobody may ask or approve by it, and the policy reads as if somebody could.",
    on_policy=_on_policy,
)
