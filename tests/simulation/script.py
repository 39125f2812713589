"""Scripts: what happens in one simulation, one event after the other, as a line of JSON that can be replayed."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from tests.simulation.faults import Fault, Mishap


@dataclass(frozen=True)
class Ask:
    """Somebody asks, is approved or not, and it is merged."""

    author: str
    kind: str
    minutes: int
    approval: str = "good"


@dataclass(frozen=True)
class Approve:
    """Ben approves it now, late or not."""

    ask: int


@dataclass(frozen=True)
class Withdraw:
    """Its approvals are dismissed."""

    ask: int


@dataclass(frozen=True)
class Delete:
    """Its file is deleted on the default branch."""

    ask: int


@dataclass(frozen=True)
class Policy:
    """A file of the policy side is taken away or put back, with approval or without."""

    path: str
    there: bool
    approved: bool = True


@dataclass(frozen=True)
class Rewind:
    """The default branch is forced backwards by so many commits; zero puts it back to the newest."""

    commits: int


@dataclass(frozen=True)
class Down:
    """What can't be read from now on: `git`, `forge`, or nothing."""

    what: str


@dataclass(frozen=True)
class Use:
    """Its author does something by what it gives, if it gives anything."""

    ask: int


@dataclass(frozen=True)
class Log:
    """What becomes of the audit log: `late`, `back`, or `cut`."""

    what: str


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Attack:
    """The cluster's administrator, past the guard, does something to one of the objects of grants."""

    what: str
    which: int


@dataclass(frozen=True)
class Actor:
    """One process of a run; `word` is what it takes.

    `reconcile`, `tell` (which reconciles and tells people), `sweep`, `revoke`, `watch`, `sweep-loop`, `replica`, `attack`, `asks`.
    """

    kind: str
    word: int = 0
    mishaps: tuple[Mishap, ...] = ()


@dataclass(frozen=True)
class Run:
    """Processes that run at the same time; `switches` are how many calls pass until each change of turns."""

    actors: tuple[Actor, ...]
    switches: tuple[int, ...] = ()


Event = Ask | Approve | Withdraw | Delete | Policy | Rewind | Down | Use | Log | Wait | Attack | Run
_EVENTS = {
    each.__name__: each for each in (Ask, Approve, Withdraw, Delete, Policy, Rewind, Down, Use, Log, Wait, Attack, Run)
}


@dataclass(frozen=True)
class Script:
    """A whole simulation. Skews are in seconds: how far the clocks are ahead of the true time."""

    events: tuple[Event, ...]
    forge_skew: int = 0
    cluster_skew: float = 0.0
    own_skew: int = 0
    guarded: bool = True
    """Whether fence and guard are installed."""

    def line(self) -> str:
        """The script as one line, for a replay."""
        skews = [self.forge_skew, self.cluster_skew, self.own_skew, self.guarded]
        return json.dumps(
            [skews, *([type(each).__name__, *asdict(each).values()] for each in self.events)], default=str
        )

    @classmethod
    def parse(cls, line: str) -> "Script":
        skews, *events = json.loads(line)
        return cls(tuple(_event(*each) for each in events), *skews)


def _event(name: str, *words: Any) -> Event:
    if name == "Run":
        actors, switches = words
        return Run(tuple(_actor(each) for each in actors), tuple(switches))
    found: Event = _EVENTS[name](*words)
    return found


def _actor(told: dict[str, Any]) -> Actor:
    mishaps = [Mishap(**{**each, "fault": Fault(each["fault"])}) for each in told["mishaps"]]
    return Actor(told["kind"], told["word"], tuple(mishaps))
