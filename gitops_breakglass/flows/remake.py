"""Takes away what somebody edited, so that it can be made anew as it was signed; a deletion by somebody stays one.

The record says first which object is to go, by uid. What then is missing under that uid went by our hand, also where the
run was stopped in between, and is made anew by the next one. What has gone before we came, somebody took away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.record_parts import mapping_of
from gitops_breakglass.core.record_remakes import (
    is_to_be_remade,
    read_remakes,
    remakes_status,
    with_settled,
    with_taken,
)
from gitops_breakglass.flows.ends.end import end
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import Record, Remake
from gitops_breakglass.model.kube import REQUEST, ObjectKey
from gitops_breakglass.model.outcome import Applied, Outcome, Verb
from gitops_breakglass.model.plan import ClusterPlan, Create, Delete
from gitops_breakglass.ports import ClusterWriter, Pool

ANEW = "somebody edited it, so it was taken away and is made anew as it was signed"

_Change = Callable[[tuple[Remake, ...]], tuple[Remake, ...]]


def end_and_take(plan: ClusterPlan, cluster: ClusterWriter, pool: Pool) -> tuple[list[Outcome], tuple[Create, ...]]:
    """End all that is to end, what is made anew last; and return what may be made anew now."""
    outcomes = end(cluster, pool, [each for each in plan.ends if each.anew is None])
    edited = [each for each in plan.ends if each.anew is not None]
    taken = _take_away(plan, cluster, pool) if edited else ()
    return outcomes + end(cluster, pool, edited), taken


def _take_away(plan: ClusterPlan, cluster: ClusterWriter, pool: Pool) -> tuple[Create, ...]:
    """Take away what is to be made anew, and return what may be made now. What stays is for ending, as anything else."""
    records = {record.request_uid: record for record in plan.records}
    by_request: dict[str, list[Delete]] = {}
    for each in in_ending_order(delete for delete in plan.ends if delete.anew is not None):
        by_request.setdefault(each.request, []).append(each)

    def take(item: tuple[str, Sequence[Delete]]) -> list[Create]:
        uid, ends = item
        return _take(records[uid], ends, cluster) if uid in records else []

    return tuple(create for found in pool.map(take, sorted(by_request.items())) for create in found)


def settle_remakes(
    plan: ClusterPlan, taken: Iterable[Create], told: Iterable[Outcome], hands: tuple[ClusterWriter, Pool]
) -> None:
    """Write down what was made anew: from then on, whatever is missing was taken away by somebody.

    Where it can't be written the next run sees it by the uid of what is there.
    """
    cluster, pool = hands
    made = {each.key for each in told if isinstance(each, Applied) and each.verb is Verb.CREATED}
    keys = {each.key for each in taken}
    done: list[tuple[Record, list[ObjectKey]]] = []
    for record in plan.records:
        pending = {each.key for each in record.remakes if is_to_be_remade(record, each.key)}
        listed = {*record.inventory, *record.uids}
        if mine := sorted(key for key in made & (pending | (keys & listed))):
            done.append((record, mine))

    def write(item: tuple[Record, list[ObjectKey]]) -> None:
        record, mine = item
        _noted(record, cluster, lambda remakes: with_settled(remakes, mine))

    pool.map(write, done)


def _take(record: Record, ends: Sequence[Delete], cluster: ClusterWriter) -> list[Create]:
    def taken(remakes: tuple[Remake, ...]) -> tuple[Remake, ...]:
        for each in ends:
            remakes = with_taken(remakes, each.live.key, each.live.uid)
        return remakes

    if not _noted(record, cluster, taken):
        return []
    found: list[Create] = []
    gone: list[ObjectKey] = []
    for each in ends:
        try:
            cluster.delete(each.live)
            if cluster.get(each.live.key) is None and each.anew is not None:
                found.append(Create(each.live.key, each.anew, each.request, ANEW))
        except GoneError:
            # Somebody was quicker, and meant it.
            gone.append(each.live.key)
        except BreakglassError:
            continue
    if gone:
        _noted(record, cluster, lambda remakes: with_settled(remakes, gone))
    return found


def _noted(record: Record, cluster: ClusterWriter, change: _Change) -> bool:
    """Change what the record lists, unless it was revoked meanwhile; whether it stands there now."""
    for _ in range(2):
        try:
            live = cluster.get(record.live.key)
            if live is None or live.uid != record.live.uid or live.labels.get(REQUEST) != record.request_uid:
                return False
            if "revokedAt" in mapping_of(live.manifest.get("spec")):
                return False
            status: Mapping[str, object] = mapping_of(live.manifest.get("status"))
            before = read_remakes(status.get("remade"))
            if (after := change(before)) != before:
                manifest = {**live.manifest, "status": {**status, "remade": remakes_status(after)}}
                cluster.replace_status(record.live.key, manifest)
        except ConflictError:
            continue
        except BreakglassError:
            return False
        return True
    return False
