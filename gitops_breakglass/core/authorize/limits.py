"""How many sessions at a time: the limits of escalation and identity providers, and whether a request exceeds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.authorize.membership import unread_reason
from gitops_breakglass.core.debug.offer import possible_offers
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.debug_offer import SourceLimit
from gitops_breakglass.model.decision import Denied, Reason, Unknown
from gitops_breakglass.model.identity import Person
from gitops_breakglass.model.identity_provider import IdentityProvider
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest, Subject
from gitops_breakglass.model.session import HeldSession, Sessions


@dataclass(frozen=True)
class Limits:
    """The most sessions at a time, None where there is no bound; `problem` says why one can't be told."""

    per_user: int | None = None
    total: int | None = None
    problem: Reason | None = None
    scoped: tuple[SourceLimit, ...] = ()
    """Bounds of debug sessions, each on those that come of its source."""
    unsure: tuple[Reason, ...] = ()
    """Why `per_user` may be stricter than it has to be: the strictest that holds, whichever teams somebody is in."""

    @property
    def bind(self) -> bool:
        """Whether there is anything to count for."""
        return self.per_user is not None or self.total is not None or bool(self.scoped)


def limits_of(escalation: Escalation, author: str, policy: PolicySide) -> Limits:
    """Return what holds for the author: the escalation's own word, and where it has none their providers'."""
    own = escalation.session_limits
    if own.unlimited:
        return Limits()
    if own.per_user is not None:
        return Limits(own.per_user, own.total)
    person = policy.identities.person(author)
    names = person.identity_providers if person else ()
    lost = next((name for name in names if name not in policy.identity_providers), None)
    if person is None or lost is not None:
        return Limits(
            total=own.total,
            problem=Reason(
                "session-limit",
                f"how many sessions {author} may have is not known: there is no IdentityProvider {lost or 'of theirs'} to be read",
                "add the document to policies/, or take the name out of identities.yaml, by an approved change; ask again",
            ),
        )
    providers = [policy.identity_providers[name] for name in names]
    caps = [cap for each in providers for cap in _caps(each, person, policy) if cap is not None]
    unread = policy.identities.unread(policy.identities.groups_perhaps_of(person))
    is_sure = all(len(_caps(each, person, policy)) == 1 for each in providers)
    return Limits(min(caps, default=None), own.total, unsure=() if is_sure else tuple(map(unread_reason, unread)))


def both(first: Limits, second: Limits) -> Limits:
    """Return the stricter of both."""
    return Limits(
        _least(first.per_user, second.per_user),
        _least(first.total, second.total),
        first.problem or second.problem,
        tuple(dict.fromkeys((*first.scoped, *second.scoped))),
        tuple(dict.fromkeys((*first.unsure, *second.unsure))),
    )


def may_bind(request: Request, policies: Sequence[PolicySide]) -> bool:
    """Whether a limit may concern the request, so that sessions have to be counted; no `Breakglass` has one."""
    if isinstance(request, DebugRequest):
        return any(each.limits for policy in policies for each in possible_offers(request, policy))
    return isinstance(request, SessionRequest) and any(
        each.session_limits.per_user is not None
        or each.session_limits.total is not None
        or (not each.session_limits.unlimited and any(map(_limits_somebody, policy.identity_providers.values())))
        for policy in policies
        for each in candidates(request, policy)
    )


def exceeded(
    limits: Limits, sessions: Sessions | None, author: str, subject: Subject, source: str, landed_at: datetime
) -> Denied | Unknown | None:
    """Return why one more session is too many, or that it can't be known; None where it is not.

    Of `sessions` there are those of the request's own kind alone. They count as they were when the request landed, so that a run that is late decides as a punctual one would have.
    """
    if limits.problem is not None:
        return Denied((limits.problem,))
    if not limits.bind:
        return None
    if sessions is None:
        return Unknown((Reason("session-limit", f"how many sessions {author} has can't be found out", "run again"),))
    live = [each for each in sessions.held if each.until > landed_at]
    own = [each for each in live if author in each.authors or subject.name == each.subject]
    everybody = [each for each in live if source in each.sources]
    unknown: Unknown | None = None
    for most, held, whose in (
        (limits.per_user, own, f"{author} may have"),
        (limits.total, everybody, f"there may be of {source}"),
        *(_scoped(each, live, own, author) for each in limits.scoped),
    ):
        if most is None or len(held) + len(sessions.unknown) < most:
            continue
        if len(held) >= most:
            reason = _too_many(most, held, whose)
            if held is not own or not limits.unsure:
                return Denied((reason,))
            unknown = unknown or Unknown((reason, *limits.unsure))
            continue
        unknown = unknown or _not_known(sessions)
    return unknown


def _scoped(
    limit: SourceLimit, live: Sequence[HeldSession], own: Sequence[HeldSession], author: str
) -> tuple[int, Sequence[HeldSession], str]:
    held = [each for each in (own if limit.is_personal else live) if limit.source in each.sources]
    return (
        limit.most,
        held,
        f"{author} may have of {limit.source}" if limit.is_personal else f"there may be of {limit.source}",
    )


def _too_many(most: int, held: Sequence[HeldSession], whose: str) -> Reason:
    told = ", ".join(f"{each.request} until {each.until:%Y-%m-%d %H:%M:%S} UTC" for each in held)
    return Reason(
        "session-limit",
        f"{most} is the most sessions at a time that {whose}, and there are {told}",
        "wait until one ends, or delete the file of one that is not needed any more; then ask again under a new name",
    )


def _not_known(sessions: Sessions) -> Unknown:
    told = ", ".join(str(each) for each in sessions.unknown)
    return Unknown(
        (Reason("session-limit", f"whether {told} counts towards the limit of sessions is not known yet", "run again"),)
    )


def _caps(provider: IdentityProvider, person: Person, policy: PolicySide) -> frozenset[int | None]:
    """Return the cap on the person's sessions: several, where it is not known in which groups they are."""
    surely, perhaps = policy.identities.groups_of(person), policy.identities.groups_perhaps_of(person)
    found: set[int | None] = set()
    for each in provider.group_limits:
        if any(matches_any((each.group,), group) for group in surely | perhaps):
            # One that says neither leaves it to the default.
            found.add(None if each.unlimited else each.per_user or provider.per_user)
            if any(matches_any((each.group,), group) for group in surely):
                return frozenset(found)
    return frozenset({*found, provider.per_user})


def _limits_somebody(provider: IdentityProvider) -> bool:
    return provider.per_user is not None or any(each.per_user is not None for each in provider.group_limits)


def _least(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)
