"""May this change be merged? Judged by the policy of the default branch; only the request comes from the change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.authorize import Case, PolicyCase, authorize, authorize_policy
from gitops_breakglass.flows import teams
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.model.change import Change, Unread
from gitops_breakglass.model.decision import Approval, Decision, Denied, Pending, Reason, Unknown
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import AnyRequest, RequestId


@dataclass(frozen=True)
class Proposal:
    """What the gate says of a change. `request` is None for a change of the policy side."""

    change: str
    decision: Decision | tuple[Approval, ...]
    request: RequestId | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def may_merge(self) -> bool:
        """Whether nothing is missing but the merge."""
        return isinstance(self.decision, Pending) and self.decision.ready and not any(f.is_error for f in self.findings)


def gate(sources: Sources, name: str, *, now: datetime) -> Proposal:
    """Judge a change that is not merged yet."""
    tip = sources.repository.tip()
    change = sources.forge.proposed(name, tip=tip, sights={}, now=now)
    if isinstance(change, Unread):
        return Proposal(name, Unknown((Reason("no-facts", change.message, change.hint),)))
    policy, findings = sources.policy_at(tip)
    if policy is None:
        return Proposal(
            name, Unknown((Reason("no-facts", "the policy side of the default branch can't be read"),)), None, findings
        )
    paths = [each.path for each in change.files if each.path.startswith(REQUESTS)]
    if not paths:
        return _policy_proposal(sources, change, policy, tip, now)
    return _request_proposal(sources, change, policy, paths[0], tip, now)


def _policy_proposal(sources: Sources, change: Change, policy: PolicySide, tip: str, now: datetime) -> Proposal:
    tree = sources.repository.policy_tree(tip)
    case = PolicyCase(change, teams.for_policy_change(sources, policy), policy_tree=tree, before=tree)
    findings = sources.policy_at(change.head)[1]
    return Proposal(change.id, authorize_policy(case, now=now), None, findings)


def _request_proposal(
    sources: Sources, change: Change, policy: PolicySide, path: str, tip: str, now: datetime
) -> Proposal:
    entry = next((each for each in sources.repository.entries(change.head, path) if each.path == path), None)
    if entry is None:
        request: AnyRequest | None = None
        findings: tuple[Finding, ...] = ()
    else:
        request, findings = sources.request_at(entry)
    if request is None:
        asked = _request_id(path)
        reason = Reason(
            "unreadable-request", f"{path} can't be read as a request", "see its findings, mend it, push again"
        )
        return Proposal(change.id, Denied((reason,)), asked, findings)
    decision = _decide(sources, change, policy, request, tip, now)
    return Proposal(change.id, decision, request.id, findings)


def _decide(
    sources: Sources, change: Change, policy: PolicySide, request: AnyRequest, tip: str, now: datetime
) -> Decision:
    touches = sources.repository.touches(tip)
    return authorize(Case(request, change, teams.for_request(sources, (policy,), request), touches), now=now)


def _request_id(path: str) -> RequestId:
    cluster, _, name = path.removeprefix(REQUESTS).rpartition("/")
    return RequestId(cluster, name.removesuffix(".yaml"))
