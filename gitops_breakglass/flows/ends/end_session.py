"""Ending what a debug session made: workloads and pods at once, limits after the last pod, the namespace after the last user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitops_breakglass.core.debug.pods import controller_of
from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.ownership import Stage, ending_order, is_grant_object, is_namespace, is_pod, is_record
from gitops_breakglass.core.plan.places import named, users_of, was_made
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.ends.deleting import HELD, LOOK, delete_all, is_leaving, left_of, retry_all
from gitops_breakglass.model.errors import BreakglassError, GoneError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterEnder, ClusterState, Pool

PODS_GO_WITHIN = 8.0
"""Seconds that a run waits for pods to go: a session's pods have five seconds of grace."""
_ROUNDS = 3
"""How often what a controller made meanwhile is ended too, before that is left to the next run."""
_FOLLOWERS = frozenset({Stage.REPLICA_SET, Stage.POD})
UNDER_WAY = (
    "its deletion is under way, and its node has not confirmed yet that it stopped; nobody is let into it any more"
)


def end_workloads(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete]) -> dict[ObjectKey, BreakglassError]:
    """Delete workloads, then ReplicaSets, then pods, which ends the streams into them; return what refused, and why.

    Pods are deleted here, since the garbage collector takes its time, and never comes for those that lost their owner.
    """
    errors: dict[ObjectKey, BreakglassError] = {}
    for stage in (Stage.WORKLOAD, Stage.REPLICA_SET, Stage.POD):
        errors |= delete_all(cluster, pool, [each for each in ends if ending_order(each.live.key) is stage])
    return errors


def end_followers(
    cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete], state: ClusterState
) -> tuple[list[Delete], ClusterState, dict[ObjectKey, BreakglassError]]:
    """End what controllers made of workloads that end, since they were listed; return it, with what is there then."""
    found: list[Delete] = []
    errors: dict[ObjectKey, BreakglassError] = {}
    for _ in range(_ROUNDS):
        more = _followers([*ends, *found], state.objects)
        if not more:
            break
        errors |= end_workloads(cluster, pool, more)
        found += more
        state = cluster.read()
    return found, state, errors


def still_leaving(
    cluster: ClusterEnder, left: Sequence[Delete], state: ClusterState
) -> tuple[set[ObjectKey], set[ObjectKey]]:
    """Wait shortly for pods that are being deleted; return which of them have gone, and which are still leaving."""
    left = [each for each in left if is_pod(each.live.key)]
    there = {(live.key, live.uid): live for live in state.objects}
    leaving = [live for each in left if (live := there.get((each.live.key, each.live.uid))) and is_leaving(live)]
    try:
        waited = cluster.lingering(leaving, within=PODS_GO_WITHIN) if leaving else ()
    except BreakglassError:
        waited = tuple(leaving)
    lingering = {each.key for each in waited}
    gone = {each.key for each in leaving} - lingering
    # What lost our label is on no list.
    return gone, lingering | {each.live.key for each in left if not each.live.is_marked_ours and _leaves(cluster, each)}


def _leaves(cluster: ClusterEnder, each: Delete) -> bool:
    try:
        live = cluster.get(each.live.key)
    except BreakglassError:
        return False
    return live is not None and live.uid == each.live.uid and is_leaving(live)


def end_places(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete]) -> list[Outcome]:
    """End what held pods to limits, where none is left, and then namespaces that nobody uses any more."""
    limits = [each for each in ends if ending_order(each.live.key) is Stage.LIMIT]
    told = _end_limits(cluster, pool, limits)
    namespaces = [each for each in ends if is_namespace(each.live.key)]
    if not namespaces:
        return told
    state = cluster.read()
    records = [read_unproved(live) for live in state.objects if is_record(live)]
    return told + pool.map(lambda each: _end_namespace(cluster, each, state, records), namespaces)


def _followers(ends: Sequence[Delete], objects: Sequence[LiveObject]) -> list[Delete]:
    by_uid: Mapping[str, Delete] = {each.live.uid: each for each in ends}
    found = [
        Delete(live, owner.request, owner.why)
        for live in objects
        if is_grant_object(live) and ending_order(live.key) in _FOLLOWERS and live.uid not in by_uid
        for owner in (by_uid.get(str(controller_of(live).get("uid", ""))),)
        if owner is not None
    ]
    return list(in_ending_order(found))


def _end_limits(cluster: ClusterEnder, pool: Pool, limits: Sequence[Delete]) -> list[Outcome]:
    if not limits:
        return []
    before = cluster.read()
    held = {live.labels.get(REQUEST) for live in before.objects if is_pod(live.key) and is_grant_object(live)}
    going = [each for each in limits if each.live.labels.get(REQUEST, each.request) not in held]
    errors = delete_all(cluster, pool, going)
    left = left_of(cluster, going, cluster.read()) if going else []
    if left:
        errors |= retry_all(cluster, pool, left)
        left = left_of(cluster, left, cluster.read())
    stays = {each.live.key for each in left}
    return [
        _refused(each, errors.get(each.live.key))
        if each.live.key in stays
        else Applied(each.live.key, Verb.DELETED, each.request)
        if each in going
        else Skipped(each.live.key, each.request, "a pod of its session is still there, which it holds to its limits")
        for each in limits
    ]


def _end_namespace(cluster: ClusterEnder, each: Delete, state: ClusterState, records: Sequence[Record]) -> Outcome:
    """Delete a namespace that a session made, once neither a session nor anybody's pod is in it."""
    live, key = each.live, each.live.key
    if not was_made(live, records):
        return Skipped(key, each.request, "no record says that it was made for a session, so it is left as it is")
    try:
        if users := users_of(live, state.objects, records, cluster.pods(key.name), state.now):
            return Skipped(key, each.request, named(users))
        cluster.delete(live)
        there = cluster.get(key)
    except GoneError:
        there = None
    except BreakglassError as error:
        return Failed.of(error, key, each.request, ending=True)
    if there is None or there.uid != live.uid:
        return Applied(key, Verb.DELETED, each.request)
    if there.manifest["metadata"].get("deletionTimestamp"):
        return Skipped(key, each.request, "its deletion is under way")
    return _refused(each, None)


def _refused(each: Delete, error: BreakglassError | None) -> Failed:
    if error is not None:
        return Failed.of(error, each.live.key, each.request, ending=True)
    return Failed(each.live.key, each.request, HELD, LOOK, ending=True)
