"""Processes that are stopped between two writes, and go on when what they were about to grant is over, or was taken back."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.cluster.faulty_stage import BINDINGS, CLUSTER, ROLES, FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.faults import Asked, FaultProxy
from tests.cluster.sweeper_stage import sweeping

COMMANDS = {"once": [], "watched": ["--watch", "--interval", "2", "--log", "json"]}
TAKEN_BACK = ["revoked", "deleted"]
OVER = "the window of this object is already over"
SESSIONS, UPSTREAM = "breakglasssessions", "breakglass.t-caas.telekom.com"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("suspended"), [*COMMANDS, *TAKEN_BACK])
    stage.install()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def proxy(stage: FaultyStage) -> Iterator[FaultProxy]:
    proxy = FaultProxy(stage.server, stage.reconciler.kubeconfig, stage.folder, hang=1)
    yield proxy
    proxy.close()


class Suspended:
    """A `reconcile` that is stopped as soon as it has sent the write that `what` chooses, which the API server carries out."""

    def __init__(self, stage: FaultyStage, proxy: FaultProxy, what: Callable[[Asked], bool], *options: str) -> None:
        self._what = what
        self.is_stopped = False
        self.out = stage.folder / f"suspended-{time.monotonic_ns()}.log"
        self.command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
        self.command += ["--key", str(stage.folder / "signing-key"), *options]
        direct = stage.reconciler_config.read_bytes()
        stage.reconciler_config.write_bytes(proxy.kubeconfig.read_bytes())
        try:
            with proxy.troubled(self._stops), self.out.open("wb") as file:
                self.process = subprocess.Popen(self.command, stdout=file, stderr=subprocess.STDOUT, cwd=stage.folder)
                eventually(lambda: self.is_stopped, "it never comes to that write")
        finally:
            stage.reconciler_config.write_bytes(direct)

    def goes_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    @property
    def said(self) -> str:
        return self.out.read_text()

    def _stops(self, asked: Asked) -> None:
        if not self.is_stopped and asked.write and self._what(asked):
            self.process.send_signal(signal.SIGSTOP)
            self.is_stopped = True


@contextmanager
def suspended(
    stage: FaultyStage, proxy: FaultProxy, what: Callable[[Asked], bool], *options: str
) -> Iterator[Suspended]:
    """End it in any case."""
    process = Suspended(stage, proxy, what, *options)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.wait()


def made(stage: FaultyStage, name: str, path: str) -> list[int]:
    """How the API server answered whoever would make an object of a request, by its audit log."""
    return [
        event["responseStatus"]["code"]
        for event in stage.server.audit_events()
        if event["verb"] == "create" and event["requestURI"].startswith(path) and "dryRun" not in event["requestURI"]
        if (event.get("objectRef") or {}).get("name", "").rpartition("-")[0] == f"bg-{name}"
    ]


@pytest.mark.threat("E2")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_that_sleeps_between_role_and_binding_past_the_end_binds_nobody_and_leaves_nothing(stage, proxy, name):
    stage.ask(name, seconds=15)
    with suspended(stage, proxy, lambda asked: asked.path.startswith(ROLES), *COMMANDS[name]) as run:
        eventually(lambda: stage.left(name) == ["role"])
        stage.wait_until(stage.record(name)["metadata"]["annotations"]["gitops-breakglass.dev/expires-at"])
        run.goes_on()
        if name == "once":
            assert run.process.wait(60) == 6, run.said
            assert OVER in run.said
            stage.sweep()
        eventually(lambda: stage.left(name) == [] and "endedAt" in stage.record(name).get("status", {}))
        assert 201 not in made(stage, name, BINDINGS)
        assert not stage.may(name)


@pytest.mark.threat("E3")
def test_what_was_taken_back_while_a_run_slept_is_ended_again_at_once_by_the_sweeper(stage, proxy):
    """The run is stopped before the Roles, the last moment at which it does not know; a single run takes no Lease."""
    for name in TAKEN_BACK:
        stage.ask(name, seconds=900)
    with (
        sweeping(stage) as sweeper,
        suspended(stage, proxy, lambda asked: asked.path.partition("?")[0].endswith(SESSIONS)) as run,
    ):
        stage.run("revoke", f"{CLUSTER}/revoked")
        stage.world.policy({f"requests/{CLUSTER}/deleted.yaml": None}, by=stage.world.person("lead"))
        stage.reconcile()
        assert all("endedAt" in stage.record(name)["status"] for name in TAKEN_BACK)
        run.goes_on()
        eventually(lambda: run.process.poll() is not None)
        for name in TAKEN_BACK:
            # Nothing but its record tells of the end, and the run that slept had read it before.
            assert made(stage, name, BINDINGS) == [201], run.said
            eventually(lambda name=name: stage.left(name) == [], seconds=15)
            assert sweeper.of("deleted", name)
            assert not stage.may(name)
