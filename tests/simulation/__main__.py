"""Simulate by hand: `python -m tests.simulation --runs 10000`, or replay one with `--seed N` or `--script FILE`."""

import argparse
import sys
import time
from pathlib import Path
from random import Random

from tests.simulation.drawn import drawn_script
from tests.simulation.play import Played, play
from tests.simulation.script import Script


def main() -> int:
    """Play, and say what is broken; 1 where something is."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=0, help="Play so many seeds.")
    parser.add_argument("--first", type=int, default=0, help="The first seed of --runs.")
    parser.add_argument("--seed", type=int, help="Play this seed and print its log.")
    parser.add_argument(
        "--script", type=Path, help="Play the script in this file (`-`: standard input) and print its log."
    )
    parser.add_argument("--all", action="store_true", help="Print reads too.")
    given = parser.parse_args()
    if given.script is not None:
        text = sys.stdin.read() if str(given.script) == "-" else given.script.read_text()
        return _replay(Script.parse(text), everything=given.all)
    if given.seed is not None:
        return _replay(drawn_script(Random(given.seed)), everything=given.all)
    return _many(range(given.first, given.first + given.runs))


def _replay(script: Script, *, everything: bool) -> int:
    played = play(script)
    print(*(line for line in played.log if everything or " GET " not in line or "[" in line), sep="\n")
    return _told(script, played)


def _told(script: Script, played: Played) -> int:
    if played.broken is None:
        print(f"all laws held in {played.runs} runs")
        return 0
    print(f"BROKEN: {played.broken}\n{script.line()}")
    return 1


def _many(seeds: range) -> int:
    begun, broken, runs, calls, granted = time.monotonic(), 0, 0, 0, 0
    for seed in seeds:
        script = drawn_script(Random(seed))
        played = play(script)
        runs, calls, granted = runs + played.runs, calls + len(played.log), granted + len(played.world.oracle.granted)
        if played.broken is not None:
            broken += 1
            print(f"seed {seed}: {played.broken}", flush=True)
    took = time.monotonic() - begun
    print(f"{len(seeds)} scripts, {runs} runs, {calls} calls, {granted} grants seen, {broken} broken, {took:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
