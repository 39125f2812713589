"""Ends what shows to be over where not everything can be listed: a kind that can't be read holds up no end."""

from __future__ import annotations

from datetime import datetime

from gitops_breakglass.core.plan.ends import end_of
from gitops_breakglass.flows.ends.deleting import HELD, LOOK, delete_all, is_gone, retry_all
from gitops_breakglass.flows.ends.punctual import ends_in
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterEnder, Pool


def end_what_shows(cluster: ClusterEnder, pool: Pool, *, everything: bool = False) -> list[Outcome]:
    """End the bindings that are seen to be over, or all of ours, and read each back; nothing where the cluster does not answer.

    It is little: no Role is emptied and no record is written, since who can't see everything can't say that nothing is
    left. The next sweep does that.
    """
    try:
        state = cluster.access()
    except BreakglassError:
        return []
    ends = [each.delete for each in ends_in(state) if everything or each.at <= state.now]
    errors = delete_all(cluster, pool, ends)
    stuck = [each for each in ends if not is_gone(cluster, each.live.key, uid=each.live.uid)]
    errors |= retry_all(cluster, pool, stuck)
    there = {each.live.key for each in stuck if not is_gone(cluster, each.live.key, uid=each.live.uid)}
    return [
        _stays(each, errors.get(each.live.key)) if each.live.key in there else _went(each, state.now) for each in ends
    ]


def _stays(each: Delete, error: BreakglassError | None) -> Failed:
    if error is not None:
        return Failed.of(error, each.live.key, each.request, ending=True, still_grants=True)
    return Failed(each.live.key, each.request, HELD, LOOK, still_grants=True, ending=True)


def _went(each: Delete, now: datetime) -> Applied:
    end = end_of(each.live)
    late = None if end is None else max(0.0, (now - end).total_seconds())
    return Applied(each.live.key, Verb.DELETED, each.request, late=late)
