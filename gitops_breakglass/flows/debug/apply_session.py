"""Makes what debug sessions are made of: their objects, one after the other, then their containers in pods of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gitops_breakglass.core.holds import holds
from gitops_breakglass.core.names import record_name
from gitops_breakglass.core.record_parts import mapping_of
from gitops_breakglass.core.record_session import read_session, session_status, with_done
from gitops_breakglass.flows.making import NOT_BEFORE, make
from gitops_breakglass.model.debug_grant import Failure
from gitops_breakglass.model.debug_state import Done
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import ClusterPlan, Create, Inject
from gitops_breakglass.ports import ClusterWriter, Pool


@dataclass
class SessionsMade:
    """What came of it; `broken` are the uids of the requests that get no rights, since something of theirs was not made."""

    outcomes: list[Outcome] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def make_sessions(
    plan: ClusterPlan, cluster: ClusterWriter, pool: Pool, creations: Sequence[Create], failed: Collection[str]
) -> SessionsMade:
    """Make the objects and then the containers of each session, in the order of its decision; sessions do not wait for others.

    What fails counts as its template says. Nothing is made of a request that has `failed`.
    """
    statements = _statements(plan)
    work: defaultdict[str, list[Create | Inject]] = defaultdict(list)
    for create in creations:
        work[create.request].append(create)
    for inject in plan.injections:
        work[inject.request].append(inject)
    made = SessionsMade()
    told = pool.map(
        lambda uid: _make_one(work[uid], statements.get(uid), cluster, is_failed=uid in failed), sorted(work)
    )
    for uid, (outcomes, is_broken) in zip(sorted(work), told, strict=True):
        made.outcomes += outcomes
        if is_broken:
            made.broken.add(uid)
    return made


def _make_one(
    work: Iterable[Create | Inject], statement: Statement | None, cluster: ClusterWriter, *, is_failed: bool
) -> tuple[list[Outcome], bool]:
    debug = statement.debug if statement is not None else None
    if statement is None or debug is None:
        return [Skipped(_key(each), each.request, "no decision of a debug session asks for it") for each in work], True
    failures = {each.key: each.failure for each in debug.objects}
    outcomes: list[Outcome] = []
    stopped = is_failed
    for each in work:
        if stopped:
            outcomes.append(Skipped(_key(each), each.request, NOT_BEFORE))
            continue
        outcome = make(each, cluster, holds) if isinstance(each, Create) else _inject(each, statement, cluster)
        lenient = failures.get(each.key, Failure.FAIL) if isinstance(each, Create) else Failure.FAIL
        if isinstance(outcome, Failed) and lenient is not Failure.FAIL:
            outcome = _let_pass(outcome, lenient)
        else:
            stopped = isinstance(outcome, Failed)
        outcomes.append(outcome)
    return outcomes, stopped and (is_failed or not debug.fails_open)


def _let_pass(failed: Failed, failure: Failure) -> Skipped:
    how = "goes on with a warning" if failure is Failure.WARN else "does not mind"
    return Skipped(failed.key, failed.request, f"it could not be made, and its template {how}: {failed.error}")


def _inject(each: Inject, statement: Statement, cluster: ClusterWriter) -> Outcome:
    """Add a container, once its record says to which pod: one that takes that pod's place later never gets it."""
    name = str(each.container["name"])
    done = Done(each.pod.key.namespace, each.pod.key.name, each.pod.uid, name, cluster.now())
    try:
        _note(done, statement, cluster)
        cluster.inject(each.pod, each.container)
    except BreakglassError as error:
        return Failed.of(error, each.pod.key, each.request)
    return Applied(each.pod.key, Verb.INJECTED, each.request)


def _note(done: Done, statement: Statement, cluster: ClusterWriter) -> None:
    """Write into the record which pod the container is for. Where another run wrote there at the same time, once more."""
    key = ObjectKey(OUR_API, "Grant", NAMESPACE, record_name(statement.request, statement.uid))
    try:
        _write(done, key, cluster.get(key), statement.uid, cluster)
    except ConflictError:
        _write(done, key, cluster.get(key), statement.uid, cluster)


def _write(done: Done, key: ObjectKey, live: LiveObject | None, uid: str, cluster: ClusterWriter) -> None:
    if live is None or live.labels.get(REQUEST) != uid:
        msg = f"{key}: the record is not there, so nothing that it should say is done"
        raise GoneError(msg, hint="the next run tries again")
    if "revokedAt" in mapping_of(live.manifest.get("spec")):
        msg = f"{key}: it was revoked while this run went on, so nothing more is made of it"
        raise GoneError(msg)
    status = mapping_of(live.manifest.get("status"))
    before = read_session(status.get("session"))
    after = with_done(before, [done])
    noted = next(each for each in after.operations if each.name == done.name)
    if noted.uid != done.uid:
        msg = f"{key}: {done.container} is for the pod of another uid, so it is not added to this one"
        raise GoneError(msg)
    if after != before:
        cluster.replace_status(key, {**live.manifest, "status": {**status, "session": session_status(after)}})


def _statements(plan: ClusterPlan) -> Mapping[str, Statement]:
    recorded = [each.statement for each in plan.records if each.statement is not None]
    return {each.uid: each for each in (*recorded, *plan.decisions)}


def _key(each: Create | Inject) -> ObjectKey:
    return each.key if isinstance(each, Create) else each.pod.key
