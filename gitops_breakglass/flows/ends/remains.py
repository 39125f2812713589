"""Looks after what ephemeral containers leave in the pods of others when their sessions end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.core.plan.remains import (
    Leftover,
    is_to_restart,
    leftovers,
    standing,
    told,
    with_remains,
)
from gitops_breakglass.core.record_session import with_done
from gitops_breakglass.model.debug_state import Done, Remaining, Remains, SessionState
from gitops_breakglass.model.errors import BreakglassError, GoneError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Remained, Verb
from gitops_breakglass.ports import ClusterEnder, Pool

_STAYS = "its session has ended and nobody is let into it any more; only the pod's end takes it away"
_GOES = "its pod is being deleted, so that its owner makes it anew"


@dataclass(frozen=True)
class Looked:
    """How the sessions stand whose containers were looked at, by the uid of the request, and what there is to tell."""

    sessions: Mapping[str, SessionState] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()


def look_after(
    cluster: ClusterEnder, pool: Pool, records: Iterable[Record], now: datetime, over: AbstractSet[str] = frozenset()
) -> Looked:
    """Look at the pods into which sessions that are over put containers; delete those that their templates want restarted.

    No container can be removed from its pod: what stays is told in each run, and is no failure, since access has ended.
    `over` are the uids of requests that ended before their time.
    """
    found = leftovers(records, now, over)
    stands = pool.map(lambda each: _look(cluster, each, now), found)
    sessions: dict[str, SessionState] = {}
    for each, stand in zip(found, stands, strict=True):
        if (remains := stand.remains) is not None:
            uid = each.record.request_uid
            # What a container leaves proves that it was added: a run that was stopped may not have written it down.
            done = [Done(remains.namespace, remains.pod, remains.uid, remains.container, now)] if stand.is_seen else []
            sessions[uid] = with_remains(with_done(sessions.get(uid, each.record.session), done), [remains])
    return Looked(sessions, tuple(outcome for stand in stands for outcome in stand.outcomes))


@dataclass(frozen=True)
class _Stand:
    """How one container stands, what there is to tell of it, and whether anybody could look."""

    remains: Remains | None
    outcomes: Sequence[Outcome] = ()
    is_seen: bool = True


def _look(cluster: ClusterEnder, each: Leftover, now: datetime) -> _Stand:
    try:
        pod = cluster.get(each.key)
    except BreakglassError as error:
        # It may be there: so it is told until somebody could look.
        remained = Remained(each.key, each.record.request_uid, each.injection.name, error.in_one_line())
        return _Stand(each.before or told(each, Remaining.STILL_THERE, now), [remained], is_seen=False)
    if pod is not None and is_to_restart(each, pod):
        return _restart(cluster, each, pod, now)
    remains = standing(each, pod, now)
    return _Stand(remains, _outcomes(each, remains))


def _restart(cluster: ClusterEnder, each: Leftover, pod: LiveObject, now: datetime) -> _Stand:
    """Delete exactly this pod, which still holds the container; what its owner makes instead is another one."""
    try:
        cluster.delete(pod)
    except GoneError:
        return _Stand(told(each, Remaining.GONE, now, pod.uid))
    except BreakglassError as error:
        failed = Failed.of(error, each.key, each.record.request_uid, ending=True)
        return _Stand(told(each, Remaining.STILL_THERE, now, pod.uid), [failed])
    applied = Applied(each.key, Verb.RESTARTED, each.record.request_uid)
    try:
        there = cluster.get(each.key)
    except BreakglassError:
        there = pod
    is_there = there is not None and there.uid == pod.uid
    remains = told(each, Remaining.RESTARTING if is_there else Remaining.RESTARTED, now, pod.uid)
    return _Stand(remains, [applied, *_outcomes(each, remains)])


def _outcomes(each: Leftover, remains: Remains | None) -> list[Outcome]:
    if remains is None or not remains.is_there:
        return []
    why = _GOES if remains.state is Remaining.RESTARTING else _STAYS
    return [Remained(each.key, each.record.request_uid, remains.container, why)]
