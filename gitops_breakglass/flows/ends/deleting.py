"""Deleting many objects at a time, and seeing what of them is still there."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.model.errors import BreakglassError, GoneError
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterEnder, ClusterState, Pool

HELD = "it is still there after it was deleted"
LOOK = "something holds it: look at its finalizers; the next run tries again"


def delete_all(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete]) -> dict[ObjectKey, BreakglassError]:
    """Delete all of it at once; what refused, and with which error."""

    def delete(each: Delete) -> BreakglassError | None:
        try:
            cluster.delete(each.live)
        except GoneError:
            return None
        except BreakglassError as error:
            return error
        return None

    return {each.live.key: error for each, error in zip(ends, pool.map(delete, ends), strict=True) if error is not None}


def retry_all(cluster: ClusterEnder, pool: Pool, stuck: Sequence[Delete]) -> dict[ObjectKey, BreakglassError]:
    """Strip the finalizers of what stays and delete it once more."""

    def retry(each: Delete) -> BreakglassError | None:
        try:
            if each.live.manifest["metadata"].get("finalizers"):
                cluster.strip_finalizers(each.live)
            cluster.delete(each.live)
        except GoneError:
            return None
        except BreakglassError as error:
            return error
        return None

    return {each.live.key: error for each, error in zip(stuck, pool.map(retry, stuck), strict=True) if error}


def left_of(cluster: ClusterEnder, ends: Sequence[Delete], state: ClusterState) -> list[Delete]:
    """Return what is still there: by the list, and what lost our label by a look of its own."""
    listed = {(live.key, live.uid) for live in state.objects}
    return [
        each
        for each in ends
        if (
            (each.live.key, each.live.uid) in listed
            if each.live.is_marked_ours
            else not is_gone(cluster, each.live.key, uid=each.live.uid)
        )
    ]


def is_gone(cluster: ClusterEnder, key: ObjectKey, *, uid: str | None = None) -> bool:
    """Whether nothing of that key (and uid) is there, whoever's; what can't be looked at counts as there."""
    try:
        live = cluster.get(key)
    except BreakglassError:
        return False
    return live is None or (uid is not None and live.uid != uid)


def is_leaving(live: LiveObject) -> bool:
    """Whether its deletion was accepted, and waits for nothing but who has to confirm it."""
    metadata = live.manifest["metadata"]
    return bool(metadata.get("deletionTimestamp")) and not metadata.get("finalizers")
