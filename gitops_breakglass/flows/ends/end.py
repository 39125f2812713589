"""Ending access: bindings first, read back, then what refuses is emptied, and everything else follows in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from gitops_breakglass.core.plan.ends import end_of
from gitops_breakglass.core.plan.ownership import (
    BINDINGS,
    ROLES,
    Stage,
    ending_order,
    is_grant_object,
    is_parameters,
    is_pod,
)
from gitops_breakglass.flows.ends.deleting import HELD, LOOK, delete_all, is_gone, is_leaving, left_of, retry_all
from gitops_breakglass.flows.ends.end_session import UNDER_WAY, end_followers, end_places, end_workloads, still_leaving
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError, RefusedBy, Refuser
from gitops_breakglass.model.kube import EXPIRES_AT, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterEnder, Pool


def end(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete]) -> list[Outcome]:
    """End all of it. What is refused is reported and tried again by the next run; nothing stops the others."""
    told = end_access(cluster, pool, ends)
    return told + end_rest(cluster, pool, ends, told)


def end_access(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete]) -> list[Outcome]:
    """End what gives access, the pods of sessions, and the resources beside them; the rest is for `end_rest`.

    Deleting bindings is the quickest way to take access away. Where one stays (a finalizer, a webhook that refuses
    deletes), its Role is emptied, which ends the access while the binding still stands.
    """
    ends = [each for each in ends if ending_order(each.live.key) < Stage.PARAMETERS]
    if not ends:
        return []
    bindings = [each for each in ends if each.live.key.kind in BINDINGS]
    others = [each for each in ends if each.live.key.kind not in BINDINGS]
    errors = delete_all(cluster, pool, bindings)
    emptying: list[Applied | Failed] = []
    if bindings:
        state = cluster.read()
        stuck = left_of(cluster, bindings, state)
        emptying = _neutralise(cluster, pool, stuck, [*state.objects, *(each.live for each in others)])
        errors |= retry_all(cluster, pool, stuck)
    errors |= end_workloads(cluster, pool, others)
    errors |= delete_all(cluster, pool, [each for each in others if ending_order(each.live.key) > Stage.POD])
    more, state, refused = end_followers(cluster, pool, others, cluster.read())
    ends, errors = [*ends, *more], errors | refused
    left = left_of(cluster, ends, state)
    gone, leaving = still_leaving(cluster, left, state)
    left = [each for each in left if each.live.key not in gone]
    if stuck := [each for each in left if each.live.key not in errors and each.live.key not in leaving]:
        # A Role with somebody's finalizer gives nothing without its binding, but it is ours to remove.
        errors |= retry_all(cluster, pool, stuck)
        state = cluster.read()
        left = left_of(cluster, left, state)
        leaving |= {live.key for live in state.objects if is_pod(live.key) and is_leaving(live)}
    keys = {each.live.key for each in left}
    # A Role that could not be emptied and could be deleted gives nothing any more: no alarm about it.
    harmless = {each.live.key for each in others} - keys | {each.key for each in emptying if isinstance(each, Applied)}
    told: list[Outcome] = [each for each in emptying if isinstance(each, Applied) or each.key not in harmless]
    return told + [
        Skipped(each.live.key, each.request, UNDER_WAY)
        if each.live.key in keys & leaving
        else _failed(each, cluster, errors.get(each.live.key), harmless)
        if each.live.key in keys
        else Applied(each.live.key, Verb.DELETED, each.request, late=_late(each.live, state.now))
        for each in ends
    ]


def end_rest(cluster: ClusterEnder, pool: Pool, ends: Sequence[Delete], told: Sequence[Outcome]) -> list[Outcome]:
    """End what had to be there until now: denies, limits, and namespaces; `told` is what came of ending the others."""
    denies = [each for each in ends if is_parameters(each.live.key)]
    return lift(cluster, pool, denies, told) + end_places(cluster, pool, ends)


def lift(cluster: ClusterEnder, pool: Pool, denies: Sequence[Delete], told: Sequence[Outcome]) -> list[Outcome]:
    """Take away what deny policies kept from grants that have gone; `told` is what came of ending these.

    It stays where a binding for the same window is there, or may be: without it that would give what is denied. What no
    deny policy needs any more goes all the same.
    """
    if not denies:
        return []
    granting = {each.request for each in told if isinstance(each, Failed) and each.still_grants}
    before = cluster.read()
    bound = {_window(live) for live in before.objects if live.key.kind in BINDINGS and is_grant_object(live)}
    going = [
        each
        for each in denies
        if each.while_granted or (each.request not in granting and _window(each.live) not in bound)
    ]
    errors = delete_all(cluster, pool, going)
    state = cluster.read()
    left = left_of(cluster, going, state)
    if left:
        errors |= retry_all(cluster, pool, left)
        state = cluster.read()
        left = left_of(cluster, left, state)
    stays = {each.live.key for each in left}
    return [
        _failed(each, cluster, errors.get(each.live.key), frozenset())
        if each.live.key in stays
        else Applied(each.live.key, Verb.DELETED, each.request)
        if each in going
        else Failed(each.live.key, each.request, "its grant is still there", "the next run tries again", ending=True)
        for each in denies
    ]


def _window(live: LiveObject) -> tuple[str, str]:
    """Return what tells one window's objects: the request and the end."""
    return live.labels.get(REQUEST, ""), live.annotations.get(EXPIRES_AT, "")


def _neutralise(
    cluster: ClusterEnder, pool: Pool, stuck: Sequence[Delete], objects: Sequence[LiveObject]
) -> list[Applied | Failed]:
    """Empty the Roles of ours that the bindings that stay refer to; somebody else's is left as it is."""
    # Also a Role that lost our label and that its record led to: its own end is under way.
    roles = {live.key: live for live in objects if live.key.kind in ROLES and _is_ours(live)}
    wanted = {key: each for each in stuck if (key := _role_key(each.live)) in roles}

    def empty(item: tuple[ObjectKey, Delete]) -> Applied | Failed:
        key, each = item
        try:
            _empty(cluster, roles[key])
        except BreakglassError as error:
            return Failed.of(error, key, each.request, ending=True, still_grants=True)
        return Applied(key, Verb.EMPTIED, each.request)

    return pool.map(empty, sorted(wanted.items()))


def _is_ours(live: LiveObject) -> bool:
    return is_grant_object(live) or not live.is_marked_ours


def _empty(cluster: ClusterEnder, role: LiveObject) -> None:
    """Take all rules from a Role; one that changed meanwhile is looked at once more."""
    try:
        if role.manifest.get("rules"):
            cluster.replace(role, {**role.manifest, "rules": []})
    except GoneError:
        return
    except ConflictError:
        fresh = cluster.get(role.key)
        if fresh is not None and fresh.uid == role.uid and fresh.manifest.get("rules"):
            cluster.replace(fresh, {**fresh.manifest, "rules": []})


def _failed(
    each: Delete, cluster: ClusterEnder, error: BreakglassError | None, harmless: AbstractSet[ObjectKey]
) -> Failed:
    """Tell what is still there; a Role gives nothing by itself, and a binding nothing without its Role's rules."""
    key, role = each.live.key, _role_key(each.live)
    # Who was let into a pod before stays there for as long as it runs.
    neutral = not is_pod(key) and (key.kind not in BINDINGS or role in harmless or is_gone(cluster, role))
    if error is not None:
        return Failed.of(error, key, each.request, ending=True, still_grants=not neutral)
    by = RefusedBy(Refuser.FINALIZER, ", ".join(each.live.manifest["metadata"].get("finalizers") or ()))
    return Failed(key, each.request, HELD, LOOK, still_grants=not neutral, ending=True, by=by if by.name else None)


def _role_key(binding: LiveObject) -> ObjectKey:
    stated = binding.manifest.get("roleRef")
    ref: Mapping[str, object] = stated if isinstance(stated, Mapping) else {}
    kind = str(ref.get("kind", ""))
    namespace = binding.key.namespace if kind == "Role" else ""
    return ObjectKey(binding.key.api_version, kind, namespace, str(ref.get("name", "")))


def _late(live: LiveObject, now: datetime) -> float | None:
    # What gives no access is never late.
    promised = end_of(live) if is_grant_object(live) or not live.is_marked_ours else None
    return None if promised is None else max(0.0, (now - promised).total_seconds())
