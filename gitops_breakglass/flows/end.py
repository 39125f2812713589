"""Ending access: bindings first, read back, then what refuses is emptied, and everything else follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitops_breakglass.core.plan.ends import end_of
from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES
from gitops_breakglass.model.errors import BreakglassError, GoneError
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterState, ClusterWriter, Pool


def end(cluster: ClusterWriter, pool: Pool, ends: Sequence[Delete]) -> list[Outcome]:
    """End all of it. What is refused is reported and tried again by the next run; nothing stops the others.

    Deleting bindings is the quickest way to take access away. Where one stays (a finalizer, a webhook that refuses
    deletes), its Role is emptied, which ends the access while the binding still stands.
    """
    if not ends:
        return []
    bindings = [each for each in ends if each.live.key.kind in BINDINGS]
    others = [each for each in ends if each.live.key.kind not in BINDINGS]
    errors = _delete(cluster, pool, bindings)
    outcomes: list[Outcome] = []
    if bindings:
        state = cluster.read()
        stuck = _left(cluster, bindings, state)
        outcomes += _neutralise(cluster, pool, stuck, state)
        errors |= _retry(cluster, pool, stuck)
    errors |= _delete(cluster, pool, others)
    state = cluster.read()
    left = _left(cluster, ends, state)
    if left:
        # A Role with somebody's finalizer gives nothing without its binding, but it is ours to remove.
        errors |= _retry(cluster, pool, [each for each in left if each.live.key not in errors])
        state = cluster.read()
        left = _left(cluster, ends, state)
    emptied = {each.key for each in outcomes if isinstance(each, Applied)}
    keys = {each.live.key for each in left}
    return outcomes + [
        _failed(each, state, errors.get(each.live.key), emptied)
        if each.live.key in keys
        else Applied(each.live.key, Verb.DELETED, each.request, late=_late(each.live, state.now))
        for each in ends
    ]


def _delete(cluster: ClusterWriter, pool: Pool, ends: Sequence[Delete]) -> dict[ObjectKey, BreakglassError]:
    def delete(each: Delete) -> BreakglassError | None:
        try:
            cluster.delete(each.live)
        except GoneError:
            return None
        except BreakglassError as error:
            return error
        return None

    return {each.live.key: error for each, error in zip(ends, pool.map(delete, ends), strict=True) if error is not None}


def _neutralise(cluster: ClusterWriter, pool: Pool, stuck: Sequence[Delete], state: ClusterState) -> list[Outcome]:
    """Empty the Roles that the bindings that stay refer to."""
    roles = {live.key: live for live in state.objects if live.key.kind in ROLES}
    wanted = {key: each for each in stuck if (key := _role_key(each.live)) in roles}

    def empty(item: tuple[ObjectKey, Delete]) -> Outcome:
        key, each = item
        live = roles[key]
        if not live.manifest.get("rules"):
            return Applied(key, Verb.EMPTIED, each.request)
        try:
            cluster.replace(live, {**live.manifest, "rules": []})
        except GoneError:
            pass
        except BreakglassError as error:
            return Failed(key, each.request, error.message, error.hint, still_grants=True)
        return Applied(key, Verb.EMPTIED, each.request)

    return pool.map(empty, sorted(wanted.items()))


def _retry(cluster: ClusterWriter, pool: Pool, stuck: Sequence[Delete]) -> dict[ObjectKey, BreakglassError]:
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


def _left(cluster: ClusterWriter, ends: Sequence[Delete], state: ClusterState) -> list[Delete]:
    """Return what is still there: by the list, and what lost our label by a look of its own."""
    listed = {(live.key, live.uid) for live in state.objects}
    left = []
    for each in ends:
        if each.live.is_marked_ours:
            there = (each.live.key, each.live.uid) in listed
        else:
            now = cluster.get(each.live.key)
            there = now is not None and now.uid == each.live.uid
        if there:
            left.append(each)
    return left


def _failed(each: Delete, state: ClusterState, error: BreakglassError | None, emptied: set[ObjectKey]) -> Failed:
    key = each.live.key
    neutral = key.kind not in BINDINGS or _role_key(each.live) in emptied or _role_is_gone(each.live, state)
    message = error.message if error else "it is still there after it was deleted"
    hint = error.hint if error else "something holds it: look at its finalizers; the next run tries again"
    return Failed(key, each.request, message, hint, still_grants=not neutral)


def _role_key(binding: LiveObject) -> ObjectKey:
    ref = binding.manifest.get("roleRef") or {}
    kind = str(ref.get("kind", ""))
    namespace = binding.key.namespace if kind == "Role" else ""
    return ObjectKey(binding.key.api_version, kind, namespace, str(ref.get("name", "")))


def _role_is_gone(binding: LiveObject, state: ClusterState) -> bool:
    """Whether nothing of that name is among ours; only said of Roles of ours, which is all that we bind."""
    return not any(live.key == _role_key(binding) for live in state.objects)


def _late(live: LiveObject, now: datetime) -> float | None:
    promised = end_of(live, None)
    return None if promised is None else max(0.0, (now - promised).total_seconds())
