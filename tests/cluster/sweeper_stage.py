"""The sweeper as a process beside a test, with what it said."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gitops_breakglass.model.kube import EXPIRES_AT
from tests.cluster.faulty_stage import FaultyStage
from tests.cluster.harness.becoming import eventually


class Sweeper:
    """`gitops-breakglass-sweeper` as the sweeper's account."""

    def __init__(self, kubeconfig: Path, out: Path, *options: str) -> None:
        self.out = out
        self.command = [sys.executable, "-m", "gitops_breakglass.cli.sweeper", "--log", "json"]
        self.command += ["--kubeconfig", str(kubeconfig), *options]
        with out.open("wb") as file:
            self.process = subprocess.Popen(self.command, stdout=file, stderr=subprocess.STDOUT, cwd=out.parent)

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """What it has said so far."""
        return [json.loads(line) for line in self.out.read_text().splitlines() if line.endswith("}")]

    def of(self, event: str, name: str = "") -> list[Mapping[str, Any]]:
        """The events of a kind, about objects of that request."""
        return [
            each for each in self.events if each["event"] == event and (not name or f" bg-{name}-" in each["object"])
        ]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def sweeping(stage: FaultyStage, *options: str) -> Iterator[Sweeper]:
    """Let the loop run, and be at work, until the end of the block."""
    out = stage.folder / f"sweeper-{time.monotonic_ns()}.log"
    sweeper = Sweeper(stage.sweeper.kubeconfig, out, *options)
    try:
        eventually(lambda: sweeper.of("started"))
        yield sweeper
    finally:
        sweeper.process.kill()
        sweeper.process.wait()


def promised(stage: FaultyStage, name: str) -> datetime:
    """The end that the record promises."""
    return datetime.fromisoformat(stage.record(name)["metadata"]["annotations"][EXPIRES_AT])


def overrun(stage: FaultyStage, name: str, end: datetime) -> timedelta:
    """Wait for the subject's calls to be refused; how long after its end that was, by this machine's clock."""
    eventually(lambda: not stage.may(name), seconds=150)
    return datetime.now(end.tzinfo) - end
