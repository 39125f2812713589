"""Whether both actors that end access on a cluster are at work there."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.lease import Heartbeat, Pulse
from gitops_breakglass.model.unread import Unread

_ACTORS = Check("actors", "Access ends on time while one of the two is at work; with both, one may fail.")


def judge_actors(found: Sequence[Heartbeat] | Unread, cluster: str) -> Diagnosis:
    """Say which of them is missing, or was never there."""
    if isinstance(found, Unread):
        return _ACTORS.unknown(found, cluster)
    if lacking := [each for each in found if each.pulse in {Pulse.MISSING, Pulse.NEVER}]:
        hint = "run the reconciler as a loop or from time to time, and the sweeper beside it: docs/watch.md, docs/sweeper.md"
        return _ACTORS.warning("; ".join(map(str, lacking)), hint, cluster)
    return _ACTORS.ok("; ".join(map(str, found)), cluster)
