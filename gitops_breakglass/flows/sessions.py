"""Which sessions there were when a request landed, on every cluster of the repository, without asking another cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from gitops_breakglass.core.debug.offer import possible_offers
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.flows.book import Book
from gitops_breakglass.flows.history import PolicyHistory
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, RequestId, SessionRequest
from gitops_breakglass.model.session import HeldSession, Sessions
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.model.window import LONGEST

BEGAN = "began"
"""The sight of this cluster's first run: what had landed before the trust root had landed by then."""
UNANSWERED = Unread("the forge has not said what brought it")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_COUNTED: Mapping[type[Request], str] = MappingProxyType(
    {SessionRequest: "BreakglassSession", DebugRequest: "DebugSession"}
)
"""The kinds of requests that have limits, each with the kind of its decisions; each kind is counted for itself."""


@dataclass(frozen=True)
class SessionCount:
    """Counts sessions for the requests of one cluster, in one run.

    Here the signed records say who has which. Of another cluster only git and the forge are asked: every session file
    counts that was there when the request landed, for as long as it can last, granted or not. That is never too few,
    whether or not the other cluster can be reached.
    """

    sources: Sources
    book: Book
    history: PolicyHistory
    touches: tuple[Touch, ...]
    sights: Mapping[str, datetime]
    tip: str
    folder: str
    """Where this cluster's requests are."""
    now: datetime
    _changes: dict[str, Change | Unread] = field(default_factory=dict, repr=False, compare=False)
    _policies: dict[str, PolicySide | None] = field(default_factory=dict, repr=False, compare=False)

    def before(
        self,
        landing: Touch,
        change: Change | Unread,
        fresh: Sequence[Statement],
        waiting: Sequence[Request],
        kind: type[Request] = SessionRequest,
    ) -> Sessions:
        """Return what of a kind landed before a request; of this cluster `fresh` was decided in this run, `waiting` not."""
        landed_at = (change.merged_at if isinstance(change, Change) else None) or self.now
        there = self._there_before(landing)
        held: list[HeldSession] = []
        for record in self.book.records.values():
            statement = record.statement
            touch = there.get(statement.path) if statement else None
            if statement is not None and touch is not None and touch.commit == statement.landing:
                held += _held(statement, record, _COUNTED[kind])
        for statement in fresh:
            held += _held(statement, None, _COUNTED[kind])
        elsewhere = [touch for path, touch in there.items() if not path.startswith(self.folder)]
        unknown = [each.id for each in waiting if isinstance(each, kind)]
        for session in self._elsewhere(elsewhere, landing, landed_at, kind):
            if isinstance(session, HeldSession):
                held.append(session)
            else:
                unknown.append(session)
        return Sessions(tuple(held), tuple(unknown))

    def _there_before(self, landing: Touch) -> Mapping[str, Touch]:
        """Return the landings of the files that were there when this one landed."""
        last = max(index for index, touch in enumerate(self.touches) if touch.commit == landing.commit)
        newest: dict[str, Touch] = {}
        for touch in self.touches[last + 1 :]:
            newest.setdefault(touch.path, touch)
        return {path: touch for path, touch in newest.items() if touch.status == "A"}

    def _elsewhere(
        self, touches: Sequence[Touch], landing: Touch, landed_at: datetime, kind: type[Request]
    ) -> Iterator[HeldSession | RequestId]:
        if not touches:
            return
        entries = {entry.path: entry for entry in self.sources.repository.entries(landing.parent, REQUESTS)}
        self.sources.read_ahead(entries[touch.path] for touch in touches if touch.path in entries)
        found: list[tuple[Touch, SessionRequest | DebugRequest, tuple[PolicySide, ...]]] = []
        for touch in touches:
            request, _ = self.sources.request_at(entries[touch.path]) if touch.path in entries else (None, ())
            # Most files are of long ago: not even a year from their start could reach here.
            if not isinstance(request, kind) or not isinstance(request, SessionRequest | DebugRequest):
                continue
            if _start(request, self._landed_by(touch)) + LONGEST > landed_at:
                policies = self._policies_at(touch.parent)
                if not policies:
                    yield request.id
                elif _until(request, policies, self._landed_by(touch)) > landed_at:
                    found.append((touch, request, policies))
        self._read_changes([touch for touch, _, _ in found])
        for touch, request, policies in found:
            session = self._session(touch, request, policies)
            if session is not None:
                yield session

    def _policies_at(self, commit: str) -> tuple[PolicySide, ...]:
        """Return what may have judged what landed on a commit: the policy side there, and the one known to be proved.

        Who wrote a session is looked for in both: the key may have been taken out since.
        """
        tree = self.sources.repository.policy_tree(commit)
        if tree not in self._policies:
            self._policies[tree] = self.sources.policy_at(commit)[0]
        return tuple(each for each in (self._policies[tree], self.history.at(commit)) if each is not None)

    def _session(
        self, touch: Touch, request: SessionRequest | DebugRequest, policies: Sequence[PolicySide]
    ) -> HeldSession | RequestId | None:
        """Return the session of one file; its id where whose it is can't be read, None where it is nobody's."""
        change = self._changes[touch.commit]
        if isinstance(change, Unread):
            return request.id
        account = change.author
        # At whatever time: the key may have been valid then, and what nobody could have been granted is no session.
        holders = [policy.identities.holder(account, None) for policy in policies] if account else []
        authors = frozenset(person.name for person in holders if person is not None)
        if not authors:
            return None
        merged_at = min(change.merged_at or self.now, self._landed_by(touch))
        sources = frozenset(each for policy in policies for each in _sources(request, policy))
        return HeldSession(request.id, authors, sources, _until(request, policies, merged_at))

    def _read_changes(self, touches: Sequence[Touch]) -> None:
        fresh = [touch for touch in touches if touch.commit not in self._changes]
        changes = self.sources.forge.landed(fresh, tip=self.tip, sights=self.sights, now=self.now) if fresh else {}
        for touch in fresh:
            self._changes[touch.commit] = changes.get(touch.path, UNANSWERED)

    def _landed_by(self, touch: Touch) -> datetime:
        """Return the latest time at which it may have landed: first sights are kept as long as a session can last."""
        sight = self.sights.get(f"merge {touch.commit}")
        if sight is not None:
            return sight
        repository, checkpoint = self.sources.repository, self.book.checkpoint
        if repository.is_ancestor(touch.commit, self.book.trust.policy):
            return self.sights.get(BEGAN, _LONG_AGO)
        seen = checkpoint is not None and repository.is_ancestor(touch.commit, checkpoint.commit)
        return _LONG_AGO if seen else self.now


def _held(statement: Statement, record: Record | None, kind: str) -> Iterator[HeldSession]:
    if statement.kind != kind or statement.outcome != "granted" or statement.expires_at is None:
        return
    ends = [
        statement.expires_at,
        *(each for each in (record and record.revoked_at, record and record.ended_at) if each),
    ]
    yield HeldSession(
        statement.request,
        frozenset({str(statement.evidence.get("author", ""))}),
        frozenset(_all_sources(str(statement.evidence.get("source", "")))),
        min(ends),
        statement.subject.name if statement.subject else "",
    )


def _sources(request: SessionRequest | DebugRequest, policy: PolicySide) -> Iterator[str]:
    if isinstance(request, SessionRequest):
        yield from (f"escalation/{each.name}" for each in candidates(request, policy))
        return
    for offer in possible_offers(request, policy):
        yield from _all_sources(offer.source)


def _all_sources(source: str) -> Iterator[str]:
    """Yield what a session counts for: of a debug session that is its template, and the binding that it came by."""
    template, at, binding = source.partition("@")
    yield template
    if at:
        yield source
        yield f"debug-binding/{binding}"


def _longest(request: SessionRequest | DebugRequest, policy: PolicySide) -> Iterator[timedelta]:
    if isinstance(request, SessionRequest):
        yield from (each.max_valid_for for each in candidates(request, policy))
        return
    for offer in possible_offers(request, policy):
        yield offer.max_duration if request.duration is not None else offer.default_duration


def _until(request: SessionRequest | DebugRequest, policies: Sequence[PolicySide], merged_at: datetime) -> datetime:
    """Return the latest end of a session that landed then; the beginning of time where nothing could have given it."""
    offered = [each for policy in policies for each in _longest(request, policy)]
    if not offered:
        return _LONG_AGO
    duration = max(offered) if request.duration is None else min(request.duration, max(offered))
    return _start(request, merged_at) + duration


def _start(request: SessionRequest | DebugRequest, merged_at: datetime) -> datetime:
    scheduled = request.scheduled_start if isinstance(request, SessionRequest) else None
    return merged_at if scheduled is None else max(merged_at, scheduled)
