"""`reconcile --watch` as a process: ends on time, new merges, a repository that vanishes, and how it stops."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gitops_breakglass.model.kube import EXPIRES_AT
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import eventually

PUNCTUAL = timedelta(seconds=25)
"""An attempt that a busy API server turned away is made again after ten seconds at most; the interval is sixty."""
PEOPLE = ["first", "second", "third", "newcomer"]


GRANTED = f"granted   {CLUSTER}/newcomer"


def told_in(said: str) -> int:
    """How many runs a text tells of."""
    return said.count(f"{CLUSTER} at ")


class Loop:
    """A `reconcile --watch` that runs beside the test."""

    def __init__(self, stage: FaultyStage, out: Path, interval: float) -> None:
        command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--watch", "--interval", str(interval)]
        command += ["--repo", str(stage.world.path), "--key", str(stage.folder / "signing-key")]
        self.out = out
        with out.open("wb") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=stage.folder)

    @property
    def said(self) -> str:
        return self.out.read_text()

    @property
    def runs(self) -> int:
        """How many runs have been told so far."""
        return told_in(self.said)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code. It must not need the rest of its interval for that."""
        self.process.send_signal(number)
        return self.process.wait(45)


@contextmanager
def looping(stage: FaultyStage, interval: float) -> Iterator[Loop]:
    loop = Loop(stage, stage.folder / f"watch-{time.monotonic_ns()}.log", interval)
    try:
        yield loop
    finally:
        loop.process.kill()
        loop.process.wait()


@dataclass
class Story:
    """What the loops did."""

    overrun: dict[str, timedelta] = field(default_factory=dict)
    """How long after its promised end a subject's calls were still answered."""
    newcomer_runs: int = 0
    stopped: int = -1
    stopped_by_interrupt: int = -1
    said: str = ""
    ended: dict[str, bool] = field(default_factory=dict)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("watch"), PEOPLE)
    stage.install()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def story(stage: FaultyStage) -> Story:
    """Live through it once: a short interval that notices a merge, then a long one that does not delay ends."""
    story = Story()
    with looping(stage, 2) as loop:
        eventually(lambda: loop.runs)
        stage.ask("newcomer", seconds=600)
        before = loop.runs
        eventually(lambda: stage.may("newcomer"))
        eventually(lambda: GRANTED in loop.said)
        story.newcomer_runs = told_in(loop.said.partition(GRANTED)[0]) - before
        story.stopped_by_interrupt = loop.stop(signal.SIGINT)
    stage.ask("first", seconds=30)
    stage.ask("second", seconds=36)
    # By then the loop tries ever more slowly to read the repository: it ends while one of the long pauses would last.
    stage.ask("third", seconds=50)
    with looping(stage, 60) as loop:
        eventually(lambda: stage.may("first") and stage.may("second") and stage.may("third"))
        story.overrun["first"] = overrun(stage, "first")
        shutil.move(stage.world.path, stage.folder / "moved-away")
        story.overrun["second"] = overrun(stage, "second")
        story.overrun["third"] = overrun(stage, "third")
        eventually(lambda: "endedAt" in stage.record("third")["status"])
        story.stopped = loop.stop()
        story.said = loop.said
    story.ended = {name: stage.left(name) == [] for name in PEOPLE}
    return story


def overrun(stage: FaultyStage, name: str) -> timedelta:
    """Wait for the subject's calls to be refused; how long that was after the promised end, by this machine's clock."""
    end = datetime.fromisoformat(stage.record(name)["metadata"]["annotations"][EXPIRES_AT])
    eventually(lambda: not stage.may(name), seconds=120)
    return datetime.now(end.tzinfo) - end


def test_a_merge_is_noticed_within_the_interval(story):
    assert story.newcomer_runs <= 3


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_a_grant_ends_on_time_however_long_the_interval_is(story, name):
    """When the second and the third one end, the repository is not there any more."""
    assert timedelta() <= story.overrun[name] < PUNCTUAL


def test_a_repository_that_vanishes_is_told_and_changes_nothing_about_ends(story):
    assert "unknown: " in story.said
    assert story.ended == {"first": True, "second": True, "third": True, "newcomer": False}


def test_it_stops_when_asked_with_the_code_of_its_last_run(story):
    assert (story.stopped_by_interrupt, story.stopped) == (0, 7)
