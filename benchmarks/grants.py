"""300 grants created, found unchanged and ended on a real API server, against kubectl on the same RBAC objects."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.kubectl import Kubectl, binary
from benchmarks.measure import machine, say, spread, table, timed
from benchmarks.stage import Stage
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.cli.wiring import RepositoryOptions, hands_for, open_sources
from gitops_breakglass.core.plan.ownership import is_grant_object, is_record
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.reconcile import reconcile, settle
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.outcome import ClusterReport, Failed
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.window import print_time

UNCHANGED_RUNS = 7
PREFIX = "kubectl-"
SAME_RIGHTS = "same rights"


class Comparison:
    """All times in seconds and all counts of calls, by what was done; a round makes everything and ends it again."""

    def __init__(self, stage: Stage, many: int) -> None:
        self.stage = stage
        self.many = many
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.calls: dict[str, int] = {}
        program = binary()
        self.kubectls = {
            SAME_RIGHTS: Kubectl(program, stage.equal_of_reconciler("kubectl"), stage.folder / "kubectl-cache"),
            "administrator": Kubectl(program, stage.admin, stage.folder / "kubectl-cache"),
        }

    def round(self) -> None:
        """Ours first, then kubectl on copies of exactly the RBAC objects that ours made."""
        self.create()
        self.find_unchanged()
        self.run_as_a_command()
        copies = self.copies()
        self.end()
        self.stage.forget()
        for who, kubectl in self.kubectls.items():
            self.compare(who, kubectl, copies)

    # -- ours

    def create(self) -> None:
        with self.reconciler() as hands:
            begun, plan = timed(lambda: plan_cluster(hands.cluster, self.sources(), hands.signer.verify))
            assert len(plan.decisions) == self.many, plan.held
            granting, outcomes = timed(lambda: apply(plan, hands))
            writing, written = timed(lambda: settle(plan, hands))
            failed = [each for each in (*outcomes, *written) if isinstance(each, Failed)]
            assert not failed, failed[0]
            self.calls["create"] = hands.cluster.calls.total()
        self.seconds["create: prove from git"].append(begun)
        self.seconds["create: records, Roles, bindings"].append(granting)
        self.seconds["create: states"].append(writing)
        self.seconds["create"].append(begun + granting + writing)

    def find_unchanged(self) -> None:
        for _ in range(UNCHANGED_RUNS):
            with self.reconciler() as hands:
                self.seconds["unchanged"].append(self.unchanged(hands, self.sources()))
                self.calls["unchanged"] = hands.cluster.calls.total()
        # As --watch does: a connection for each run, and what was read from git is kept.
        sources = self.sources()
        for number in range(UNCHANGED_RUNS + 1):
            with self.reconciler() as hands:
                seconds = self.unchanged(hands, sources)
            if number:
                self.seconds["unchanged, --watch"].append(seconds)

    def unchanged(self, hands: Hands, sources: Sources) -> float:
        seconds, report = timed(lambda: reconcile([hands], lambda: sources))
        (cluster,) = report.clusters
        assert isinstance(cluster, ClusterReport)
        assert cluster.plan is not None, cluster.unreachable
        assert not cluster.outcomes
        assert len(cluster.plan.keeps) == 2 * self.many
        return seconds

    def run_as_a_command(self) -> None:
        stage = self.stage
        command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
        command += ["--key", str(stage.folder / "signing-key")]
        for _ in range(3):
            seconds, _done = timed(lambda: subprocess.run(command, capture_output=True, check=True))
            self.seconds["unchanged, command"].append(seconds)

    def end(self) -> None:
        """Revoke all, so that nobody has to wait for the end of a window, and let the sweeper end what is over then."""
        with self.reconciler() as hands:
            state = hands.cluster.read()
            records = [live for live in state.objects if is_record(live)]

            def revoke(live: LiveObject) -> None:
                spec = {**live.manifest["spec"], "revokedAt": print_time(state.now)}
                hands.cluster.replace(live, {**live.manifest, "spec": spec})

            hands.pool.map(revoke, records)
        target = KubernetesTarget(str(self.stage.sweeper.kubeconfig))
        with closing(KubernetesCluster(self.stage.cluster, target)) as cluster:
            seconds, report = timed(lambda: sweep(cluster, ThreadPool()))
            self.calls["end"] = cluster.calls.total()
        assert not [each for each in report.outcomes if isinstance(each, Failed)], report.outcomes[0]
        assert self.stage.ours() == []
        self.seconds["end"].append(seconds)

    @contextmanager
    def reconciler(self) -> Iterator[Hands]:
        target = KubernetesTarget(str(self.stage.reconciler_config))
        with closing(KubernetesCluster(self.stage.cluster, target)) as cluster:
            yield hands_for(cluster, self.stage.folder / "signing-key", ThreadPool())

    def sources(self) -> Sources:
        return open_sources(RepositoryOptions(self.stage.world.path, "main", None))

    # -- kubectl's

    def copies(self) -> Path:
        """Write copies of the RBAC of all grants under other names and without our label; every Role first."""
        with self.reconciler() as hands:
            live = [each for each in hands.cluster.read().objects if is_grant_object(each)]
        items = [_copy(each) for each in sorted(live, key=lambda each: each.key.kind.endswith("Binding"))]
        assert len(items) == 2 * self.many
        path = self.stage.folder / "copies.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        return path

    def compare(self, who: str, kubectl: Kubectl, copies: Path) -> None:
        def measured(name: str, *arguments: str) -> None:
            say(f"kubectl {' '.join(arguments[:-1])} ({who})")
            mark = self.stage.server.audit_mark()
            self.seconds[f"{name} ({who})"].append(kubectl.seconds(*arguments))
            events = self.stage.server.audit_events(mark)
            self.calls[f"{name} ({who})"] = sum("kubectl" in each.get("userAgent", "") for each in events)

        measured("kubectl apply", "apply", "-f", str(copies))
        measured("kubectl apply again", "apply", "-f", str(copies))
        if who == SAME_RIGHTS:
            # It asks for the objects one after the other at five calls a second, whoever it is: once is long enough.
            measured("kubectl delete", "delete", "-f", str(copies))
            kubectl.seconds("apply", "-f", str(copies))
        measured("kubectl delete --wait=false", "delete", "--wait=false", "-f", str(copies))


def _copy(live: LiveObject) -> dict[str, object]:
    manifest = live.manifest
    copy: dict[str, object] = {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"]}
    copy["metadata"] = {"name": PREFIX + live.key.name, "annotations": manifest["metadata"]["annotations"]}
    for part in ("rules", "subjects"):
        if part in manifest:
            copy[part] = manifest[part]
    if "roleRef" in manifest:
        copy["roleRef"] = {**manifest["roleRef"], "name": PREFIX + manifest["roleRef"]["name"]}
    return copy


def report(comparison: Comparison) -> str:
    """Return all that was measured, and the ratios of medians."""
    seconds = comparison.seconds

    def row(name: str, calls: str | None = None) -> list[str]:
        return [name, spread(seconds[name]), str(comparison.calls.get(calls or name, ""))]

    names = [*seconds]
    measured = table(["", "median (all between)", "API calls"], [row(name) for name in names])

    def ratios(ours: str, theirs: str) -> list[list[str]]:
        return [
            [ours, f"{theirs} ({who})", f"{median(seconds[f'{theirs} ({who})']) / median(seconds[ours]):.1f}"]
            for who in comparison.kubectls
            if f"{theirs} ({who})" in seconds
        ]

    pairs: list[tuple[str, str]] = [
        ("create", "kubectl apply"),
        ("unchanged", "kubectl apply again"),
        ("unchanged, --watch", "kubectl apply again"),
        ("unchanged, command", "kubectl apply again"),
        ("end", "kubectl delete"),
        ("end", "kubectl delete --wait=false"),
    ]
    compared = table(["ours", "against", "times as fast"], [line for pair in pairs for line in ratios(*pair)])
    return f"{comparison.many} grants\n\n{measured}\n\n{compared}\n"


def run(many: int, rounds: int, out: Callable[[str], None]) -> None:
    """Measure on an API server of its own and print."""
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-") as folder:
        stage = Stage(Path(folder), many)
        try:
            comparison = Comparison(stage, many)
            out(f"Machine: {machine()}\n")
            for number in range(rounds):
                say(f"round {number + 1} of {rounds}")
                comparison.round()
            out(report(comparison))
            out(f"Machine afterwards: {machine()}")
        finally:
            stage.close()
