"""The punctual path: what is known to end is deleted at its moment, before anything is listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gitops_breakglass.core.plan.ends import known_ends
from gitops_breakglass.core.plan.ownership import BINDINGS, is_record
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.core.record_parts import mapping_of
from gitops_breakglass.model.errors import BreakglassError, GoneError
from gitops_breakglass.model.kube import REQUEST, LiveObject
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.plan import KnownEnd
from gitops_breakglass.ports import ClusterEnder, ClusterSight, ClusterState, Pool

RE_ASK = timedelta(milliseconds=20)
"""How soon a server is asked again whose whole seconds have not reached the end yet, though its clock may have."""


def ends_in(state: ClusterState) -> tuple[KnownEnd, ...]:
    """Return when each binding of ours has to go, the earliest first.

    Records that say that they ended are not read where no binding names them: they only ever get more.
    """
    named = {live.labels.get(REQUEST) for live in state.objects if live.key.kind in BINDINGS}
    records = [
        read_unproved(live)
        for live in state.objects
        if is_record(live) and (live.labels.get(REQUEST) in named or not _has_ended(live))
    ]
    return known_ends(state.objects, records, state.now)


def _has_ended(record: LiveObject) -> bool:
    return bool(mapping_of(record.manifest.get("status")).get("endedAt"))


def until_end(cluster: ClusterSight, known: Sequence[KnownEnd]) -> timedelta | None:
    """Return how long to wait before the next of these ends may have come; None where nothing is known to end.

    It is the shortest that it can be, by what is known of the cluster's clock, and never less than `RE_ASK`: a few
    questions too many cost less than an end that is late.
    """
    if not known:
        return None
    time = cluster.server_time()
    return RE_ASK if time is None else max(min(each.at for each in known) - time.latest, RE_ASK)


def end_known(cluster: ClusterEnder, pool: Pool, due: Sequence[KnownEnd]) -> list[Outcome]:
    """Delete these bindings, whose end has come by what the cluster itself says its time is, and tell each outcome.

    What was refused is told as failed, and what another actor ended first is not told. The caller sweeps next, which reads
    back and does the rest.
    """
    return [outcome for outcome in pool.map(lambda each: _end(cluster, each), due) if outcome is not None]


def _end(cluster: ClusterEnder, known: KnownEnd) -> Outcome | None:
    each = known.delete
    try:
        cluster.delete(each.live)
    except GoneError:
        # Another actor was first, and tells of it.
        return None
    except BreakglassError as error:
        return Failed.of(error, each.live.key, each.request, ending=True, still_grants=True)
    time = cluster.server_time()
    # By the latest that the cluster's clock may show, so that no lag is told shorter than it was.
    late = None if time is None else max(0.0, (time.latest - known.at).total_seconds())
    return Applied(each.live.key, Verb.DELETED, each.request, late=late)
