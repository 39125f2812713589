"""How long `report` takes to look a cluster over: many kinds, many objects, and an audit log of all that made them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, say, spread, table, timed
from tests.cluster.harness.becoming import eventually
from tests.cluster.report_stage import NAMESPACE, ReportStage

GROUP = "bench.example.com"
_AT_ONCE = 16


def run(objects: int, rounds: int, out: Callable[[str], None], *, kinds: int = 100) -> None:
    """Make so many custom kinds with so many objects in all, while a grant holds, and time the report of it."""
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-", ignore_cleanup_errors=True) as folder:
        stage = ReportStage(Path(folder), ["alice", "erin"])
        try:
            stage.install()
            stage.furnish()
            stage.grants("bench", who="alice", seconds=3000)
            _fill(stage, kinds, objects)
            size = stage.log.stat().st_size / 1e6
            ways = {"without an audit log": (), f"with an audit log of {size:.0f} MB": ("--audit-log", str(stage.log))}
            rows = []
            for way, options in ways.items():
                seconds = [timed(lambda o=options: stage.report("bench", *o))[0] for _ in range(rounds)]
                rows.append([way, spread(seconds)])
            out(f"{kinds} custom kinds beside the cluster's own, {objects:,} objects of them; {machine()}.\n")
            out(table(["report", "seen"], rows))
        finally:
            stage.close()


def _fill(stage: ReportStage, kinds: int, objects: int) -> None:
    say(f"making {kinds} kinds")
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda number: stage.admin.must("POST", _CRDS, _definition(number)), range(kinds)))
    last = f"/apis/{GROUP}/v1/kind{kinds - 1:03}s"
    eventually(lambda: stage.admin.status("GET", last) == 200, seconds=300)
    eventually(lambda: all(stage.admin.status("GET", _of(number)) == 200 for number in range(kinds)), seconds=300)
    say(f"making {objects} objects")
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda number: _make(stage, number, kinds), range(objects)))


_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _of(number: int) -> str:
    return f"/apis/{GROUP}/v1/namespaces/{NAMESPACE}/kind{number:03}s"


def _make(stage: ReportStage, number: int, kinds: int) -> None:
    kind = number % kinds
    body = {
        "apiVersion": f"{GROUP}/v1",
        "kind": f"Kind{kind:03}",
        "metadata": {"name": f"object-{number}", "labels": {"number": str(number)}},
        "spec": {"text": "x" * 200},
    }
    stage.admin.must("POST", _of(kind), body)


def _definition(number: int) -> dict[str, Any]:
    name = f"kind{number:03}"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "metadata": {"name": f"{name}s.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"plural": f"{name}s", "singular": name, "kind": name.capitalize()},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
