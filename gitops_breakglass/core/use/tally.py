"""Adds calls up for one request; in whatever order and however often they come, the sum is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES
from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.core.use.needed import Asked
from gitops_breakglass.model.grant import Record, ScopedRules
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.use import MOST_SEEN, MOST_STREAMS, MOST_USED, Call, Coverage, Seen, Stream, Target, Use
from gitops_breakglass.model.window import print_time

_HASH = 16


@dataclass(frozen=True)
class Account:
    """What calls of one request are known by: the bindings that were made for it, not names alone."""

    uid: str
    bindings: frozenset[ObjectKey]
    roles: frozenset[ObjectKey]
    subjects: frozenset[Subject]
    scopes: tuple[ScopedRules, ...]
    since: datetime
    until: datetime | None = None
    """When nothing was left of it: what is called by that name later is called by something else."""


def account_of(record: Record, lives: Iterable[LiveObject] = ()) -> Account | None:
    """Return what calls of a request are known by, or None where it was given nothing.

    Its bindings are those that a run has seen itself having made, by their uids; `lives` are objects of it that are there,
    which a run that was stopped has not written down. One of a listed name with another uid is somebody else's.
    """
    statement = record.statement
    if statement is None or statement.outcome != "granted" or statement.subject is None:
        return None
    listed = {*record.inventory, *(key for each in record.occurrences for key in each.objects)}
    uids = dict(record.uids)
    for live in lives:
        if live.key in listed or live.key in uids:
            uids[live.key] = live.uid if uids.get(live.key, live.uid) == live.uid else ""
    made = {key for key, uid in uids.items() if uid}
    people = statement.debug.participants if statement.debug is not None else ()
    return Account(
        uid=statement.uid,
        bindings=frozenset(key for key in made if key.kind in BINDINGS),
        roles=frozenset(key for key in made if key.kind in ROLES),
        subjects=frozenset({statement.subject, *people}),
        scopes=statement.scopes,
        since=statement.decided_at,
        # The time of an end is in whole seconds, cut.
        until=record.ended_at + timedelta(seconds=1) if record.ended_at is not None else None,
    )


def is_by(call: Call, account: Account) -> bool:
    """Whether RBAC let the call pass by a binding of this request, to its Role, for its subject, while it was there."""
    via = call.via
    if via is None or via.binding not in account.bindings or not _was_there(account, call):
        return False
    role = ObjectKey(via.binding.api_version, via.role_kind, via.binding.namespace, via.role)
    return role in account.roles and via.subject in account.subjects


def could_be_by(call: Call, account: Account) -> bool:
    """Whether the grant would have let it pass, too: of several bindings that allow a call RBAC names the first it finds."""
    if call.via is None or call.via.subject not in account.subjects or not _was_there(account, call):
        return False
    asked = asked_by(call.target)
    return any(
        each.namespace in {"", asked.namespace} and allows(each.rules, asked.attributes) for each in account.scopes
    )


def _was_there(account: Account, call: Call) -> bool:
    return account.since <= call.received and (account.until is None or call.received <= account.until)


def asked_by(target: Target) -> Asked:
    """Return what a call asked of the authorizer."""
    # A call on a collection has no name, and one for all namespaces has none of those. The log also has the name of what a
    # call made, which the authorizer never heard.
    nameless = target.verb in {"create", "deletecollection"} and not target.subresource
    attributes = Attributes(target.verb, target.group, target.kind, "" if nameless else target.name, target.url)
    return Asked(target.namespace, attributes)


def added(use: Use, calls: Iterable[Call], account: Account, ours: frozenset[ObjectKey]) -> Use:
    """Return the use with these calls; `ours` are the bindings of every grant, by which a call may have passed instead."""
    tally = _Tally(use)
    others = ours - account.bindings
    for call in calls:
        if is_by(call, account):
            tally.add(call)
        elif call.via is not None and call.via.binding in others and could_be_by(call, account):
            tally.touch(call)
    return tally.sum()


def watched(use: Use, coverage: Coverage) -> Use:
    """Return the use with what is proved of the source; time that was not watched is a gap, and watching begins anew."""
    since, until = coverage.since, coverage.until
    if since is None or until is None or until < since:
        return use
    if use.since is None or use.until is None or since > use.until:
        return replace(use, since=since, until=until)
    # What is told late of a time before a gap is no news.
    return use if until < use.since else replace(use, since=min(since, use.since), until=max(until, use.until))


def all_bindings(accounts: Mapping[str, Account]) -> frozenset[ObjectKey]:
    """Return the bindings of every grant."""
    return frozenset(key for each in accounts.values() for key in each.bindings)


def identity(call: Call) -> str:
    """Return what tells a call from all others.

    The caller may choose the audit id, so that one id could hide any number of calls; who called and when the API server
    received it they do not choose.
    """
    parts = (call.audit_id, print_time(call.received), call.by, call.user, str(call.target))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_HASH]


class _Tally:
    """A use that is being added to."""

    def __init__(self, use: Use) -> None:
        self._use = use
        self._seen = {each.id: each for each in use.seen}
        self._streams = {each.id: each for each in use.streams}
        self._used = set(use.used)
        self._first, self._last, self._is_cut = use.first, use.last, use.is_cut
        self._calls, self._refused, self._impersonated = use.calls, use.refused, use.impersonated
        self._full = len(use.seen) >= MOST_SEEN
        self._oldest = min((each.received for each in use.seen), default=None)

    def touch(self, call: Call) -> None:
        """Note that it was used, whichever grant let it pass."""
        self._first = min(self._first or call.received, call.received)
        self._last = max(self._last or call.at, call.received, call.at)

    def add(self, call: Call) -> None:
        """Count a call once, whatever comes of it and however often it is told."""
        self.touch(call)
        name = identity(call)
        known = self._seen.get(name)
        if known is None and self._full and self._oldest is not None and call.received < self._oldest:
            # Too long ago to know whether it was counted.
            self._is_cut = True
        elif known is None:
            self._calls += 1
            self._impersonated += bool(call.by)
        if call.refused and not (known and known.refused):
            self._refused += 1
        over = call.is_over or (known is not None and known.over)
        refused = call.refused or (known is not None and known.refused)
        self._seen[name] = Seen(call.received, name, over, refused=refused)
        if over:
            self._streams.pop(name, None)
        else:
            self._streams[name] = Stream(call.received, name, call.user, call.target, call.by, call.audit_id)
        if not call.refused:
            self._used.add(call.target)

    def sum(self) -> Use:
        """Return the use with all that was added, cut to what a record keeps."""
        seen = tuple(sorted(self._seen.values()))
        streams, used = tuple(sorted(self._streams.values())), tuple(sorted(self._used))
        return replace(
            self._use,
            first=self._first,
            last=self._last,
            calls=self._calls,
            refused=self._refused,
            impersonated=self._impersonated,
            used=used[:MOST_USED],
            streams=streams[:MOST_STREAMS],
            seen=seen[-MOST_SEEN:],
            is_cut=self._is_cut or len(streams) > MOST_STREAMS or len(used) > MOST_USED,
        )
