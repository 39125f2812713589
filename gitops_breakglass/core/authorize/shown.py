"""What approvers are shown of a request by one policy side: who gets what, by which source, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.core.authorize.people import author_of, subject_of
from gitops_breakglass.core.authorize.rendered import session_by
from gitops_breakglass.core.authorize.terms import Terms, terms_of
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.debug.risk import PodRisk, risks_of
from gitops_breakglass.core.debug.session import Session
from gitops_breakglass.core.debug.statement import debug_manifest
from gitops_breakglass.core.deny.selection import policies_for
from gitops_breakglass.core.digest import request_digest
from gitops_breakglass.core.effect import resolved_by_policy
from gitops_breakglass.core.narrowing import narrowed_by
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.request import (
    BreakglassRequest,
    DebugRequest,
    Request,
    SessionRequest,
    Subject,
)


@dataclass(frozen=True)
class Shown:
    """One request as it is shown. `start` is None where it begins with the merge."""

    author: str
    subject: Subject
    terms: Terms
    duration: timedelta
    start: datetime | None
    escalation: Escalation | None
    digest: str
    session: Session | None = None
    """What a debug session makes, or why it can't be made."""
    risks: tuple[PodRisk, ...] = ()
    """How risky its pods are, and what deny policies say of getting into them."""


def shown_by(
    policy: PolicySide,
    request: Request,
    author: str,
    subject: Subject,
    blob: str,
    at: datetime,
    facts: Facts | None = None,
) -> Shown | None:
    """Return what is shown of a request of this author by one policy side; None where it has no terms for it.

    `at` is when it landed, or now. `facts` are what of the cluster a debug session is rendered from; without them it is
    rendered by the names that are in its file.
    """
    terms = terms_of(request, author, policy, at=at)
    if not isinstance(terms, Terms):
        return None
    session = None
    if isinstance(request, DebugRequest):
        session = session_by(policy, request, subject, terms.participating, terms.source, facts)
    kind, _, name = terms.source.partition("/")
    escalation = policy.escalation(name) if kind == "escalation" else None
    duration = asked_duration(request, terms)
    start = asked_start(request)
    held = narrowed_by(request, escalation, policy)
    narrowing = {each.policy for each in held.enforcement} if held else set()
    digest = request_digest(
        repository=policy.configuration.repository,
        request=request.id,
        blob=blob,
        subject=subject,
        source=terms.source,
        duration=duration,
        start=start,
        scopes=resolved_by_policy(request, escalation, policy.rbac).scopes,
        denies=[each for each in policies_for(request, escalation, policy) if each.name in narrowing],
        override=escalation.override if escalation else None,
        recurs=request.schedule if isinstance(request, BreakglassRequest) and request.schedule.is_recurring else None,
        session=None if session is None or session.grant is None else debug_manifest(session.grant),
    )
    risks = risks_of(session.grant, policies_for(request, escalation, policy)) if session and session.grant else ()
    return Shown(author, subject, terms, duration, start, escalation, digest, session, risks)


def show(
    change: Change, request: Request, policy: PolicySide, now: datetime, facts: Facts | None = None
) -> Shown | None:
    """Return what is to be shown of a change that is proposed; None where it can't come to anything as it stands."""
    if change.blob_head is None:
        return None
    author = author_of(change, (policy,), now)
    if not isinstance(author, str):
        return None
    subject = subject_of(request, author, (policy,))
    if not isinstance(subject, Subject):
        return None
    return shown_by(policy, request, author, subject, change.blob_head, now, facts)


def digests_of(
    policies: Sequence[PolicySide],
    request: Request,
    author: str,
    subject: Subject,
    blob: str,
    at: datetime,
    facts: Facts | None = None,
) -> tuple[str, ...]:
    """Return the digest by each of the policy sides that judge, without doubles.

    Of a debug session there are two by each: with what the cluster has, and by names alone, as a gate shows it that sees no
    cluster. Who approved the former is held to exactly the objects that the gate saw.
    """
    seen = (facts, None) if facts is not None else (None,)
    shown = (shown_by(policy, request, author, subject, blob, at, each) for each in seen for policy in policies)
    return tuple(dict.fromkeys(each.digest for each in shown if each))


def asked_duration(request: Request, terms: Terms) -> timedelta:
    """Return how long it lasts: what it asks for, else the longest that its terms have."""
    asked = request.schedule.duration if isinstance(request, BreakglassRequest) else request.duration
    return (terms.default_duration or terms.max_duration) if asked is None else asked


def asked_start(request: Request) -> datetime | None:
    """Return the start that it asks for, if it does."""
    if isinstance(request, DebugRequest):
        return None
    return request.scheduled_start if isinstance(request, SessionRequest) else request.schedule.start
