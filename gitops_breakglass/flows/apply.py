"""Carries out a plan: ends, then records, then what they list, in order; one failure never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gitops_breakglass.core.occurrences import unlisted, with_listed
from gitops_breakglass.core.plan.ownership import BINDINGS, is_session_object
from gitops_breakglass.core.record import (
    CHECKPOINT_TYPE,
    DECISION_TYPE,
    checkpoint_manifest,
    digest_of,
    print_checkpoint,
    read_record,
    record_manifest,
)
from gitops_breakglass.core.record_parts import mapping_of, occurrences_status, read_occurrences
from gitops_breakglass.core.render.grant import inventory_of, render_resource
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.debug.apply_session import make_sessions
from gitops_breakglass.flows.making import make, make_all
from gitops_breakglass.flows.remake import end_and_take, settle_remakes
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import REQUEST, LiveObject, key_of
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import Begin, ClusterPlan, Create, Refresh, Shrink
from gitops_breakglass.ports import AuditSource, Clock, ClusterState, ClusterWriter, Pool, Signer

_NOT_IN_FORCE = "the guard does not refuse by these parameters, so nothing that they bound is granted"
_IN_FORCE_WITHIN = 5.0
"""Seconds that a grant waits for the guard; what takes longer is left to the next run."""
_LOOK_AT_GUARD = "run doctor: is the guard installed? the next run tries again"


@dataclass(frozen=True)
class Hands:
    """What applying takes: the cluster to change, the key to sign with, and many threads."""

    cluster: ClusterWriter
    signer: Signer
    pool: Pool
    clock: Clock | None = None
    """By which a run waits for the pods of debug sessions that it makes; without one it does not wait."""
    patience: timedelta = timedelta(seconds=60)
    """For how long, at most."""
    standby: Callable[[], str | None] = lambda: None
    """Says why somebody else grants on the cluster, or None: then it is only swept."""
    audit: AuditSource | None = None
    """Where the cluster's audit events come from, if it has such a place."""


@dataclass
class _Failures:
    """The requests of which something was not made, so that nothing that comes after it is tried."""

    requests: set[str] = field(default_factory=set)

    def note(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        told = list(outcomes)
        self.requests |= {each.request for each in told if isinstance(each, Failed | Skipped)}
        return told


def apply(plan: ClusterPlan, hands: Hands, ended: Sequence[Outcome] | None = None) -> list[Outcome]:
    """Apply a plan to the cluster that it was made for. Ends always go first; brakes hold back only what grants.

    A Role is made or changed only once the guard's parameters for its request are in force, and nothing of an occurrence
    is made before its record lists it. Of a debug session its objects come first, then its containers, then rights.
    """
    outcomes, taken = (list(ended), ()) if ended is not None else end_and_take(plan, hands.cluster, hands.pool)
    plan = replace(plan, creations=(*plan.creations, *taken))
    failures = _Failures()
    fresh = {each.uid for each in plan.decisions}
    changing: list[Shrink | Refresh] = [*plan.shrinks, *plan.refreshes]
    there = {each.request for each in plan.keeps} | {each.request for each in changing}
    begun = hands.pool.map(lambda each: _begin(each, hands.cluster), [each for each in plan.begins if each.live])
    outcomes += begun
    plan, held_back = _without(plan, {each.request for each in begun if isinstance(each, Failed)})
    outcomes += held_back
    older = [each for each in plan.guards if each.request not in fresh]
    outcomes += failures.note(_loud(each, there) for each in _guard(older, hands, failures))
    outcomes += hands.pool.map(lambda each: _replace(each, hands.cluster), plan.shrinks)
    refreshes = [each for each in plan.refreshes if each.request not in failures.requests]
    outcomes += hands.pool.map(lambda each: _replace(each, hands.cluster), refreshes)
    if plan.held:
        keys = [(each.key, each.request) for each in plan.creations]
        keys += [(each.pod.key, each.request) for each in plan.injections]
        return outcomes + [Skipped(key, request, "a brake holds it") for key, request in keys]
    outcomes += failures.note(_record(plan, hands))
    beginning = [each for each in plan.begins if each.live is None and each.request not in failures.requests]
    outcomes += failures.note(hands.pool.map(lambda each: _begin(each, hands.cluster), beginning))
    resources = [_resource(statement) for statement in plan.decisions]
    outcomes += _create([each for each in resources if each], hands, failures)
    outcomes += failures.note(_guard([each for each in plan.guards if each.request in fresh], hands, failures))
    own = [each for each in plan.creations if is_session_object(each.key)]
    sessions = make_sessions(plan, hands.cluster, hands.pool, own, failures.requests)
    outcomes += sessions.outcomes
    failures.requests |= sessions.broken
    roles = [each for each in plan.creations if each.key.kind not in BINDINGS and not is_session_object(each.key)]
    bindings = [each for each in plan.creations if each.key.kind in BINDINGS]
    made = [each for stage in (roles, bindings) for each in _create(stage, hands, failures)]
    settle_remakes(plan, taken, made, (hands.cluster, hands.pool))
    return outcomes + made


def write_checkpoint(plan: ClusterPlan, hands: Hands, live: LiveObject | None) -> list[Outcome]:
    """Sign and write what the next run has to remember, where it has changed."""
    if plan.checkpoint is None:
        return []
    payload = print_checkpoint(plan.checkpoint)
    if live is not None and (live.manifest.get("spec") or {}).get("payload") == payload:
        return []
    manifest = checkpoint_manifest(hands.signer.sign(CHECKPOINT_TYPE, payload))
    key = key_of(manifest)
    try:
        if live is None:
            hands.cluster.create(manifest)
        else:
            hands.cluster.replace(live, {**live.manifest, "spec": manifest["spec"]})
    except ConflictError:
        return [Skipped(key, "", "another run wrote it at the same time; the next one goes on from there")]
    except BreakglassError as error:
        return [Failed.of(error, key, "")]
    return [Applied(key, Verb.UPDATED, "")]


def restore_resources(records: Iterable[Record], state: ClusterState, hands: Hands) -> list[Outcome]:
    """Write the upstream resource of each live grant that lacks it, since a run was stopped after its record."""
    there = {live.key for live in state.objects}
    lacking = [
        create
        for record in records
        if record.statement is not None and record.revoked_at is None and record.ended_at is None
        if (create := _resource(record.statement)) is not None and create.key not in there
    ]
    return hands.pool.map(lambda each: make(each, hands.cluster), lacking)


def _begin(each: Begin, cluster: ClusterWriter) -> Outcome:
    """List the occurrences in their record. Where another run wrote there at the same time they are put to what it wrote."""
    try:
        live = each.live or cluster.get(each.key)
        try:
            _list(each, live, cluster)
        except ConflictError:
            _list(each, cluster.get(each.key), cluster)
    except BreakglassError as error:
        return Failed.of(error, each.key, each.request)
    return Applied(each.key, Verb.UPDATED, each.request)


def _list(each: Begin, live: LiveObject | None, cluster: ClusterWriter) -> None:
    if live is None or live.labels.get(REQUEST) != each.request:
        msg = f"{each.key}: the record is not there, so nothing that it should list is made"
        raise GoneError(msg, hint="the next run tries again")
    status = mapping_of(live.manifest.get("status"))
    listed = read_occurrences(status.get("occurrences"))
    ended = {occurrence.start for occurrence in listed if occurrence.ended_at is not None}
    revoked = "revokedAt" in mapping_of(live.manifest.get("spec"))
    if revoked or any(occurrence.start in ended for occurrence in each.occurrences):
        msg = f"{each.key}: it was ended while this run went on, so nothing more is made of it"
        raise GoneError(msg)
    if fresh := unlisted(each.occurrences, listed):
        after = {**status, "occurrences": occurrences_status(with_listed(listed, fresh))}
        cluster.replace_status(each.key, {**live.manifest, "status": after})


def _without(plan: ClusterPlan, requests: AbstractSet[str]) -> tuple[ClusterPlan, list[Outcome]]:
    """Return the plan without what would be made for these requests, whose records could not list it."""
    making = [each for each in (*plan.guards, *plan.creations) if isinstance(each, Create)]
    return replace(
        plan,
        creations=tuple(each for each in plan.creations if each.request not in requests),
        guards=tuple(each for each in plan.guards if isinstance(each, Refresh) or each.request not in requests),
    ), [Skipped(each.key, each.request, "its record could not list it") for each in making if each.request in requests]


def _record(plan: ClusterPlan, hands: Hands) -> list[Outcome]:
    def record(statement: Statement) -> Outcome:
        payload = print_statement(statement)
        envelope = hands.signer.sign(DECISION_TYPE, payload)
        manifest = record_manifest(statement, envelope, inventory_of(statement, digest_of(payload)))
        create = Create(key_of(manifest), manifest, statement.uid, "decided")
        outcome = make(create, hands.cluster)
        if isinstance(outcome, Failed) and _is_decided(create, plan, hands):
            return Skipped(create.key, statement.uid, "another run decided it at the same time")
        return outcome

    return hands.pool.map(record, plan.decisions)


def _is_decided(create: Create, plan: ClusterPlan, hands: Hands) -> bool:
    """Whether a believed record of the same request is there: who came first made the decision, and it stands."""
    live = hands.cluster.get(create.key)
    if live is None or plan.trust is None:
        return False
    record = read_record(live, plan.trust, plan.cluster, hands.signer.verify)
    return record.problem is None and record.request_uid == create.request


def _resource(statement: Statement) -> Create | None:
    manifest = render_resource(statement, digest_of(print_statement(statement)))
    return None if manifest is None else Create(key_of(manifest), manifest, statement.uid, "written beside the record")


def _create(creations: Sequence[Create], hands: Hands, failures: _Failures) -> list[Outcome]:
    return failures.note(make_all(creations, hands.cluster, hands.pool, failures.requests))


def _guard(changes: Sequence[Create | Refresh], hands: Hands, failures: _Failures) -> list[Outcome]:
    """Write parameters of the guard, and see that they are in force: until then nothing that they bound may be made."""
    made = [each for each in changes if isinstance(each, Create)]
    refreshed = [each for each in changes if isinstance(each, Refresh) and each.request not in failures.requests]
    outcomes = make_all(made, hands.cluster, hands.pool, failures.requests)
    outcomes += hands.pool.map(lambda each: _replace(each, hands.cluster), refreshed)
    return hands.pool.map(lambda each: _proved(each, hands.cluster), outcomes)


def _proved(outcome: Outcome, cluster: ClusterWriter) -> Outcome:
    if not isinstance(outcome, Applied):
        return outcome
    try:
        live = cluster.get(outcome.key)
        if live is None or not cluster.in_force(live, within=_IN_FORCE_WITHIN):
            return Failed(outcome.key, outcome.request, _NOT_IN_FORCE, _LOOK_AT_GUARD)
    except BreakglassError as error:
        return Failed.of(error, outcome.key, outcome.request)
    return outcome


def _loud(outcome: Outcome, there: AbstractSet[str]) -> Outcome:
    """Say it where a grant that is there lacks its parameters: it may give what a policy denies."""
    if isinstance(outcome, Failed) and outcome.request in there:
        return replace(outcome, still_grants=True)
    return outcome


def _replace(each: Shrink | Refresh, cluster: ClusterWriter) -> Outcome:
    verb = Verb.SHRUNK if isinstance(each, Shrink) else Verb.REFRESHED
    try:
        cluster.replace(each.live, each.manifest)
    except BreakglassError as error:
        gone = isinstance(error, GoneError) and isinstance(each, Shrink)
        if not gone and not (isinstance(error, ConflictError) and _is_done(each, cluster)):
            return Failed.of(error, each.live.key, each.request, ending=isinstance(each, Shrink), still_grants=True)
    return Applied(each.live.key, verb, each.request)


def _is_done(each: Shrink | Refresh, cluster: ClusterWriter) -> bool:
    """Whether another run did the same at the same time."""
    try:
        live = cluster.get(each.live.key)
    except BreakglassError:
        return False
    if live is None:
        return isinstance(each, Shrink)
    return all((live.manifest.get(part) or []) == (each.manifest.get(part) or []) for part in ("rules", "spec"))
