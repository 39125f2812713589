"""Processes of ours to be killed: each is forked off one that has imported everything already, so that many can be."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOADED = [
    "gitops_breakglass.adapters.cluster.kubernetes",
    "gitops_breakglass.adapters.signing",
    "gitops_breakglass.cli.main",
    "gitops_breakglass.cli.reconcile",
    "gitops_breakglass.cli.sweep",
    "gitops_breakglass.cli.sweeper",
    "gitops_breakglass.flows.reconcile",
    "gitops_breakglass.flows.ends.sweep",
    "gitops_breakglass.flows.watch",
    "gitops_breakglass.report.run_text",
    "tests.cluster.killing_processes",
]


class Processes:
    """Starts commands of ours, each in a process of its own, and writes what they say into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_LOADED)
        self._count = 0

    def start(self, *arguments: str) -> Victim:
        """Start a command."""
        self._count += 1
        out = self._folder / f"{self._count:04}-{arguments[0]}.log"
        process = self._context.Process(target=_command, args=(arguments, str(out), os.getpid()), daemon=True)
        process.start()
        return Victim(arguments[0], process, out)

    def run(self, *arguments: str, seconds: float = 120.0) -> tuple[int, str]:
        """Run a command to its end; its exit code, and what it said."""
        started = self.start(*arguments)
        started.process.join(seconds)
        assert started.process.exitcode is not None, f"{arguments} goes on after {seconds:g} s\n{started.said}"
        return started.process.exitcode, started.said


class Victim:
    """One process, to be killed."""

    def __init__(self, name: str, process: BaseProcess, out: Path) -> None:
        self.name = name
        self.process = process
        self.out = out

    def kill(self) -> bool:
        """`kill -9`; whether it was still there to be killed."""
        self.process.kill()
        self.process.join(30)
        return self.process.exitcode == -signal.SIGKILL

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.out.read_text(errors="replace") if self.out.exists() else ""


def _command(arguments: tuple[str, ...], out: str, starter: int) -> None:
    # With whoever started it gone, nobody would stop a loop.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with Path(out).open("ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.exit(_main(arguments))


def _main(arguments: tuple[str, ...]) -> object:
    if arguments[0] == "sweeper":
        from gitops_breakglass.cli.sweeper import sweeper

        return sweeper.main(args=list(arguments[1:]), standalone_mode=True)
    from gitops_breakglass.cli.main import main

    return main.main(args=list(arguments), standalone_mode=True)
