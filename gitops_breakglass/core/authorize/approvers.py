"""Who may give an approval that an escalation asks for: the ordinary one, or the one of what it overrides."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gitops_breakglass.core.authorize.membership import NOBODY, Perhaps, in_both, people_of, perhaps_of
from gitops_breakglass.core.authorize.standing import standing_of_approvers
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import Audience, ClusterConfig, Escalation, PolicySide


@dataclass(frozen=True)
class Approvers:
    """Names of persons whose approval counts, and of those of whom that is less simple."""

    people: frozenset[str]
    perhaps: Perhaps = NOBODY
    """Whose approval counts too, if they are in a team of which that can't be said."""
    barred: Mapping[str, Reason] = field(default_factory=dict)
    """Who is named and does not count, and why."""
    hidden: frozenset[str] = frozenset()
    """Who is never named, only counted: they are approvers through a hidden group alone."""

    def may_approve(self, excluded: AbstractSet[str]) -> tuple[tuple[str, ...], int]:
        """Return the names of those whose approval would count, and how many more there are who are not named."""
        left = self.people - excluded
        return tuple(sorted(left - self.hidden)), len(left & self.hidden)


def approvers_of(audience: Audience, escalation: Escalation, policy: PolicySide, cluster: ClusterConfig) -> Approvers:
    """Return who of an audience may approve sessions of the escalation on the cluster."""
    domains, sign_in = escalation.approver_domains, escalation.sign_in
    standing = standing_of_approvers(people_of(audience, policy, cluster.name), policy, cluster, domains, sign_in)
    perhaps = perhaps_of(audience, policy)
    more = standing_of_approvers(perhaps.people, policy, cluster, domains, sign_in)
    shown = Audience(audience.users, audience.groups - escalation.hidden_groups)
    return Approvers(
        standing.people,
        perhaps.only(more.people - standing.people),
        standing.barred,
        standing.people - people_of(shown, policy, cluster.name),
    )


def stricter(first: Approvers | None, second: Approvers | None) -> Approvers | None:
    """Return who may by both. None asks for no such approval, and is the weaker of the two."""
    if first is None or second is None:
        return first or second
    return Approvers(
        first.people & second.people,
        in_both(first.people, first.perhaps, second.people, second.perhaps),
        {**second.barred, **first.barred},
        first.hidden | second.hidden,
    )
