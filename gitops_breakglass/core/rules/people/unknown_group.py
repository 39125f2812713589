"""The groups that the policy side names are known, and somebody is in them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.people.audiences import audiences
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-group"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    groups = {group.name: group for group in facts.policy.identities.groups}
    forge = facts.policy.configuration.provider
    for each in audiences(facts):
        for group in sorted(each.audience.groups):
            known = groups.get(group)
            if known is not None and (known.members or (known.team is not None and known.team.provider is forge)):
                continue
            problem, hint = "which is not in identities.yaml", nearest(group, groups)
            if known is not None and known.team is not None:
                problem, hint = (
                    f"which is at {known.team.provider}, and the forge is {forge}",
                    "name a team of the forge, or members",
                )
            elif known is not None:
                problem, hint = "which nobody is in", None
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
