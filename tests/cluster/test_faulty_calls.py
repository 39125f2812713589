"""Calls to the real API server go wrong, one after the other: grants are whole or not there, and end all the same.

What the simulation does with thousands of scripts is done here with a few, by real calls of the subjects.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.model.outcome import ClusterReport
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import settled
from tests.cluster.harness.faults import Asked, Choice, FaultProxy, Trouble, everything, write_number
from tests.cluster.reconcile_stage import ENDED, GRANTED, opened, run_by, state

PATIENCE = 2.0
"""Seconds that our client gives a call, with its repetitions."""
WRITES = 8
"""About as many as a run makes that grants one request."""
SHORT, LONG = 12, 3600
SAMPLE = [(each, Random(f"{each}").randint(1, WRITES)) for each in Trouble]
"""Each trouble with the number of the write that meets it; the same in each run of the tests."""
REFUSED = (Trouble.DROP, Trouble.DROP_DONE, Trouble.FORBIDDEN, Trouble.ERROR, Trouble.HANG_DONE)
PEOPLE = [*(f"made-{each}" for each in Trouble), *(f"ends-{each}" for each in REFUSED), "cut-off", "stale"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("faults"), PEOPLE)
    try:
        stage.install()
        yield stage
    finally:
        stage.close()


@pytest.fixture(scope="module")
def proxy(stage: FaultyStage) -> Iterator[FaultProxy]:
    """In front of the API server for the reconciler, who sweeps too."""
    proxy = FaultProxy(stage.server, stage.reconciler.kubeconfig, stage.folder, hang=PATIENCE + 1)
    yield proxy
    proxy.close()


@contextmanager
def through(proxy: FaultProxy) -> Iterator[KubernetesCluster]:
    """The cluster as the reconciler reaches it through the proxy."""
    with KubernetesCluster(CLUSTER, KubernetesTarget(str(proxy.kubeconfig)), deadline=PATIENCE) as cluster:
        yield cluster


def reconciled(stage: FaultyStage, proxy: FaultProxy, choice: Choice | None = None) -> ClusterReport:
    """Run once, through the proxy where something is to go wrong."""
    if choice is None:
        with opened(stage) as cluster:
            return run_by(stage, cluster, ThreadPool()).clusters[0]
    with through(proxy) as cluster, proxy.troubled(choice):
        return run_by(stage, cluster, ThreadPool()).clusters[0]


def swept(stage: FaultyStage, proxy: FaultProxy, choice: Choice) -> ClusterReport:
    """Sweep once through the proxy."""
    with through(proxy) as cluster, proxy.troubled(choice):
        report = sweep(cluster, ThreadPool())
    settled(stage.admin)
    return report


def until_over(stage: FaultyStage, *names: str) -> None:
    stage.wait_until(max(stage.record(name)["status"]["expiresAt"] for name in names))


@pytest.mark.threat("E2")
@pytest.mark.parametrize("trouble, number", SAMPLE, ids=[f"{trouble}-{number}" for trouble, number in SAMPLE])
def test_a_grant_of_which_one_write_went_wrong_is_whole_after_the_next_run(stage, proxy, trouble, number):
    name = f"made-{trouble}"
    stage.ask(name, seconds=LONG)
    proxy.hits.clear()
    reconciled(stage, proxy, write_number(number, trouble, times=3))
    assert proxy.hits
    if stage.may(name):
        # Access hangs on a record that lists it, whatever else could not be written.
        assert {"ClusterRole", "ClusterRoleBinding"} <= {
            each["kind"] for each in stage.record(name)["spec"]["inventory"]
        }
    for _ in range(2):
        report = reconciled(stage, proxy)
    assert report.plan is not None
    assert (report.plan.creations, report.plan.ends, report.plan.decisions) == ((), (), ())
    assert state(stage, name) == GRANTED


@pytest.mark.threat("E2")
def test_ends_whose_calls_go_wrong_each_in_another_way_are_made_by_the_next_sweep(stage, proxy):
    names = [f"ends-{trouble}" for trouble in REFUSED]
    for name in names:
        stage.ask(name, seconds=SHORT)
    reconciled(stage, proxy)
    troubles = {stage.binding(f"ends-{trouble}").rpartition("/")[2]: trouble for trouble in REFUSED}

    def each_its_own(asked: Asked) -> Trouble | None:
        return troubles.get(asked.path.rpartition("/")[2]) if asked.method == "DELETE" else None

    until_over(stage, *names)
    proxy.hits.clear()
    swept(stage, proxy, each_its_own)
    # The Role has the name of its binding, and is emptied where that could not be deleted.
    assert {hit.partition(" ")[0] for hit in proxy.hits} == set(REFUSED)
    assert [name for name in names if stage.may(name)] == []
    swept(stage, proxy, lambda _: None)
    assert {name: state(stage, name) for name in names} == dict.fromkeys(names, ENDED)


@pytest.mark.threat("E1")
def test_what_was_due_while_the_cluster_could_not_be_reached_ends_with_the_first_sweep_that_reaches_it(stage, proxy):
    stage.ask("cut-off", seconds=SHORT)
    reconciled(stage, proxy)
    assert stage.may("cut-off")
    until_over(stage, "cut-off")
    for trouble in (Trouble.DROP, Trouble.AWAY):
        assert swept(stage, proxy, everything(trouble)).unreachable is not None
        assert reconciled(stage, proxy, everything(trouble)).unreachable is not None
    assert stage.may("cut-off")
    begun = time.monotonic()
    report = swept(stage, proxy, lambda _: None)
    assert report.unreachable is None
    assert time.monotonic() - begun < 30
    assert state(stage, "cut-off") == ENDED


def test_a_sweep_that_is_told_an_old_time_ends_nothing_early_and_the_next_one_ends_it(stage, proxy):
    stage.ask("stale", seconds=SHORT)
    reconciled(stage, proxy)
    until_over(stage, "stale")
    swept(stage, proxy, everything(Trouble.STALE))
    swept(stage, proxy, lambda _: None)
    assert state(stage, "stale") == ENDED
