"""`check` on many requests, cold, with its cache, and on one file, against kubeconform and conftest on the same files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import check_corpus, others
from benchmarks.measure import duration, machine, say, spread, table
from gitops_breakglass.adapters.processes import cores

SETTLES = 3.0
"""Seconds after which what was written may be taken for unchanged by how it looks."""
PASSED, FINDINGS = (0,), (0, 1, 3)


@dataclass
class Runs:
    """One command, what it said, and what each run took: wall and CPU seconds, and the most memory of one process in MB."""

    name: str
    command: list[str]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    told: str = ""

    def run(self, environment: dict[str, str]) -> None:
        """Run it to its end; findings are no failure."""
        with tempfile.TemporaryFile() as output:
            begun = time.perf_counter()
            process = subprocess.Popen(self.command, stdout=output, stderr=output, env=environment)
            _, status, used = os.wait4(process.pid, 0)
            self.wall.append(time.perf_counter() - begun)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.told = output.read().decode(errors="replace")
        assert process.returncode in FINDINGS, self.told[-2000:]
        self.cpu.append(used.ru_utime + used.ru_stime)
        self.memory.append(used.ru_maxrss / 1024)

    def forget(self) -> None:
        """Begin anew."""
        self.wall, self.cpu, self.memory = [], [], []


def ours(*arguments: str | Path) -> list[str]:
    """Return the command of this checkout."""
    return [sys.executable, "-m", "gitops_breakglass", "check", *map(str, arguments)]


def run(many: int, rounds: int, out: Callable[[str], None]) -> None:
    """Write a corpus, run all commands in turn, and print what they took and the ratios to kubeconform."""
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-") as folder:
        root = Path(folder, "access")
        root.mkdir()
        say(f"writing {many} requests")
        requests = check_corpus.write(root, many)
        one = requests / "inc-00001.yaml"
        environment = {**os.environ, "XDG_CACHE_HOME": folder, "PYTHONPATH": str(others.HERE.parent)}
        # An installed package has its bytecode beside it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        time.sleep(SETTLES)
        of_many = [
            Runs("kubeconform (schema)", others.kubeconform(requests, workers=cores())),
            Runs("check --no-cache", ours("--no-cache", root)),
            Runs("check --no-cache --jobs 1", ours("--no-cache", "--jobs", "1", root)),
            Runs("check, nothing changed since", ours("--cache", root)),
        ]
        if (judged := others.conftest(requests)) is not None:
            of_many.append(Runs("conftest (rules)", judged))
        of_one = [
            Runs("kubeconform (schema)", others.kubeconform(one, workers=1)),
            Runs("check", ours("--no-cache", one)),
        ]
        out(f"Machine: {machine()}\n")
        for what, runs, times in ((f"{many} requests", of_many, rounds), ("one request", of_one, 3 * rounds)):
            for number in range(times + 1):
                for each in runs:
                    say(f"{what}, round {number} of {times}: {each.name}")
                    each.run(environment)
                    if not number:
                        # Whatever is kept for the next run is there now: files in memory, bytecode, verdicts.
                        each.forget()
            out(f"### {what}\n\n{report(runs)}\n")
        out(f"Machine afterwards: {machine()}")
        out("\n".join(f"{each.name}: {_last(each.told)}" for each in of_many))


def report(runs: Sequence[Runs]) -> str:
    """Return a table; ratios are medians of those in the same round to the first command."""
    first = runs[0]

    def ratio(mine: list[float], theirs: list[float]) -> str:
        ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
        return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"

    rows = [
        [
            each.name,
            spread(each.wall),
            ratio(each.wall, first.wall),
            duration(median(each.cpu)),
            ratio(each.cpu, first.cpu),
            f"{max(each.memory):.0f} MB",
        ]
        for each in runs
    ]
    return table(["", "wall: median (all between)", "ratio of wall", "CPU", "ratio of CPU", "most memory"], rows)


def _last(told: str) -> str:
    """Return the line in which a tool counts."""
    lines = [line for line in told.splitlines() if re.search(r"\d+ (?:requests|tests|resources)", line)]
    return lines[-1] if lines else f"{len(told.splitlines())} lines"
