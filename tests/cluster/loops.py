"""Loops as processes of their own, with a git that can be made to hang, and what each says of itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import eventually

_GIT = """\
#!/bin/sh
while [ -e "{marker}" ]; do sleep 0.1; done
exec "{git}" "$@"
"""


def slow_git(folder: Path) -> tuple[Path, Path]:
    """A folder for the search path with a git that hangs while a marker is there; and the marker."""
    marker, git = folder / "git-hangs", folder / "bin" / "git"
    git.parent.mkdir()
    git.write_text(_GIT.format(marker=marker, git=shutil.which("git")))
    git.chmod(0o755)
    return git.parent, marker


class Process:
    """A program of ours beside the test; what it says on standard error is events, a line each."""

    def __init__(self, stage: FaultyStage, name: str, words: list[str], path: Path | None = None) -> None:
        self.log = stage.folder / f"{name}.log"
        environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"} if path else dict(os.environ)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words], stdout=log, stderr=subprocess.STDOUT, cwd=stage.folder, env=environment
            )

    def events(self, what: str) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [event for line in lines if line.endswith("}") and (event := json.loads(line))["event"] == what]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Loop(Process):
    """A `reconcile --watch` with metrics."""

    def __init__(self, stage: FaultyStage, name: str, interval: float, path: Path | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = ["gitops_breakglass", "reconcile", "--watch", "--interval", str(interval), "--log", "json"]
        words += ["--listen", f"127.0.0.1:{self.port}", "--repo", str(stage.world.path)]
        super().__init__(stage, name, [*words, "--key", str(stage.folder / "signing-key")], path)

    def metric(self, name: str) -> float | None:
        """The sum of a metric over its labels; None where it is not there, or nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"gitops_breakglass_{name}" and sample.labels.get("cluster", CLUSTER) == CLUSTER
        ]
        return sum(found) if found else None

    def leads(self) -> bool:
        return self.metric("leader") == 1

    def until_leading(self) -> None:
        eventually(self.leads, "it does not lead")


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """End them in any case."""
    try:
        yield
    finally:
        for each in processes:
            each.kill()
