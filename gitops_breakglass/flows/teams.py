"""Who is in a team is asked once in a run, and only where an answer may depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gitops_breakglass.core.authorize.membership import (
    Members,
    teams_for,
    teams_of_policy_approvers,
    with_members,
)
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.identity import Team
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.unread import Unread


def for_request(sources: Sources, policies: Sequence[PolicySide], request: Request) -> tuple[PolicySide, ...]:
    """Return the policy sides with who is in the teams that the request is judged by."""
    known = members_of(sources, teams_for(request, policies))
    return tuple(with_members(policy, known) for policy in policies)


def for_policy_change(sources: Sources, policy: PolicySide) -> PolicySide:
    """Return the policy side with who is in the teams that may approve a change of it."""
    return with_members(policy, members_of(sources, teams_of_policy_approvers(policy)))


def members_of(sources: Sources, teams: AbstractSet[Team]) -> Members:
    """Return who is in each team, as the forge says; a forge that doesn't answer leaves them unread."""
    known = sources.members
    if fresh := sorted(teams - known.keys()):
        try:
            found = sources.forge.members(fresh)
        except UnreachableError as error:
            found = dict.fromkeys(fresh, Unread.because(error))
        known.update({team: found.get(team, Unread(f"the forge says nothing of {team}")) for team in fresh})
    return {team: known[team] for team in teams}
