"""What an aggregated role gathers is there to be read."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rbac.aggregate import sources
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "aggregated-role"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    roles = facts.policy.rbac.roles
    aggregated = {each.name: each for each in roles if each.gathers is not None}
    for document in facts.of_kind("ClusterRole") if aggregated else ():
        role = aggregated.get(document.name)
        if role is None:
            continue
        if role.gathers and not sources(role, roles):
            yield Finding(
                _ID,
                f"ClusterRole {role.name} gathers the rules of other roles, and none of the policy side has the labels",
                document.at("aggregationRule"),
                Severity.WARNING,
                hint="it gives nothing: label the roles that it is for, or leave it to the cluster and take it out here",
            )
        if Reading(document).count("rules"):
            yield Finding(
                _ID,
                f"the rules of ClusterRole {role.name} do not count beside its aggregationRule",
                document.at("rules"),
                Severity.WARNING,
                hint="a cluster writes over them: put them into a ClusterRole of their own, with the labels",
            )


RULE = Rule(
    _ID,
    "an aggregated role of the policy side gathers roles of the policy side",
    "An aggregated role holds what the roles with its labels hold. They are looked for on the side where it stands, so "
    "that whoever reviews the policy side can read what it gives.",
    on_policy=_on_policy,
)
