"""Who may be among those whom a policy names, as long as it is not known who is in a team of the forge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from gitops_breakglass.core.debug.offer import possible_offers
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.offers import misfits
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.identity import Account, Group, Identities, Team
from gitops_breakglass.model.policy import Audience, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, SessionRequest
from gitops_breakglass.model.unread import Unread

Members = Mapping[Team, frozenset[Account] | Unread]
"""Who is in each team, as the forge says, or why that can't be read."""


@dataclass(frozen=True)
class Perhaps:
    """Names of persons who may be meant beside those who surely are, and why it can't be said of them."""

    people: frozenset[str] = frozenset()
    reasons: tuple[Reason, ...] = ()

    def only(self, people: AbstractSet[str]) -> Perhaps:
        """Return those of them who are among these people."""
        left = self.people & people
        return Perhaps(left, self.reasons) if left else NOBODY


NOBODY = Perhaps()


def people_of(audience: Audience, policy: PolicySide, cluster: str) -> frozenset[str]:
    """Return the names of everybody whom the audience names, by e-mail, by username there, or by group."""
    named = {
        person.name
        for person in policy.identities.people
        if any(person.answers_to(word, cluster) for word in audience.users)
    }
    return frozenset(named) | policy.identities.members_of(audience.groups)


def perhaps_of(audience: Audience, policy: PolicySide) -> Perhaps:
    """Return whom the audience names if they are in a team of which that can't be said."""
    identities = policy.identities
    people = identities.perhaps_members_of(audience.groups) - identities.members_of(audience.groups)
    return Perhaps(people, tuple(map(unread_reason, identities.unread(audience.groups)))) if people else NOBODY


def in_both(
    first: AbstractSet[str], first_perhaps: Perhaps, second: AbstractSet[str], second_perhaps: Perhaps
) -> Perhaps:
    """Return who may be meant by both, where each is who surely is and who perhaps is."""
    people = ((first | first_perhaps.people) & (second | second_perhaps.people)) - (first & second)
    reasons = dict.fromkeys((*first_perhaps.reasons, *second_perhaps.reasons))
    return Perhaps(frozenset(people), tuple(reasons)) if people else NOBODY


def unread_reason(group: Group) -> Reason:
    """Return why it can't be said who is in a group that is a team."""
    what = group.unread or Unread("it is not known")
    which = f" ({told(group.team)})" if group.team is not None else ""
    return Reason("membership-unknown", f"who is in group {group.name}{which} can't be said: {what.message}", what.hint)


def told(team: Team) -> str:
    """Return which team it is, by its numbers."""
    if team.organization:
        return f"{team.provider} team {team.id} of organization {team.organization}"
    return f"{team.provider} group {team.id}, access level {team.min_access} and above"


def teams_for(request: Request, policies: Iterable[PolicySide]) -> frozenset[Team]:
    """Return the teams of which the answer to a request may depend by these policy sides, and no others."""
    return frozenset(team for policy in policies for team in _teams(_groups_for(request, policy), policy.identities))


def teams_of_policy_approvers(policy: PolicySide) -> frozenset[Team]:
    """Return the teams that say who may approve a change of the policy side."""
    return _teams(policy.configuration.policy_approvers.groups, policy.identities)


def with_members(policy: PolicySide, members: Members) -> PolicySide:
    """Return the policy side with what is known of its teams; the others stay as they are.

    An account that nobody in identities.yaml has is nobody: it is not made into somebody by being in a team.
    """
    if not any(group.team in members for group in policy.identities.groups):
        return policy
    groups = tuple(_with_members(group, members, policy.identities) for group in policy.identities.groups)
    return replace(policy, identities=replace(policy.identities, groups=groups))


def _with_members(group: Group, members: Members, identities: Identities) -> Group:
    found = members.get(group.team) if group.team else None
    if found is None:
        return group
    if isinstance(found, Unread):
        return replace(group, members=frozenset(), unread=found)
    holders = (identities.holder(account, None) for account in found)
    return replace(group, members=frozenset(each.name for each in holders if each is not None), unread=None)


def _groups_for(request: Request, policy: PolicySide) -> frozenset[str]:
    audiences: list[Audience] = []
    if isinstance(request, SessionRequest):
        for found in candidates(request, policy):
            audiences += [found.allowed, found.approvers, found.override_approvers or found.approvers]
        if any(each.group_limits for each in policy.identity_providers.values()):
            # Limits go by the pattern of a group's name, so that any group may be meant.
            return frozenset(group.name for group in policy.identities.groups)
    if isinstance(request, DebugRequest):
        for each in possible_offers(request, policy):
            audiences += [*each.allowed, *(one.audience for one in each.restricted), each.approvers]
            audiences += [Audience(groups=one.groups) for one in each.auto_approval]
    if isinstance(request, BreakglassRequest):
        for offer in policy.configuration.offers:
            audiences += [] if misfits(request, offer) else [offer.allowed, offer.approvers]
    return frozenset(group for audience in audiences for group in audience.groups)


def _teams(groups: Iterable[str], identities: Identities) -> frozenset[Team]:
    wanted = set(groups)
    return frozenset(each.team for each in identities.groups if each.team is not None and each.name in wanted)
