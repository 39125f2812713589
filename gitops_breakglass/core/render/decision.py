"""From a decision to the statement that a reconciler signs, with everything that later runs need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gitops_breakglass.core.rbac.algebra import to_manifest
from gitops_breakglass.core.render.debug_spec import debug_spec
from gitops_breakglass.core.render.status import TAKEN, enforcement_status
from gitops_breakglass.core.retention import retention_of
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.decision import Denied, Evidence, Granted, Purpose, Reason
from gitops_breakglass.model.enforcement import Enforcement, Means
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.policy import Escalation
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, SessionRequest, Subject
from gitops_breakglass.model.window import Window, print_duration, print_time


@dataclass(frozen=True)
class Place:
    """Where a decision is taken: repository, cluster, and the request's place in history."""

    repository: str
    cluster_uid: str
    uid: str
    landing: str
    blob: str
    previous: str


def granted_statement(
    request: Request,
    decision: Granted,
    scopes: Sequence[ScopedRules],
    place: Place,
    *,
    escalation: Escalation | None,
    enforcement: Sequence[Enforcement] = (),
    debug: DebugGrant | None = None,
    now: datetime,
) -> Statement:
    """Return what is signed for a granted request; `enforcement` is that of the deny policies that concern it.

    `debug` is what a debug session makes; the scopes are then the bound of what it can come to hold.
    """
    return replace(
        _statement(request, place, "granted", now),
        subject=decision.subject,
        windows=decision.windows,
        recurrence=decision.recurrence,
        scopes=tuple(scopes),
        evidence=_evidence(decision.evidence) | _taken(enforcement),
        debug=debug,
        spec=_spec(request, decision, escalation),
    )


def denied_statement(request: Request, decision: Denied, place: Place, *, now: datetime) -> Statement:
    """Return what is signed for a refused request, so that it stays refused."""
    reasons = tuple(_words(reason) for reason in (*decision.reasons, *decision.ignored))
    return replace(_statement(request, place, "denied", now), reasons=reasons)


def kind_of(request: Request) -> str:
    """Return the kind of the request's document."""
    return {SessionRequest: "BreakglassSession", DebugRequest: "DebugSession"}.get(type(request), "Breakglass")


def _statement(request: Request, place: Place, outcome: Literal["granted", "denied"], now: datetime) -> Statement:
    return Statement(
        repository=place.repository,
        cluster=request.id.cluster,
        cluster_uid=place.cluster_uid,
        request=request.id,
        kind=kind_of(request),
        uid=place.uid,
        path=request.id.path,
        blob=place.blob,
        landing=place.landing,
        decided_at=now,
        outcome=outcome,
        previous=place.previous,
    )


def _words(reason: Reason) -> str:
    return f"{reason.rule}: {reason.message}"


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "change": evidence.change,
        "author": evidence.author,
        "head": evidence.head,
        "landing": evidence.landing,
        "blob": evidence.blob,
        "mergedAt": print_time(evidence.merged_at),
        "policy": list(evidence.policy),
        "source": evidence.source,
        "digest": evidence.digest,
        "approvals": [
            {
                "person": approval.person,
                "account": approval.account,
                "source": approval.source,
                "commit": approval.commit,
                "approvedAt": print_time(approval.approved_at),
                "reason": approval.reason,
                # What is not said is of the request, as in every decision of before.
                **({"of": approval.purpose.value} if approval.purpose is Purpose.OVERRIDE else {}),
            }
            for approval in evidence.approvals
        ],
        # Where nobody had to approve, the merge is kept as what it is.
        **({} if evidence.approval_asked else {"approvalAsked": False, "mergedBy": evidence.merged_by}),
    }


def _taken(enforcement: Sequence[Enforcement]) -> dict[str, object]:
    """Return what was subtracted: it is not in the scopes that are signed, so no later run could tell of it."""
    taken = [each for each in enforcement if each.means is Means.SUBTRACTED]
    return {TAKEN: enforcement_status(taken)} if taken else {}


def _spec(request: Request, decision: Granted, escalation: Escalation | None) -> dict[str, object]:
    if isinstance(request, SessionRequest):
        return _session_spec(request, decision.subject, decision.windows[0], escalation)
    if isinstance(request, DebugRequest):
        return debug_spec(request, decision)
    return _breakglass_spec(request, decision)


def _session_spec(
    request: SessionRequest, subject: Subject, window: Window, escalation: Escalation | None
) -> dict[str, object]:
    spec: dict[str, object] = {
        "cluster": request.id.cluster,
        "user": subject.name,
        "grantedGroup": escalation.group if escalation else request.granted_group or "",
        "maxValidFor": print_duration(window.end - window.start),
        "retainFor": print_duration(retention_of(request, escalation)),
    }
    if escalation is not None and escalation.idle_timeout is not None:
        spec["idleTimeout"] = print_duration(escalation.idle_timeout)
    if request.reason:
        spec["requestReason"] = request.reason
    if request.scheduled_start is not None:
        spec["scheduledStartTime"] = print_time(request.scheduled_start)
    return spec


def _breakglass_spec(request: BreakglassRequest, decision: Granted) -> dict[str, object]:
    subject = decision.subject
    approval: dict[str, object] = {"required": request.approval_required}
    if request.approvers:
        # The operator's form of the resource has no such field, nor a schedule's end: it drops them, and nobody goes by them.
        approval["approvers"] = list(request.approvers)
    spec: dict[str, object] = {
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": subject.kind, "name": subject.name}],
        "justification": request.justification or f"requested as {request.id}",
        "approval": approval,
        "schedule": _schedule_spec(decision),
    }
    if request.cluster_roles:
        spec["clusterRoles"] = list(request.cluster_roles)
    if request.policy:
        spec["policy"] = [{"namespace": each.namespace, "rules": to_manifest(each.rules)} for each in request.policy]
    if request.ticket:
        spec["ticketID"] = request.ticket
    return spec


def _schedule_spec(decision: Granted) -> dict[str, object]:
    recurrence = decision.recurrence
    if recurrence is None:
        window = decision.windows[0]
        return {"start": print_time(window.start), "duration": print_duration(window.end - window.start)}
    spec: dict[str, object] = {
        "cron": recurrence.cron,
        "location": recurrence.location,
        "duration": print_duration(recurrence.duration),
        "start": print_time(recurrence.since),
    }
    if recurrence.until is not None:
        spec["end"] = print_time(recurrence.until)
    if recurrence.max_activations is not None:
        spec["maxActivations"] = recurrence.max_activations
    return spec
