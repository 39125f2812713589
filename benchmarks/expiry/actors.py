"""Who ends access for as long as it lives, as processes of their own: the reconciler's loop and the sweeper's."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from benchmarks.expiry.stage import ExpiryStage

INTERVAL = 60
"""Seconds: the longest pause of the reconciler's loop."""


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
