"""How long the command takes before it does anything, against Python's own start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.measure import duration, machine, spread, table, timed

EXAMPLE = Path(__file__).parents[1] / "examples" / "access-repo"
HELP = [sys.executable, "-m", "gitops_breakglass", "--help"]
_TOTAL = re.compile(r"^import time: +\d+ \| +(\d+) \| (\S.*)$", re.MULTILINE)


def run(rounds: int, out: Callable[[str], None]) -> None:
    """Measure and print; every command once before the clock runs, so that all are in the page cache."""
    commands = {
        "python -c pass": ([sys.executable, "-c", "pass"], rounds),
        "gitops-breakglass --help": (HELP, rounds),
        "gitops-breakglass check (example repository)": (
            [sys.executable, "-m", "gitops_breakglass", "check", str(EXAMPLE)],
            max(3, rounds // 5),
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    # In turn, so that what else the machine does meets all of them alike.
    for number in range(rounds + 1):
        for name, (command, times) in commands.items():
            if number <= times:
                taken, _done = timed(lambda command=command: subprocess.run(command, capture_output=True, check=False))
                if number:
                    seconds[name].append(taken)
    out(f"Machine: {machine()}\n")
    out(table(["", "median (all between)"], [[name, spread(values)] for name, values in seconds.items()]))
    plain, helped, _ = (median(values) for values in seconds.values())
    imports = median(imported() for _ in range(max(3, rounds // 3)))
    out(
        f"\n--help beyond Python's own start: {duration(helped - plain)}; imports alone: {duration(imports)} (aim: < 100 ms)"
    )


def imported() -> float:
    """Return the seconds that --help spends on imports which `python -c pass` does not make."""
    told = subprocess.run([*HELP[:1], "-X", "importtime", *HELP[1:]], capture_output=True, text=True, check=True).stderr
    # Only what is at the outermost level: the figure of a module holds those of what it imports.
    return sum(int(taken) for taken, name in _TOTAL.findall(told) if name not in _always()) / 1e6


def _always() -> frozenset[str]:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True, check=True
    )
    return frozenset(name for _, name in _TOTAL.findall(told.stderr))
