"""Who ends access, as processes of their own: the reconciler's loop, the sweeper's loop, and a sweep each minute."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Protocol, Self

from benchmarks.expiry.stage import ExpiryStage

INTERVAL = 60
"""Seconds between two runs of the CronJob, and the longest pause of the loops."""


class Actor(Protocol):
    """Something that ends access while its block lasts."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Loop:
    """One process of ours that runs until it is stopped or killed."""

    def __init__(self, folder: Path, name: str, arguments: list[str]) -> None:
        self.name = name
        self.out = folder / f"{name}-{time.monotonic_ns()}.log"
        self._command = [sys.executable, "-m", *arguments]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        with self.out.open("ab") as file:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, cwd=self._folder
            )

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def said(self) -> str:
        return self.out.read_text(errors="replace")


def reconciler(stage: ExpiryStage) -> Loop:
    """`reconcile --watch`, as the reconciler's service account."""
    arguments = ["gitops_breakglass", "reconcile", "--watch", "--interval", str(INTERVAL)]
    arguments += ["--repo", str(stage.world.path), "--key", str(stage.folder / "signing-key")]
    return Loop(stage.folder, "reconciler", arguments)


def sweeper(stage: ExpiryStage) -> Loop:
    """The sweeper's loop, as the sweeper's service account."""
    arguments = ["gitops_breakglass.cli.sweeper", "--kubeconfig", str(stage.sweeper.kubeconfig)]
    return Loop(stage.folder, "sweeper", arguments)


class CronJob:
    """A whole `gitops-breakglass-sweeper --once` once a minute, as a CronJob starts it; the first one `first` seconds from now."""

    def __init__(self, stage: ExpiryStage, *, first: float = 0.0) -> None:
        self._folder = stage.folder
        self._command = [sys.executable, "-m", "gitops_breakglass.cli.sweeper", "--once"]
        self._command += ["--kubeconfig", str(stage.sweeper.kubeconfig)]
        self._first = first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        due = time.monotonic() + self._first
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            subprocess.run(self._command, capture_output=True, check=False, cwd=self._folder)
            due += INTERVAL
