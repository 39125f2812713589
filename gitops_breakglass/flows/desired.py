"""What is to be on a cluster now, by the signed decisions and by what is left of their sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gitops_breakglass.core.authorize.decide import rule_reasons
from gitops_breakglass.core.authorize.lasting import offered_no_more
from gitops_breakglass.core.render.narrow import narrow
from gitops_breakglass.core.render.open_windows import Rendered, render_now
from gitops_breakglass.core.render.status import end_reason, taken_from
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.flows.book import Book
from gitops_breakglass.flows.debug.desired_session import Sessions, offered_now
from gitops_breakglass.flows.history import PolicyHistory
from gitops_breakglass.flows.judge import ClusterFacts, hold, resolve_all
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.decision import Denied
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.errors import BreakglassError, BugError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Occurrence, Record, ScopedRules, Statement
from gitops_breakglass.model.kube import Manifest, ObjectKey
from gitops_breakglass.model.plan import FILE_DELETED, LAST_WINDOW_OVER, Conflict, Inject
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Request
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.ports import TreeEntry

_NOT_OPEN = "its window is not open"
_FILE_CHANGED = "its file is not the one that was approved any more"


@dataclass(frozen=True)
class Desired:
    """The objects to be there, and by request uid why the others are not."""

    objects: Mapping[ObjectKey, Manifest] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)
    """Why which requests (by uid) have ended for good: whatever comes back later, they do not."""
    findings: tuple[Finding, ...] = ()
    held: Mapping[str, Compiled] = field(default_factory=dict)
    """What deny policies leave of each grant that is there, by request uid."""
    frozen: frozenset[str] = frozenset()
    """Requests (by uid) of which what is there stays as it is until its window ends, since a bug hides what should be."""
    enumerated: Mapping[ObjectKey, Rules] = field(default_factory=dict)
    """What of a Role follows live objects."""
    occurrences: Mapping[str, tuple[Occurrence, ...]] = field(default_factory=dict)
    """Of recurring access what is open now, by request uid."""
    followers: frozenset[str] = frozenset()
    """The uids of what the workloads of debug sessions control."""
    injections: tuple[Inject, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def desired_now(
    sources: Sources,
    book: Book,
    history: PolicyHistory,
    entries: Mapping[str, TreeEntry],
    touches: Sequence[Touch],
    sessions: Sessions,
) -> Desired:
    """Return the union of all live windows, each with what its decision and its source both give now.

    After the decision a grant only shrinks: the file is deleted, it is revoked, or its source gives less.
    """
    now = sessions.state.now
    reasons: dict[str, str] = {}
    findings: list[Finding] = []
    over: dict[str, str] = {}
    held: dict[str, Compiled] = {}
    frozen: set[str] = set()
    made: dict[str, Rendered] = {}
    landings = _landings(touches)
    whys = {uid: _why_over(record, entries, landings, now) for uid, record in book.records.items()}
    sources.read_ahead(
        entries[record.statement.path]
        for uid, record in book.records.items()
        if whys[uid] is None and record.statement is not None
    )
    for uid, record in book.records.items():
        why = whys[uid]
        statement = record.statement
        if why is not None or statement is None:
            reasons[uid] = why or "its record proves nothing"
            if why not in (None, _NOT_OPEN):
                over[uid] = reasons[uid]
            if statement is not None and why in (FILE_DELETED, _FILE_CHANGED) and not course_of(statement, now).open:
                # Nothing of it is there, so no end of an object says so.
                findings.append(_ended_early(statement, why))
            continue
        left = _looked_at(statement, record, sources, entries, history, sessions)
        if left is None or isinstance(left, Finding):
            frozen.add(uid)
            findings += [left] if left else []
            continue
        if isinstance(left, str):
            reasons[uid] = left
            over[uid] = left
            findings.append(_ended_early(statement, left))
            continue
        made[uid], held[uid] = left
    return replace(
        _together(made), reasons=reasons, over=over, findings=tuple(findings), held=held, frozen=frozenset(frozen)
    )


def with_fresh(desired: Desired, fresh: Mapping[str, Rendered]) -> Desired:
    """Return what is desired together with what this run's decisions make, by the uids of their requests."""
    more = _together(fresh)
    return replace(
        desired,
        objects={**desired.objects, **more.objects},
        enumerated={**desired.enumerated, **more.enumerated},
        occurrences={**desired.occurrences, **more.occurrences},
        followers=desired.followers | more.followers,
        injections=(*desired.injections, *more.injections),
        conflicts=(*desired.conflicts, *more.conflicts),
    )


def _together(made: Mapping[str, Rendered]) -> Desired:
    """Return what all grants make, by the uids of their requests."""
    return Desired(
        objects={key: manifest for each in made.values() for key, manifest in each.objects.items()},
        enumerated={key: rules for each in made.values() for key, rules in each.enumerated.items()},
        occurrences={uid: each.occurrences for uid, each in made.items()},
        followers=frozenset(uid for each in made.values() for uid in each.followers),
        injections=tuple(inject for each in made.values() for inject in each.injections),
        conflicts=tuple(conflict for each in made.values() for conflict in each.conflicts),
    )


def _looked_at(
    statement: Statement,
    record: Record,
    sources: Sources,
    entries: Mapping[str, TreeEntry],
    history: PolicyHistory,
    sessions: Sessions,
) -> tuple[Rendered, Compiled] | str | Finding | None:
    """Return what follows from what is left of what was signed, or a finding on why that can't be said.

    It is a text where nothing is left, and None where what is there stays as it is.
    """
    if (problem := course_of(statement, sessions.state.now).problem) is not None:
        return _unreadable(statement, problem)
    try:
        request, _ = sources.request_at(entries[statement.path])
        if isinstance(request, DebugRequest) and statement.debug is not None:
            return _left_of_session(statement, statement.debug, record, request, history, sessions)
        left = _left_of(statement, request, history, sessions.facts)
        if left is None or isinstance(left, str):
            return left
        return render_now(statement, left, record.digest, sessions.state.now, record.occurrences), left
    except BreakglassError:
        raise
    except Exception as error:  # noqa: BLE001 - about one request: the others, and every end, go on
        return _bug(statement, BugError.of(error))


def _landings(touches: Sequence[Touch]) -> Mapping[str, str]:
    """Return the commit that touched each path last; what was before it was judged by the decision."""
    return {touch.path: touch.commit for touch in reversed(touches)}


def _why_over(
    record: Record, entries: Mapping[str, TreeEntry], landings: Mapping[str, str], now: datetime
) -> str | None:
    statement = record.statement
    if statement is None:
        return f"its record proves nothing: {record.problem}"
    if statement.outcome != "granted":
        return "it was denied"
    if record.revoked_at is not None:
        return end_reason(record)
    course = course_of(statement, now)
    if record.ended_at is not None or (course.is_over and statement.recurrence is None):
        return _NOT_OPEN
    if course.is_over:
        return LAST_WINDOW_OVER
    entry = entries.get(statement.path)
    if entry is None:
        return FILE_DELETED
    if entry.blob != statement.blob or landings.get(statement.path) != statement.landing:
        return _FILE_CHANGED
    # Also of what waits for its time a deleted file is the end: what can't be read opens nothing, and ends nothing.
    return None if course.open or course.problem is not None else _NOT_OPEN


def _left_of(
    statement: Statement, request: Request | None, history: PolicyHistory, facts: Callable[[], ClusterFacts]
) -> Compiled | str | None:
    """Return what source and deny policies still give of what was signed, why they give nothing, or None for no change.

    A policy side that can't be read takes nothing away, but for what was denied when it was decided: that stays denied,
    whatever became of the policy since. Of a file that this version can't read any more what is there stays, and so it does
    where what was denied then can't be read.
    """
    source = str(statement.evidence.get("source", ""))
    policy = history.now()
    sides = _sides(statement, history)
    if request is None or isinstance(request, DebugRequest) or not sides:
        return None
    left = statement.scopes if policy is None else _offered(statement, request, source, policy, facts)
    if isinstance(left, str):
        return left
    held = hold(left, request, source, sides, facts())
    if held.problems:
        return held.problems[0].message
    # What was taken at the decision is not there to be taken again.
    return replace(held, enforcement=tuple(sorted({*taken_from(statement), *held.enforcement})))


def _left_of_session(
    statement: Statement,
    debug: DebugGrant,
    record: Record,
    request: DebugRequest,
    history: PolicyHistory,
    sessions: Sessions,
) -> tuple[Rendered, Compiled] | str | None:
    """Return the same of a debug session, whose rights follow its pods."""
    sides = _sides(statement, history)
    if not sides:
        return None
    left = offered_now(statement, debug, request, history.now())
    return (
        left
        if isinstance(left, str)
        else sessions.now(statement, left, record.digest, record=record, asked=(request, sides))
    )


def _sides(statement: Statement, history: PolicyHistory) -> tuple[PolicySide, ...]:
    """Return the policy sides that it was decided by and the one in force; none where one of the first can't be read."""
    policy = history.now()
    commits = statement.evidence.get("policy")
    decided = [history.sources.policy_at(str(each))[0] for each in (commits if isinstance(commits, list) else [])]
    if None in decided:
        return ()
    return tuple({each.commit: each for each in (*decided, policy) if each is not None}.values())


def _offered(
    statement: Statement, request: Request, source: str, policy: PolicySide, facts: Callable[[], ClusterFacts]
) -> tuple[ScopedRules, ...] | str:
    """Return what the source still gives of what was signed, or why it gives nothing."""
    author = str(statement.evidence.get("author", ""))
    if (why := offered_no_more(request, source, author, statement.subject, policy)) is not None:
        return why
    if reasons := rule_reasons(request, (policy,)):
        return reasons[0].message
    current = resolve_all(request, source, (policy,), facts())
    if isinstance(current, Denied):
        return current.reasons[0].message
    places = {scope.namespace for scope in statement.scopes}
    return tuple(scope for scope in narrow(statement.scopes, current) if scope.namespace in places)


def _bug(statement: Statement, bug: BugError) -> Finding:
    what = f"{statement.request} stays as it is until its window ends, since what its source gives now could not be found out"
    return Finding("bug", f"{what}: {bug.message}", Location(statement.path), hint=bug.hint)


def _unreadable(statement: Statement, problem: str) -> Finding:
    return Finding(
        "schedule-unreadable",
        f"the schedule of {statement.request} can't be read here any more, so none of its windows opens: {problem}",
        Location(statement.path),
        hint="run where its zone is known (the time zone data of this machine may be old), or delete its file to end it",
    )


def _ended_early(statement: Statement, why: str) -> Finding:
    return Finding(
        "ended-early",
        f"{statement.request} on {statement.cluster} ends before its window does: {why}",
        Location(statement.path),
        Severity.WARNING,
    )
