"""One merged request: its facts, the decision, what it comes to on the cluster, and the statement to sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gitops_breakglass.core.authorize import Case, authorize
from gitops_breakglass.core.authorize.rendered import facts_wanted, session_by_all
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.debug.rights import bounds_of
from gitops_breakglass.core.render.decision import Place, denied_statement, granted_statement
from gitops_breakglass.core.render.narrow import narrow
from gitops_breakglass.core.render.source import Resolved, resolve_breakglass, resolve_session
from gitops_breakglass.flows.denies import Look, held_by_policies
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.decision import Decision, Denied, Granted, Reason
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.policy import Escalation, PolicySide, Rbac
from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.model.session import Sessions
from gitops_breakglass.model.unread import Unread


def _nothing(_key: ObjectKey) -> LiveObject | None:
    """Find nothing: for clusters of which no object is asked for."""
    return None


@dataclass(frozen=True)
class ClusterFacts:
    """What a cluster holds and serves, for resolving what a source gives there."""

    uid: str
    rbac: Rbac
    discovery: Discovery
    look: Look
    """For what compiling deny policies takes."""
    get: Callable[[ObjectKey], LiveObject | None] = _nothing
    """One object, whoever's it is, or None where it is not there. Raises UnreachableError or RefusedError."""
    _resolved: dict[tuple[str, str], Resolved] = field(default_factory=dict, repr=False, compare=False)

    def facts(self, request: DebugRequest, policies: Sequence[PolicySide]) -> Facts:
        """Return what the cluster has of what the session is rendered from."""
        return {key: self.get(key) for key in facts_wanted(request, policies)}

    def resolve_session(self, escalation: Escalation, policy: PolicySide) -> Resolved:
        """Return what the escalation gives here by this policy side; found out once, however many requests ask."""
        key = (policy.commit, escalation.name)
        if key not in self._resolved:
            self._resolved[key] = resolve_session(
                escalation, policy=policy.rbac, cluster=self.rbac, discovery=self.discovery
            )
        return self._resolved[key]


@dataclass(frozen=True)
class Judgement:
    """The decision on one request, and the statement to sign where it is one for good."""

    decision: Decision
    statement: Statement | None = None
    held: Compiled | None = None
    """What deny policies leave of what is granted."""


def judge(
    request: Request,
    change: Change | Unread,
    policies: Sequence[PolicySide],
    touches: Sequence[Touch],
    cluster: ClusterFacts,
    place: Place,
    *,
    decided: Sequence[Statement] = (),
    sessions: Sessions | None = None,
    now: datetime,
) -> Judgement:
    """Judge one request on one cluster. Unknown and pending leave no statement, so that a later run judges again."""
    facts = cluster.facts(request, policies) if isinstance(request, DebugRequest) else None
    case = Case(request, change, tuple(policies), tuple(touches), tuple(decided), sessions, facts)
    decision = authorize(case, now=now)
    if isinstance(request, DebugRequest) and isinstance(decision, Granted):
        return judge_session(request, decision, policies, cluster, facts, place, now=now)
    if isinstance(decision, Granted):
        source = decision.evidence.source
        resolved = resolve_all(request, source, policies, cluster)
        held = None if isinstance(resolved, Denied) else hold(resolved, request, source, policies, cluster)
        if isinstance(resolved, Denied):
            decision = resolved
        elif held is not None and held.problems:
            decision = Denied(held.problems)
        elif held is not None:
            statement = granted_statement(
                request,
                decision,
                held.kept,
                place,
                escalation=_escalation(source, policies),
                enforcement=held.enforcement,
                now=now,
            )
            return Judgement(decision, statement, held)
    if isinstance(decision, Denied):
        return Judgement(decision, denied_statement(request, decision, place, now=now))
    return Judgement(decision)


def judge_session(
    request: DebugRequest,
    decision: Granted,
    policies: Sequence[PolicySide],
    cluster: ClusterFacts,
    facts: Facts | None,
    place: Place,
    *,
    now: datetime,
) -> Judgement:
    """Render a debug session that is granted, and hold it to the deny policies; what can't be made is denied for good."""
    source = decision.evidence.source
    session = session_by_all(policies, request, decision.subject, decision.participants, source, facts)
    problems, held = session.problems, None
    if session.grant is not None:
        bounds = bounds_of(session.grant, source)
        held = hold(bounds, request, source, policies, cluster) if bounds else None
        problems = held.problems if held else ()
        if held is None or not any(scope.rules for scope in held.kept):
            problems = problems or (
                Reason("nothing-to-grant", f"{request.id} makes no pod that anybody could get into"),
            )
    if problems or held is None:
        denied = Denied(problems)
        return Judgement(denied, denied_statement(request, denied, place, now=now))
    decision = replace(decision, notes=(*decision.notes, *session.notes))
    statement = granted_statement(
        request,
        decision,
        held.kept,
        place,
        escalation=None,
        enforcement=held.enforcement,
        debug=session.grant,
        now=now,
    )
    return Judgement(decision, statement, held)


def resolve_all(
    request: Request, source: str, policies: Sequence[PolicySide], cluster: ClusterFacts
) -> tuple[ScopedRules, ...] | Denied:
    """Return what every one of the policy sides gives, or why it is nothing."""
    result: tuple[ScopedRules, ...] | None = None
    for policy in policies:
        resolved = resolve(request, source, policy, cluster)
        if resolved.problems:
            return Denied(resolved.problems)
        result = resolved.scopes if result is None else narrow(result, resolved.scopes)
    if not result or not any(scope.rules for scope in result):
        return Denied(
            (Reason("nothing-to-grant", f"{source} gives nothing on {request.id.cluster} that can be granted"),)
        )
    return result


def hold(
    scopes: tuple[ScopedRules, ...],
    request: Request,
    source: str,
    policies: Sequence[PolicySide],
    cluster: ClusterFacts,
) -> Compiled:
    """Return what the deny policies of all these policy sides leave, and how they are enforced on the cluster."""
    return held_by_policies(scopes, request, source, policies, discovery=cluster.discovery, look=cluster.look)


def resolve(request: Request, source: str, policy: PolicySide, cluster: ClusterFacts) -> Resolved:
    """Return what one policy side and the cluster give for the request's source."""
    if isinstance(request, SessionRequest):
        escalation = _escalation(source, (policy,))
        if escalation is None:
            return Resolved((), (), (Reason("unknown-escalation", f"{source} is gone from the policy side"),))
        return cluster.resolve_session(escalation, policy)
    if isinstance(request, DebugRequest):
        msg = "what a debug session may do follows from what it makes"
        raise AssertionError(msg)
    return resolve_breakglass(request, policy=policy.rbac, cluster=cluster.rbac, discovery=cluster.discovery)


def _escalation(source: str, policies: Sequence[PolicySide]) -> Escalation | None:
    kind, _, name = source.partition("/")
    return policies[-1].escalation(name) if kind == "escalation" and policies else None
