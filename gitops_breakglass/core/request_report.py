"""What is told of one request afterwards: when access held, what was used of it, and what it left behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from gitops_breakglass.core.names import grant_name
from gitops_breakglass.core.plan.ownership import BINDINGS
from gitops_breakglass.core.residue.scene import SECOND, Others, Scene, others_of
from gitops_breakglass.core.schedule import union
from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.core.use.needed import Needed, needed
from gitops_breakglass.core.use.tally import asked_by
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.residue import Residue
from gitops_breakglass.model.status import RequestStatus
from gitops_breakglass.model.use import Call, Target
from gitops_breakglass.model.window import Window

_MOST_WINDOWS = 100_000
"""Of recurring access: more than a year of one each ten minutes."""


RECORDED = "what runs counted, by the record"
"""Where use is known from without a log."""


@dataclass(frozen=True)
class Log:
    """What was read of an audit log: its calls, where they come from, and the times of its first and last event."""

    source: str
    calls: tuple[Call, ...]
    since: datetime | None = None
    until: datetime | None = None
    unreadable: int = 0
    """Lines that are no events."""


@dataclass(frozen=True, order=True)
class OpenCall:
    """A call that goes on: a watch, an exec, a log that is followed."""

    since: datetime
    user: str
    what: str
    """`get pods/exec shop/web-0`."""
    by: str = ""
    """Who sent it, where that was somebody else."""


@dataclass(frozen=True)
class UsedAgainst:
    """What was used against what was granted."""

    needed: Needed
    source: str
    """Where that is known from."""
    calls: int
    refused: int = 0
    """Of the calls, those that admission refused."""
    since: datetime | None = None
    until: datetime | None = None
    """From when to when the source tells; None where it does not say."""
    streams: tuple[OpenCall, ...] = ()
    """What was open when access ended; while it holds, what is open now."""
    unreadable: int = 0
    """Lines of a log that are no events."""
    is_cut: bool = False
    """Whether the source kept less than there was, so that more may have been used."""
    is_partial: bool = False
    """Whether access held also when the source does not tell, with the same consequence."""


@dataclass(frozen=True)
class RequestReport:
    """Everything that is told of one request. `record` has a statement."""

    at: datetime
    """The cluster's time."""
    record: Record
    status: RequestStatus
    spans: tuple[Window, ...]
    use: UsedAgainst | None
    """None where there is no evidence of use."""
    residue: Residue | None
    """None where there is no API server to look at."""
    kinds: int = 0
    """How many kinds could be listed to find it."""
    silent_log: str = ""
    """The log that was read and tells nothing of the time in which access held."""

    @property
    def statement(self) -> Statement:
        """Return the signed decision; a report is made of no record that lacks it."""
        if self.record.statement is None:
            msg = "a report needs a decision"
            raise ValueError(msg)
        return self.record.statement


def spans_of(record: Record, now: datetime) -> tuple[Window, ...]:
    """Return from when to when access really held: until it was seen to be gone, which may be late, or until now."""
    over = _over(record, now)
    ends = {each.start: each.ended_at for each in record.occurrences}
    statement = record.statement
    once = statement is not None and statement.recurrence is None
    spans = []
    for window in opened(record, now):
        start = max(window.start, statement.decided_at) if statement else window.start
        end = over if once else min(over, ends.get(window.start) or window.end)
        spans.append(Window(start, max(start, end)))
    return union(spans)


def opened(record: Record, now: datetime) -> tuple[Window, ...]:
    """Return the windows that have begun, of which access was given in each."""
    statement, over = record.statement, _over(record, now)
    if statement is None or statement.outcome != "granted":
        return ()
    if statement.recurrence is None:
        return tuple(each for each in statement.windows if max(each.start, statement.decided_at) < over)
    try:
        return tuple(islice(takewhile(lambda each: each.start < over, windows(statement.recurrence)), _MOST_WINDOWS))
    except ScheduleError:
        return ()


def _over(record: Record, now: datetime) -> datetime:
    # A cluster tells its time, and so the time of an end, in whole seconds, cut.
    return (record.ended_at or now) + SECOND


def scene_of(record: Record, records: Iterable[Record], now: datetime) -> Scene:
    """Return the grant as residue is looked for; `records` are all of its cluster, whose objects are nobody's residue."""
    statement = record.statement
    spans = spans_of(record, now)
    if statement is None:
        return Scene(None, spans, ())
    ours = frozenset(uid for each in records for uid in each.uids.values())
    return Scene(statement.subject, spans, statement.scopes, bindings_of(record, now), ours)


def bindings_of(record: Record, now: datetime) -> frozenset[ObjectKey]:
    """Return every binding that was, or may have been, made for a request, those of past windows too."""
    statement = record.statement
    listed = (*record.inventory, *record.uids, *(key for each in record.occurrences for key in each.objects))
    found = {key for key in listed if key.kind in BINDINGS}
    if statement is not None and statement.recurrence is not None:
        for window in opened(record, now):
            for scope in statement.scopes:
                name = grant_name(statement.request, statement.uid, scope.namespace, window.start)
                kind = "RoleBinding" if scope.namespace else "ClusterRoleBinding"
                found.add(ObjectKey(RBAC, kind, scope.namespace, name))
    return frozenset(found)


def others_than(record: Record, rbac: Rbac, records: Iterable[Record], now: datetime) -> Others:
    """Return who else might have done something: whom the cluster binds now, and whose grants held at the same time."""
    statement, spans = record.statement, spans_of(record, now)
    at_the_time = [
        scope
        for each in records
        if each.request_uid != record.request_uid and each.statement is not None
        if _held_meanwhile(each, spans, now)
        for scope in each.statement.scopes
    ]
    return others_of(rbac, statement.subject if statement else None, at_the_time)


def used_by_log(record: Record, log: Log, now: datetime) -> UsedAgainst | None:
    """Return what was used by a log: calls that RBAC says to have allowed by the grant's own bindings.

    None where the log tells nothing of the time in which access held: that it shows no use of it is no evidence then.
    """
    spans = spans_of(record, now)
    if not spans or log.since is None or log.until is None:
        return None
    begin, end = spans[0].start, spans[-1].end
    if log.until < begin or log.since > end:
        return None
    bindings, statement, over = bindings_of(record, now), record.statement, _over(record, now)
    calls = [each for each in log.calls if each.via is not None and each.via.binding in bindings]
    done = {_identity(each): each for each in calls if each.is_over}
    once = {_identity(each): each for each in calls} | done
    scopes = statement.scopes if statement else ()
    return UsedAgainst(
        needed(scopes, (asked_by(each.target) for each in once.values() if not each.refused)),
        log.source,
        len(once),
        sum(each.refused for each in once.values()),
        log.since,
        log.until,
        tuple(
            sorted(
                _open(each.received, each.user, each.target, each.by)
                for each in calls
                if not each.is_over and each.received <= over and _is_open(done.get(_identity(each)), over)
            )
        ),
        log.unreadable,
        is_partial=log.since > begin or (record.ended_at is not None and log.until < end - SECOND),
    )


def used_by_record(record: Record) -> UsedAgainst | None:
    """Return what was used by what the runs counted and wrote down; None where no source of calls was ever seen."""
    use, statement = record.use, record.statement
    if statement is None or (use.since is None and not use.calls):
        return None
    return UsedAgainst(
        needed(statement.scopes, map(asked_by, use.used)),
        RECORDED,
        use.calls,
        use.refused,
        use.since,
        use.until,
        tuple(sorted(_open(each.since, each.user, each.target, each.by) for each in use.streams)),
        is_cut=use.is_cut,
    )


def _held_meanwhile(record: Record, spans: Sequence[Window], now: datetime) -> bool:
    """Whether access by a record held at any moment of these spans; of recurring access only the windows of then are made."""
    statement = record.statement
    if not spans or statement is None:
        return False
    if statement.recurrence is None or statement.outcome != "granted":
        return _meet(spans_of(record, now), spans)
    over = min(_over(record, now), spans[-1].end)
    try:
        ahead = takewhile(lambda each: each.start < over, windows(statement.recurrence, after=spans[0].start))
        return _meet(islice(ahead, _MOST_WINDOWS), spans)
    except ScheduleError:
        # Nobody can say, so it may have.
        return True


def _meet(some: Iterable[Window], others: Sequence[Window]) -> bool:
    return any(one.start < other.end and other.start < one.end for one in some for other in others)


def _is_open(done: Call | None, over: datetime) -> bool:
    return done is None or done.at > over


def _identity(call: Call) -> tuple[str, datetime, str, str, Target]:
    """Return what the stages of one call share; whoever calls may choose the id alone."""
    return call.audit_id, call.received, call.by, call.user, call.target


def _open(since: datetime, user: str, target: Target, by: str) -> OpenCall:
    return OpenCall(since, user, str(target), by)
