"""Takes what a cluster's audit log has to say of its grants, and ends those that were not used for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.core.record_parts import mapping_of
from gitops_breakglass.core.record_use import use_status
from gitops_breakglass.core.use.idle import REPORTED, STALE, idle_limit, unused_for
from gitops_breakglass.core.use.tally import account_of, added, all_bindings, watched
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import BreakglassError, BugError, GoneError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.use import Coverage, Mark, Use
from gitops_breakglass.model.window import print_duration, print_time
from gitops_breakglass.ports import AuditSource, ClusterState, ClusterWriter

_ROUNDS = 4
"""How often a run asks for more of a long log; the next run goes on from there."""
_WORTH_WRITING = timedelta(minutes=5)
"""A record is not written only because the log has come a little further."""


@dataclass(frozen=True)
class Used:
    """What a run found out: the use of each grant that has news, by request uid, and what came of it."""

    uses: Mapping[str, Use] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()


def look_at_use(hands: Hands, state: ClusterState, sources: Sources) -> Used:
    """Read the log on, and revoke what was not used for as long as its idle timeout. Nothing that goes wrong here stops a run."""
    if hands.audit is None:
        return Used()
    try:
        book = read_book(state, hands.cluster.name, hands.signer.verify)
        policy = sources.policy_at(book.checkpoint.policy)[0] if book.checkpoint is not None else None
        return _look(hands, hands.audit, state, book, policy)
    except BreakglassError as error:
        return Used(findings=(_told(hands, error.message, error.hint),))
    except Exception as error:  # noqa: BLE001 - use is evidence; grants and ends go on without it
        bug = BugError.of(error)
        return Used(findings=(_told(hands, bug.message, bug.hint),))


def _look(hands: Hands, source: AuditSource, state: ClusterState, book: Book, policy: PolicySide | None) -> Used:
    lately = {
        uid: record
        for uid, record in book.records.items()
        if record.ended_at is None or state.now - record.ended_at <= REPORTED
    }
    uses, coverage, findings = _read(hands, source, state, lately)
    outcomes: list[Outcome] = []
    news: dict[str, Use] = {}
    waiting = []
    for uid, record in lately.items():
        use = uses.get(uid, record.use)
        limit = unused_for(record, use, policy, state.now)
        if limit is not None:
            use = replace(use, idle_at=state.now)
            outcomes.append(_end(hands.cluster, record, use, state.now))
            findings.append(_idle(record, limit, use))
        elif record.revoked_at is None and use.idle_at is not None:
            # It was to end, which failed, and it has been used since.
            use = replace(use, idle_at=None)
        elif _is_waiting(record, policy, state.now):
            waiting.append(record)
        if _is_news(record.use, use):
            news[uid] = use
    if waiting and (coverage.until is None or state.now - coverage.until > STALE):
        findings.append(_stale(hands, coverage, waiting))
    return Used(news, tuple(outcomes), tuple(findings))


def _read(
    hands: Hands, source: AuditSource, state: ClusterState, records: Mapping[str, Record]
) -> tuple[dict[str, Use], Coverage, list[Finding]]:
    lives: dict[str, list[LiveObject]] = {}
    for live in state.objects:
        if is_grant_object(live):
            lives.setdefault(live.labels[REQUEST], []).append(live)
    accounts = {
        uid: account
        for uid, record in records.items()
        if (account := account_of(record, lives.get(uid, ()))) is not None
    }
    ours = all_bindings(accounts)
    uses = {uid: records[uid].use for uid in accounts}
    mark = Mark(state.now, state.mark) if state.mark else None
    unreadable, why = 0, ""
    for _ in range(_ROUNDS):
        batch, coverage = source.read(mark)
        unreadable, why, mark = unreadable + batch.unreadable, why or batch.why, None
        calls = [call for call in batch.calls if call.via is not None and call.via.binding in ours]
        uses = {uid: watched(added(use, calls, accounts[uid], ours), coverage) for uid, use in uses.items()}
        if not batch.more:
            break
    findings = []
    if unreadable:
        message = f"{unreadable} of the events can't be read, so what they told is not known: {why}"
        findings.append(_told(hands, message, "does the log hold audit events of audit.k8s.io/v1, and nothing else?"))
    return uses, coverage, findings


def _end(cluster: ClusterWriter, record: Record, use: Use, now: datetime) -> Outcome:
    """Say in the record why, then revoke it: what is revoked never comes back."""
    key, uid, live = record.live.key, record.request_uid, record.live
    try:
        status = {**mapping_of(live.manifest.get("status")), "use": use_status(use)}
        cluster.replace_status(key, {**live.manifest, "status": status})
        fresh = cluster.get(key)
        if fresh is None or fresh.uid != live.uid:
            msg = f"{key}: the record is gone"
            raise GoneError(msg, hint="the next run looks again")
        spec = {**mapping_of(fresh.manifest.get("spec")), "revokedAt": print_time(now)}
        cluster.replace(fresh, {**fresh.manifest, "spec": spec})
    except BreakglassError as error:
        return Failed.of(error, key, uid, ending=True)
    return Applied(key, Verb.UPDATED, uid)


def _is_waiting(record: Record, policy: PolicySide | None, now: datetime) -> bool:
    """Whether somebody counts on it that the grant ends where it is not used."""
    statement = record.statement
    if statement is None or record.revoked_at is not None or record.ended_at is not None:
        return False
    return idle_limit(statement, policy) is not None and any(window.contains(now) for window in statement.windows)


def _is_news(before: Use, after: Use) -> bool:
    if replace(before, since=None, until=None) != replace(after, since=None, until=None):
        return True
    if before.until is None or after.until is None or before.since is None:
        return before.until != after.until
    return after.until - before.until >= _WORTH_WRITING


def _idle(record: Record, limit: timedelta, use: Use) -> Finding:
    request = record.statement.request if record.statement is not None else record.name
    last = f"last used at {print_time(use.last)}" if use.last is not None else "never used"
    return Finding(
        "ended-idle",
        f"{request} ends before its window does: it was not used for {print_duration(limit)} ({last})",
        Location(record.statement.path if record.statement is not None else record.name),
        Severity.NOTE,
        "if access is needed still, ask again",
    )


def _stale(hands: Hands, coverage: Coverage, waiting: list[Record]) -> Finding:
    since = f"since {print_time(coverage.until)}" if coverage.until is not None else "at all"
    return _told(
        hands,
        f"the audit log has not shown this program's own calls {since}, so it is not known whether "
        f"{len(waiting)} of the grants are used, and none of them ends for being idle",
        "is the log written and delivered, and does its policy record the reconciler's calls? see docs/use.md",
    )


def _told(hands: Hands, message: str, hint: str | None) -> Finding:
    where = Location(f"clusters/{hands.cluster.name}")
    return Finding("audit-log", f"{hands.cluster.name}: {message}", where, Severity.WARNING, hint)
