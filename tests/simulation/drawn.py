"""Scripts drawn by chance: the same function serves seeds and hypothesis, which shrinks what it draws."""

from random import Random

from tests.simulation.attacks import WHATS
from tests.simulation.faults import Fault, Mishap
from tests.simulation.script import (
    Actor,
    Approve,
    Ask,
    Attack,
    Delete,
    Down,
    Event,
    Log,
    Policy,
    Rewind,
    Run,
    Script,
    Use,
    Wait,
    Withdraw,
)

KINDS = ("shell", "keepers", "viewer", "edit", "daily", "idle")
APPROVALS = ("good", "good", "good", "good", "none", "self", "stranger", "other", "withdrawn")
ACTORS = (*("reconcile", "reconcile", "tell", "sweep", "sweep", "revoke", "watch", "sweep-loop", "attack", "replica"),)
LONGEST_RUN, MOST_WRITES = 140, 14
"""About as many calls as a run makes that has much to do, and as many writes."""


def drawn_script(random: Random, *, longest: int = 12) -> Script:
    """A script of a few requests, runs with mishaps, and whatever people do in between."""
    # Where everything may happen, hardly anything is promised any more: each script leaves most of it out.
    some = "".join(letter for letter in ("a", "p", "d", "k", "v", "f", "xx", "uu") if random.random() < 0.35)
    events: list[Event] = [_ask(random)]
    if random.random() < 0.5:
        # Much of what goes wrong later needs something that was granted.
        events += [Ask("alice", random.choice(KINDS), 10), Run((Actor("reconcile"),))]
    for _ in range(random.randint(2, longest)):
        events.append(_event(random, f"rrrrwwa{some}"))
    skews = (0, 0, 0, 5, -5, 120, -120)
    return Script(tuple(events), random.choice(skews), random.choice((0.0, 0.0, 0.6, 3.0, -90.0)), random.choice(skews))


def _event(random: Random, letters: str) -> Event:
    match random.choice(letters):
        case "a":
            return _ask(random)
        case "w":
            return Wait(random.choice((1, 30, 61, 299, 300, 301, 600, 1200, 3601)))
        case "p":
            return Policy(f"policies/{random.choice(('shell', 'keepers', 'locked'))}.yaml", random.random() < 0.5)
        case "d":
            return Down(random.choice(("git", "forge", "nothing")))
        case "k":
            return Rewind(random.choice((0, 1, 2)))
        case "v":
            return Withdraw(random.randrange(6)) if random.random() < 0.5 else Approve(random.randrange(6))
        case "f":
            return Delete(random.randrange(6))
        case "u":
            return Use(random.randrange(6)) if random.random() < 0.7 else Log(random.choice(("late", "back", "cut")))
        case "x":
            return Attack(random.choice(WHATS), random.randrange(12))
    return _run(random)


def _ask(random: Random) -> Ask:
    author, kind = random.choice(("alice", "erin")), random.choice(KINDS)
    minutes = 5 if kind == "daily" else random.choice((5, 10, 60))
    return Ask(author, kind, minutes, random.choice(APPROVALS))


def _run(random: Random) -> Run:
    count = random.choice((1, 1, 2, 2, 3))
    actors = tuple(_actor(random) for _ in range(count))
    switches: tuple[int, ...] = ()
    if count > 1:
        top = random.choice((1, 3, 10, 60))
        switches = tuple(random.randint(1, top) for _ in range(random.randint(0, 60)))
    return Run(actors, switches)


def _actor(random: Random) -> Actor:
    kind = random.choice(ACTORS)
    word = (
        random.choice((30, 400, 700))
        if kind in {"watch", "sweep-loop", "replica"}
        else random.randrange(4 * len(WHATS))
    )
    mishaps = tuple(_mishap(random) for _ in range(random.choice((0, 0, 1, 1, 2, 3))))
    return Actor(kind, word, mishaps)


def _mishap(random: Random) -> Mishap:
    fault = random.choice(tuple(Fault))
    length = random.choice((1, 1, 2, 3, 8)) if not fault.startswith("kill") else 1
    seconds = float(random.choice((1, 20, 310))) if fault.startswith(("slow", "still")) else 0.0
    writes = random.random() < 0.5
    return Mishap(random.randint(1, MOST_WRITES if writes else LONGEST_RUN), fault, length, seconds, writes)
