"""A CI job every five minutes, on a simulated clock: the one scenario for which nobody wants to wait."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.expiry.report import SIMULATED
from benchmarks.expiry.result import Result
from gitops_breakglass.core.plan.ends import end_of
from gitops_breakglass.core.plan.ownership import BINDINGS, is_grant_object
from gitops_breakglass.model.kube import ObjectKey
from tests.e2e.stage import Stage
from tests.git.world import session

EVERY = timedelta(minutes=5)
_MORE = "defaults: {minDuration: 60s}\nbrakes: {maxNewGrants: 5000, maxLiveGrants: 5000, maxLiveGrantsPerSubject: 5000}"


def ci(count: int = 200) -> list[Result]:
    """`reconcile` every five minutes over a folder of manifests, ends over an hour, one every 18 s. 45 s."""
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder), more=_MORE)
        for number in range(count):
            what = f"prod/inc-{number:04}"
            length = 600 + number * 3600 // count
            stage.alice.requests(what, session(what.partition("/")[2], duration=f"{length}s"))
            stage.ben.approves(what, "go ahead")
            stage.world.merge(what)
        stage.reconcile()
        lags: dict[ObjectKey, float] = {}
        ends = _bound(stage)
        assert len(ends) == count, f"{len(ends)} of {count} were granted"
        while ends:
            stage.passes(seconds=EVERY.total_seconds())
            now = stage.clock.now()
            stage.reconcile()
            there = _bound(stage)
            lags |= {key: (now - end).total_seconds() for key, end in ends.items() if key not in there}
            ends = there
    values = list(lags.values())
    return [
        Result(
            "CI",
            "`reconcile` in CI every five minutes (simulated clock, runs that take no time)",
            values,
            by=SIMULATED,
            early=sum(each < 0 for each in values),
            goal=EVERY.total_seconds(),
        )
    ]


def _bound(stage: Stage) -> dict[ObjectKey, object]:
    objects = stage.cluster.read().objects
    return {live.key: end_of(live) for live in objects if live.key.kind in BINDINGS and is_grant_object(live)}
