"""`kill -9` of everything at random moments: after one run of the sweeper nothing is overdue, after one more all is as it should be.

    python -m tests.cluster.killing [--times 500] [--seed N]

In each round requests of every short kind are merged, reconciler, loop and sweeper are at work, and each is killed at a moment
of its own; now and then the API server is killed too. A round that fails prints the seed of its stage, with which it is
drawn again: the same requests, victims and moments, though not the same calls under way.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.cluster.harness.becoming import settled
from tests.cluster.killing_processes import Processes, Victim
from tests.cluster.killing_stage import Asked, KillingStage, names

ROUNDS = 40
"""How many rounds a stage has: each adds records, which every later run reads."""
EVERY_MINUTE = "minutely"
_MERGES = (0, 1, 1, 2)
_SECONDS = (5, 9)
_VICTIMS = (
    ("reconcile",),
    ("reconcile",),
    ("watch",),
    ("sweeper",),
    ("sweep",),
    ("watch", "sweeper"),
    ("reconcile", "sweep"),
    ("reconcile", "reconcile"),
)
_LONGEST = {"watch": 4.0, "sweeper": 3.0, "sweep": 1.0, "reconcile": 2.5}
"""Seconds after its start within which each is killed; a run that is done by then was not killed, and does not count."""
_SERVER = 0.04


@dataclass
class Told:
    """What came of it."""

    kills: int = 0
    by: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def note(self, name: str) -> None:
        self.kills += 1
        self.by[name] = self.by.get(name, 0) + 1

    def __str__(self) -> str:
        return f"{self.kills} kills ({', '.join(f'{name} {count}' for name, count in sorted(self.by.items()))})"


class Killing:
    """One stage and its rounds, all drawn from one seed."""

    def __init__(self, folder: Path, seed: int, told: Told) -> None:
        self.seed = seed
        self.told = told
        self._random = Random(seed)
        # Somebody asks at most once, so that a call tells of one grant.
        self._people = list(names(ROUNDS * 3))
        self.stage = KillingStage(folder, [*self._people, EVERY_MINUTE])
        (folder / "said").mkdir()
        self.processes = Processes(folder / "said")
        self.stage.asks_each_minute(EVERY_MINUTE, 20)
        self._finishes("reconcile")

    def round(self, number: int) -> None:
        """Kill in the midst of it, sweep once, reconcile once, and look after each."""
        self._merges(self._random.choice(_MERGES))
        chosen = self._random.choice(_VICTIMS)
        moments = sorted((self._random.uniform(0, _LONGEST[name]), place) for place, name in enumerate(chosen))
        server = self._random.uniform(0, 1.5) if self._random.random() < _SERVER else None
        later = self._random.choice((0, 0, 1))
        begun = time.monotonic()
        victims = [self.processes.start(*self._command(name)) for name in chosen]
        if later:
            self._merges(later)
        if server is not None:
            _sleep_until(begun + server)
            self.stage.server.kill()
            self.told.note("kube-apiserver")
        for moment, place in moments:
            _sleep_until(begun + moment)
            if victims[place].kill():
                self.told.note(chosen[place])
        if server is not None:
            self.stage.server.start()
            settled(self.stage.admin)
        if self._random.random() < 0.2:
            self._takes_back()
        what = (
            f"seed {self.seed}, round {number}: {' and '.join(chosen)}{' and the API server' if server else ''} killed"
        )
        self._looks(what, victims)

    def _looks(self, what: str, victims: list[Victim]) -> None:
        stage = self.stage
        then = stage.now()
        said = self._finishes("sweep")
        found = [*stage.overdue(then), *(f"{name} is let in after its end" for name in stage.let_in(then))]
        since = stage.now()
        said += self._finishes("reconcile")
        found += stage.wrong(since)
        found += [f"changed, and not ours: {each}" for each in stage.touched()]
        found += stage.made_twice()
        if found:
            words = "\n".join(f"--- {each.name}\n{each.said[-1500:]}" for each in victims)
            self.told.failed.append("\n".join([what, *found, words, "--- afterwards", said[-3000:]]))
            print(self.told.failed[-1], file=sys.stderr, flush=True)

    def _merges(self, many: int) -> None:
        for _ in range(many):
            kind = self._random.choice(("session", "session", "breakglass"))
            self.stage.asks_once(self._people.pop(), self._random.randint(*_SECONDS), kind=kind)

    def _takes_back(self) -> None:
        open_ones = [each for each in self.stage.asked if not each.recurs and not each.taken_back]
        if open_ones:
            chosen: Asked = self._random.choice(open_ones[-3:])
            self.stage.takes_back(chosen)

    def _command(self, name: str) -> list[str]:
        stage = self.stage
        repository = ["--repo", str(stage.world.path), "--key", str(stage.folder / "signing-key")]
        kubeconfig = ["--kubeconfig", str(stage.sweeper.kubeconfig)]
        return {
            "reconcile": ["reconcile", *repository],
            "watch": ["reconcile", "--watch", "--interval", "1", *repository],
            "sweep": ["sweep", *kubeconfig],
            "sweeper": ["sweeper", *kubeconfig],
        }[name]

    def _finishes(self, name: str) -> str:
        code, said = self.processes.run(*self._command(name))
        assert code == 0, f"seed {self.seed}: {name} ended with {code}\n{said}"
        return said

    def close(self) -> None:
        """Stop everything."""
        self.stage.close()


def killed(folder: Path, times: int, seed: int) -> Told:
    """Kill so many times, on as many stages as it takes; what came of it."""
    told = Told()
    stages = 0
    while told.kills < times:
        killing = Killing(folder / f"stage-{stages}", seed + stages, told)
        try:
            for number in range(ROUNDS):
                if told.kills >= times:
                    break
                try:
                    killing.round(number)
                except AssertionError as error:
                    told.failed.append(f"seed {killing.seed}, round {number}: {error}")
                    print(told.failed[-1], file=sys.stderr, flush=True)
                    break
        finally:
            killing.close()
        stages += 1
        print(f"{told}, {len(told.failed)} failed", file=sys.stderr, flush=True)
    return told


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def main() -> None:
    """Read the arguments, kill, and end with 1 where a round failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster.killing", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--times", type=int, default=500, metavar="N", help="how many processes are killed (500)")
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="what it is drawn from (a new one each time)"
    )
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else Random().randrange(10**6)
    print(f"seed {seed}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-killing-", ignore_cleanup_errors=True) as folder:
        begun = time.monotonic()
        told = killed(Path(folder), given.times, seed)
    print(f"{told} in {(time.monotonic() - begun) / 60:.0f} minutes, {len(told.failed)} failed", flush=True)
    sys.exit(1 if told.failed else 0)


if __name__ == "__main__":
    main()
