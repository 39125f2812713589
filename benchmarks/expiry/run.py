"""`python -m benchmarks expiry_lag`: every scenario in turn, each on its own for as long as it says."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.expiry import faults, merging, report, scenarios, simulated
from benchmarks.expiry.result import Result
from benchmarks.expiry.stage import ExpiryStage
from benchmarks.measure import machine, say

Scenario = Callable[[ExpiryStage], list[Result]]

SCENARIOS: dict[str, Scenario] = {
    "floor": scenarios.floor,
    "sweeper": scenarios.loop_of_sweeper,
    "reconciler": scenarios.loop_of_reconciler,
    "refused": faults.refused,
    "sweeper-killed": faults.sweeper_killed,
    "reconciler-killed": faults.reconciler_killed,
    "reconciler-dead": faults.reconciler_dead,
    "sweeper-dead": faults.sweeper_dead,
    "server-killed": faults.server_killed,
    "cronjob": scenarios.each_minute,
    "ci": lambda _: simulated.ci(),
    # Last, since every record that they leave is read by each later run.
    "300": lambda stage: scenarios.at_once(stage, 300, 2.0),
    "1000": lambda stage: scenarios.at_once(stage, 1000, 5.0),
}
"""By the word that picks it; how long each takes stands at its function. All together: 17 minutes."""
_ASKING, _MANY = 260, 2500


def run(only: Sequence[str], out: Callable[[str], None], *, into_docs: bool = False) -> None:
    """Measure, print, and end with 1 where anything ended early, did not end, or could not be measured."""
    if unknown := set(only) - SCENARIOS.keys():
        sys.exit(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    begun, before = time.time(), machine()
    results: list[Result] = []
    broken: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-", ignore_cleanup_errors=True) as folder,
        closing(ExpiryStage(Path(folder) / "stage", asking=_ASKING, many=_MANY)) as stage,
    ):
        version = stage.admin.must("GET", "/version")["gitVersion"]
        for name in only or SCENARIOS:
            since = time.time()
            found: list[Result] = []
            try:
                found = SCENARIOS[name](stage)
            except AssertionError as error:
                broken.append(f"{name}: {error}")
                say(f"{name}: {error}")
            results += found
            say(f"{name}: took {time.time() - since:.0f} s")
            for each in found:
                say(f"  {report.in_one_line(each)}")
    when = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, in {(time.time() - begun) / 60:.0f} minutes, with Kubernetes {version}, "
        f"on {before} before and {_load(machine())} after"
    )
    text = f"""\
Measured on {when}. etcd, API server, whoever
ends access and the meter share that machine.

{report.measured(results)}
{report.beside_peers(results)}"""
    out(text)
    out(f"Every lag, in seconds:\n{report.raw(results)}")
    broken += [f"{each.title}: {each.early} early, {each.never} never" for each in results if not each.is_sound]
    for each in broken:
        say(f"NOT SOUND: {each}")
    if into_docs:
        report.write_docs(merging.merged(report.read_docs(), results, when) if only else text)
    if broken:
        sys.exit(1)


def _load(told: str) -> str:
    return told.rpartition("load averages ")[2]
