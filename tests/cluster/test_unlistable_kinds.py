"""One kind that can't be listed holds up no end of what can be, on a real API server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from gitops_breakglass.model.kube import NAMESPACE
from tests.cluster.faulty_stage import RBAC, FaultyStage
from tests.cluster.sweeper_stage import Sweeper, overrun, promised, sweeping

ROLE = f"{RBAC}/namespaces/{NAMESPACE}/roles/gitops-breakglass-sweeper"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("kinds"), ["once", "loop"])
    stage.install()
    # Somebody else's CRD may be broken, or the right to it be lost: neither says anything about bindings.
    rules = stage.admin.must("GET", ROLE)["rules"]
    stage.admin.must(
        "PATCH", ROLE, {"rules": [each for each in rules if "breakglasssessions" not in each["resources"]]}
    )
    yield stage
    stage.close()


def test_one_sweep_ends_what_it_sees_and_says_what_it_can_t_see(stage):
    stage.ask("once", seconds=30)
    stage.reconcile()
    stage.wait_until(promised(stage, "once").isoformat())
    sweeper = Sweeper(stage.sweeper.kubeconfig, stage.folder / "once.log", "--once")
    try:
        code = sweeper.process.wait(60)
    except subprocess.TimeoutExpired:
        sweeper.process.kill()
        raise
    assert not stage.may("once"), sweeper.out.read_text()
    assert code == 7
    assert sweeper.of("deleted", "once")
    assert sweeper.of("unreachable")


def test_a_loop_that_begins_then_ends_on_time(stage):
    stage.ask("loop", seconds=30)
    stage.reconcile()
    with sweeping(stage):
        assert overrun(stage, "loop", promised(stage, "loop")).total_seconds() < 2
