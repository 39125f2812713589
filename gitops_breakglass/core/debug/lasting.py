"""What the policy side still offers of a debug session that was granted: it shrinks or ends, and never grows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Subject


def left_of_session(statement: Statement, debug: DebugGrant, policy: PolicySide) -> DebugGrant | str:
    """Return the session without the people who have left the policy side, or why nothing of it is offered any more."""
    author = str(statement.evidence.get("author", ""))
    cluster = statement.request.cluster
    if cluster not in policy.clusters:
        return f"the policy side has no cluster {cluster} any more"
    if debug.template not in policy.debug.templates:
        return f"the template {debug.template} is gone from the policy side"
    if debug.binding and debug.binding not in {f"{each.namespace}/{each.name}" for each in policy.debug.bindings}:
        return f"the binding {debug.binding} is gone from the policy side"
    person = policy.identities.person(author)
    if person is None:
        return f"{author} is not in identities.yaml any more"
    if statement.subject is None or person.username_on(cluster) != statement.subject.name:
        return f"{author} is not {statement.subject.name if statement.subject else 'its subject'} on {cluster} any more"
    return replace(debug, participants=tuple(_still_there(debug.participants, cluster, policy)))


def _still_there(participants: Iterable[Subject], cluster: str, policy: PolicySide) -> Iterable[Subject]:
    usernames = {each.username_on(cluster) for each in policy.identities.people}
    return (each for each in participants if each.name in usernames)
