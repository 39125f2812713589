"""May this change be merged? Judged by the policy of the default branch; only the request comes from the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from gitops_breakglass.core.authorize import Case, PolicyCase, authorize, authorize_policy
from gitops_breakglass.core.authorize.proposal import UNREADABLE, Proposal, remaining
from gitops_breakglass.core.authorize.rendered import facts_wanted
from gitops_breakglass.core.authorize.shown import Shown, show
from gitops_breakglass.core.authorize.unmerged import state_of_unmerged
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.debug.rights import bounds_of
from gitops_breakglass.core.deny.preview import preview_of
from gitops_breakglass.core.effect import Effect, Live, PlaceEffect, effect_of, narrowed
from gitops_breakglass.core.narrowing import narrowed_by
from gitops_breakglass.core.primitives import primitives_in
from gitops_breakglass.core.read.kinds import FREEZE
from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.timing import Timing, timing_of
from gitops_breakglass.core.validate import judge
from gitops_breakglass.flows import teams
from gitops_breakglass.flows.denies import Look, held_by_policies
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Denied, Pending, Reason, Unknown
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import in_order
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, RequestId
from gitops_breakglass.model.unread import Unread


@dataclass(frozen=True)
class Asked:
    """What a cluster says that may be asked: what it holds now, what deny policies take, and any one object."""

    live: Live
    look: Look
    get: Callable[[ObjectKey], LiveObject | None]


_NO_SIGHTS: Mapping[str, datetime] = MappingProxyType({})
_SHOWN = 5
"""Windows of recurring access that approvers are shown."""
_QUARTER = timedelta(minutes=15)

AskCluster: TypeAlias = Callable[[str], Asked | Unread | None]
"""What a cluster of that name holds now, and how it is asked for more; None where nobody wants it to be asked."""


def ask_no_cluster(_name: str) -> None:
    """Leave the clusters alone: what the policy side gives is told, and what they may add is said to be unknown."""


def gate(
    sources: Sources,
    name: str,
    *,
    now: datetime,
    ask: AskCluster = ask_no_cluster,
    sights: Mapping[str, datetime] = _NO_SIGHTS,
) -> Proposal:
    """Judge a change that is not merged yet. `sights` are the first sights that are known, for a forge without a clock."""
    tip = sources.repository.tip()
    change = sources.forge.proposed(name, tip=tip, sights=sights, now=now)
    if isinstance(change, Unread):
        return _unknown(name, Reason("no-facts", change.message, change.hint))
    policy, findings = sources.policy_at(tip)
    if policy is None:
        missing = Reason("no-facts", "the policy side of the default branch can't be read")
        return replace(_unknown(name, missing), findings=findings, head=change.head)
    files = [each for each in change.files if each.path.startswith(REQUESTS)]
    asked = [each.path for each in files if each.status != "D"]
    if asked:
        proposal = _request_proposal(sources, change, policy, asked[0], tip, now, ask)
    elif files and len(files) == len(change.files):
        proposal = _ending(change)
    elif [(each.path, each.status) for each in change.files] == [(FREEZE, "A")]:
        proposal = _freezing(change)
    else:
        proposal = _policy_proposal(sources, change, policy, tip, now)
    proposal = replace(
        proposal,
        head=change.head,
        policy=policy.commit,
        title=change.title,
        url=change.url,
        is_open=change.closed_at is None,
        state=state_of_unmerged(change, proposal.decision, proposal.shown, policy, now),
    )
    return replace(proposal, remaining=remaining(change, proposal, now))


def _unknown(name: str, reason: Reason) -> Proposal:
    step = f"{reason.message} ({reason.hint})" if reason.hint else reason.message
    return Proposal(name, Unknown((reason,)), remaining=(step,))


def _ending(change: Change) -> Proposal:
    """Return what is said of a change that does nothing but delete requests: ending access takes nobody's approval."""
    told = Reason("not-merged", f"{change.id} only ends access, which needs nobody's approval", "merge it")
    return Proposal(
        change.id, Pending((told,), ready=True), ends=tuple(_request_id(each.path) for each in change.files)
    )


def _freezing(change: Change) -> Proposal:
    """Return what is said of a change that does nothing but put the kill switch there, which holds at once."""
    told = Reason("not-merged", f"{change.id} only freezes, which needs nobody's approval", "merge it")
    return Proposal(change.id, Pending((told,), ready=True))


def _policy_proposal(sources: Sources, change: Change, policy: PolicySide, tip: str, now: datetime) -> Proposal:
    tree = sources.repository.policy_tree(tip)
    case = PolicyCase(change, teams.for_policy_change(sources, policy), policy_tree=tree, before=tree)
    findings = sources.policy_at(change.head)[1]
    return Proposal(change.id, authorize_policy(case, now=now), None, findings)


def _request_proposal(
    sources: Sources, change: Change, policy: PolicySide, path: str, tip: str, now: datetime, ask: AskCluster
) -> Proposal:
    entry = next((each for each in sources.repository.entries(change.head, path) if each.path == path), None)
    request, findings = sources.request_at(entry) if entry is not None else (None, ())
    if request is None:
        reason = Reason(UNREADABLE, f"{path} can't be read as a request", "see its findings, mend it, push again")
        return Proposal(change.id, Denied((reason,)), _request_id(path), findings)
    touches = sources.repository.touches(tip)
    (policy,) = teams.for_request(sources, (policy,), request)
    is_debug = isinstance(request, DebugRequest)
    facts, asked = _facts(request, policy, ask(request.id.cluster) if is_debug else None)
    decision = authorize(Case(request, change, (policy,), touches, facts=facts), now=now)
    proposal = Proposal(change.id, decision, request.id, in_order((*findings, *judge(request, policy))))
    shown = show(change, request, policy, now, facts)
    if shown is None:
        return proposal
    person, merged_at = policy.identities.person(shown.author), _soon(now)
    return replace(
        proposal,
        shown=shown,
        merged_at=merged_at,
        timing=_timing(request, shown, merged_at),
        zone=person.timezone if person else None,
        effect=_effect(request, shown, policy, asked if is_debug else ask(request.id.cluster)),
    )


def _facts(
    request: Request, policy: PolicySide, asked: Asked | Unread | None
) -> tuple[Facts | None, Asked | Unread | None]:
    """Return what a debug session is rendered from, where its cluster may be asked; a cluster that does not answer is unread."""
    if not isinstance(request, DebugRequest) or not isinstance(asked, Asked):
        return None, asked
    try:
        return {key: asked.get(key) for key in facts_wanted(request, (policy,))}, asked
    except BreakglassError as error:
        return None, Unread.because(error)


def _timing(request: Request, shown: Shown, merged_at: datetime) -> Timing | None:
    """Return when access would hold if it were merged then; a schedule that can't be read has a finding that says so."""
    try:
        return timing_of(request, shown.duration, merged_at, _SHOWN)
    except ScheduleError:
        return None


def _effect(request: Request, shown: Shown, policy: PolicySide, asked: Asked | Unread | None) -> Effect:
    if isinstance(request, DebugRequest):
        return _effect_of_session(request, shown, policy, asked)
    if isinstance(asked, Asked):
        live, look = asked.live, asked.look
        effect = effect_of(request, shown.escalation, policy.rbac, live)
        scopes = tuple(ScopedRules(each.namespace, each.rules, each.source) for each in effect.places)
        try:
            held = held_by_policies(scopes, request, shown.terms.source, (policy,), discovery=live.discovery, look=look)
            return narrowed(effect, preview_of(held))
        except BreakglassError as error:
            asked = Unread.because(error)
    effect = effect_of(request, shown.escalation, policy.rbac)
    effect = narrowed(effect, narrowed_by(request, shown.escalation, policy))
    if isinstance(asked, Unread):
        return replace(effect, unknown=(f"{request.id.cluster} could not be asked: {asked.message}", *effect.unknown))
    return effect


def _effect_of_session(request: DebugRequest, shown: Shown, policy: PolicySide, asked: Asked | Unread | None) -> Effect:
    """Return what a debug session comes to: rights on its own pods, as far as its objects can be told."""
    session, source, cluster = shown.session, shown.terms.source, request.id.cluster
    if session is None or session.grant is None:
        return Effect(cluster, (), problems=session.problems if session else ())
    scopes = bounds_of(session.grant, source)
    places = tuple(PlaceEffect(each.namespace, each.rules, source, primitives_in(each.rules)) for each in scopes)
    effect = Effect(cluster, places, is_live=isinstance(asked, Asked))
    if isinstance(asked, Asked):
        try:
            held = held_by_policies(scopes, request, source, (policy,), discovery=asked.live.discovery, look=asked.look)
            return narrowed(effect, preview_of(held))
        except BreakglassError as error:
            asked = Unread.because(error)
    unknown = f"{cluster} was not asked: what is approved is approved by the names in the file, and deny policies may take more"
    if isinstance(asked, Unread):
        unknown = f"{cluster} could not be asked: {asked.message}"
    return replace(effect, is_live=False, unknown=(unknown,))


def _soon(now: datetime) -> datetime:
    """Return the next full quarter of an hour, so that a run which finds the same a minute later says the same."""
    beyond = (now - datetime(1970, 1, 1, tzinfo=UTC)) % _QUARTER
    return now + (_QUARTER - beyond) if beyond else now


def _request_id(path: str) -> RequestId:
    cluster, _, name = path.removeprefix(REQUESTS).rpartition("/")
    return RequestId(cluster, name.removesuffix(".yaml"))
