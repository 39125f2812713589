"""Plays a script: each event in turn, the laws after each write and each run, and at the end everything is to have settled."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.outcome import ClusterReport
from tests.simulation import script as words
from tests.simulation.attacks import WHATS, attack, mend
from tests.simulation.baton import Baton, Process
from tests.simulation.chain import ledger_holds
from tests.simulation.guards import RECONCILER, SWEEPER
from tests.simulation.loops import LATEST, judged, sweep_loops, watches
from tests.simulation.notices import MOST_TRIES, PAUSE, Town, tells
from tests.simulation.oracle import ViolationError
from tests.simulation.policy import Signer
from tests.simulation.process import Line, ModelCluster, OneByOne
from tests.simulation.replicas import LATEST as REPLICA_LATEST
from tests.simulation.replicas import Replica, led, takes_over
from tests.simulation.script import Actor, Event, Run, Script
from tests.simulation.world import SIGNER, START, World

RUNS = ("reconcile", "tell")
CALM = 6.0
"""Seconds without a start or an end in which three runs in a row have their place."""


@dataclass
class Played:
    """What came of a script: `broken` says which law, where one is."""

    world: World
    broken: str | None = None
    runs: int = 0
    town: Town | None = None

    @property
    def log(self) -> list[str]:
        return self.world.log


def play(script: Script) -> Played:
    """Play it from the beginning to the end."""
    world = World(forge=script.forge_skew, cluster=script.cluster_skew, own=script.own_skew, guarded=script.guarded)
    stage = _Stage(world)
    played = Played(world)
    try:
        for event in script.events:
            world.log.append(f"-- {event}")
            stage.does(event)
        stage.settles()
    except ViolationError as error:
        played.broken = str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the script that led there is told with it
        played.broken = f"{type(error).__name__}: {error} {traceback.format_exc()[-1500:]}"
    world.close()
    played.runs, played.town = stage.runs, stage.town
    return played


@dataclass
class _Stage:
    world: World
    runs: int = 0
    begun: datetime = START
    signer: Signer = field(default_factory=lambda: SIGNER)
    town: Town | None = None
    """Where people are told, if they are."""

    def does(self, event: Event) -> None:
        world, asked = self.world, self.world.oracle.asked
        match event:
            case words.Ask():
                world.asks(event.author, event.kind, event.minutes, event.approval)
            case words.Wait():
                world.time.passes(event.seconds)
            case words.Down():
                world.git.down = "the repository is down" if event.what == "git" else None
                world.hub.down = "the forge is down" if event.what == "forge" else None
            case words.Rewind():
                self._odd()
                world.git.head = world.newest.line[min(event.commits, len(world.newest.line) - 1)]
            case words.Policy():
                self._odd()
                world.changes_policy(event.path, there=event.there, approved=event.approved)
            case words.Attack():
                attack(world, event.what, event.which)
            case Run():
                self.run(event)
            case words.Log():
                if world.audit is not None:
                    world.audit.becomes(event.what)
            case _ if not asked:
                pass
            case words.Use():
                if world.audit is not None:
                    world.audit.uses(asked[event.ask % len(asked)])
            case words.Approve():
                world.hub.reviews(asked[event.ask % len(asked)].pull, "ben")
            case words.Withdraw():
                asked[event.ask % len(asked)].was_odd = True
                world.hub.withdraws(asked[event.ask % len(asked)].pull)
            case words.Delete():
                world.deletes(asked[event.ask % len(asked)])

    def _odd(self) -> None:
        for each in self.world.oracle.asked:
            each.was_odd = True

    # -- runs

    def run(self, event: Run) -> None:
        alone = len(event.actors) == 1
        self.world.baton, self.begun = Baton(self.world.time, event.switches), self.world.time.moment
        lines = [self._line(each, at) for at, each in enumerate(event.actors)]
        bodies = [self._body(each, line, alone=alone) for each, line in zip(event.actors, lines, strict=True)]
        processes = [Process(line.name, body) for line, body in zip(lines, bodies, strict=True)]
        self.world.baton.run(*processes, *self._judges(event))
        self.runs += len(lines)
        if any(line.met for line in lines):
            for each in self.world.oracle.asked:
                each.was_odd |= not each.is_shown
        self.world.oracle.access_is_approved()

    def _judges(self, event: Run) -> list[Process]:
        """Watch each loop with which nothing goes wrong, where nobody meddles."""
        if any(actor.kind == "attack" or (actor.mishaps and actor.kind != "replica") for actor in event.actors):
            return []
        loops = [actor for actor in event.actors if actor.kind in LATEST]
        replicas = [actor for actor in event.actors if actor.kind == "replica" and not actor.mishaps]
        if replicas:
            until = max(map(self.until, replicas))
            return [
                Process("judge", partial(judged, self.world, REPLICA_LATEST, until)),
                Process("lease", partial(takes_over, self.world, until, grants=self._is_readable())),
            ]
        return [Process("judge", partial(judged, self.world, LATEST[each.kind], self.until(each))) for each in loops]

    def until(self, actor: Actor) -> datetime:
        """When a loop stops."""
        return self.begun + timedelta(seconds=actor.word)

    def _line(self, actor: Actor, at: int) -> Line:
        user = SWEEPER if actor.kind == "sweep" else RECONCILER
        line = self.world.line(user, f"{actor.kind}-{at}", actor.mishaps)
        return led(self.world, line) if actor.kind == "replica" else line

    def _body(self, actor: Actor, line: Line, *, alone: bool) -> Callable[[], None]:
        world = self.world

        def body() -> None:
            begun = world.server.now().replace(microsecond=0)
            attacks = len(world.oracle.meddled)
            report: ClusterReport | None = None
            match actor.kind:
                case "reconcile":
                    report = reconcile([world.hands(line)], world.reader(line)).clusters[0]
                case "tell":
                    report = self._tells(line)
                case "sweep":
                    report = sweep(ModelCluster(line), OneByOne())
                case "revoke" if world.oracle.asked:
                    name = world.oracle.asked[actor.word % len(world.oracle.asked)].name
                    try:
                        report = revoke(ModelCluster(line), OneByOne(), name)
                    except BreakglassError:
                        return
                case "watch":
                    watches(world, line, self.until(actor))
                case "sweep-loop":
                    sweep_loops(world, line, self.until(actor))
                case "replica":
                    Replica(world, line, self.until(actor)).goes()
                case "asks":
                    line.sleep(actor.word)
                    world.asks("erin", "keepers", 5, "good")
                case "attack":
                    line.step()
                    attack(world, WHATS[actor.word % len(WHATS)], actor.word)
            if report is not None and "a bug of ours" in str(report):
                world.oracle.fail(f"a bug: {report}")
            if report is not None and not line.met and attacks == len(world.oracle.meddled):
                early = alone and (actor.kind not in RUNS or self._is_readable())
                why = f"after a clean {actor.kind} that began at"
                world.oracle.access_has_ended(begun, early=early, why=why)
                if alone and not world.refuses_deletes:
                    world.oracle.nothing_outlives(begun, why)
                if actor.kind in RUNS and early:
                    world.oracle.what_was_promised(begun)
                    if world.audit is not None:
                        world.audit.unused_has_ended(begun)
            elif actor.kind in RUNS and alone and line.met == line.lost_creates == 1 and self._is_readable():
                # It looks whether what it made is there, and goes on.
                world.oracle.what_was_promised(begun)

        return body

    def _tells(self, line: Line) -> ClusterReport:
        self.town = self.town or Town(self.world.oracle)
        try:
            return tells(self.world, self.town, line)
        finally:
            self.town.is_hurt |= line.met > 0

    def _is_readable(self) -> bool:
        world = self.world
        return (
            world.git.down is None
            and world.hub.down is None
            and world.git.head is world.newest
            and not world.is_rewritten
        )

    # -- at the end

    def settles(self) -> None:
        """With nothing wrong any more, one run or two bring everything to where it stays."""
        world, oracle = self.world, self.world.oracle
        world.log.append("-- everything is mended")
        world.git.down = world.hub.down = None
        world.git.head = world.newest
        if world.audit is not None:
            world.audit.becomes("back")
        mend(world)
        self._settled()
        oracle.what_was_promised(world.server.now() - timedelta(seconds=2))
        ledger_holds(world)
        ends = [end for each in oracle.asked for _, end in each.windows()]
        if ends:
            last = max(*ends, world.server.now())
            world.time.passes((last - world.server.now()).total_seconds() + 1)
        world.log.append("-- everything is over")
        self.run(Run((Actor("sweep"),)))
        self._settled()
        oracle.nothing_is_left()
        ledger_holds(world)
        self._all_is_told()

    def _all_is_told(self) -> None:
        """Where people are told at all: with everything mended they are told of all, at once or by one of the next tries.

        Where history was rewritten there is no policy side in force that says whom to tell.
        """
        if self.town is not None and not self.world.is_rewritten:
            for _ in range(MOST_TRIES):
                self.run(Run((Actor("tell"),)))
                if not self.town.is_waiting():
                    break
                self.world.time.passes(PAUSE)
            self.town.everybody_was_told()

    def _settled(self) -> None:
        oracle, world = self.world.oracle, self.world
        moments = [moment for each in oracle.asked for window in each.windows() for moment in window]
        # Where a window begins or ends in the middle of it, there is rightly something to write.
        while any(-1 <= (moment - world.server.now()).total_seconds() <= CALM for moment in moments):
            world.time.passes(CALM)
        for _ in range(2):
            self.run(Run((Actor("reconcile"),)))
        before = oracle.writes
        first = {key: each.body for key, each in self.world.server.objects.items()}
        self.run(Run((Actor("reconcile"),)))
        if oracle.writes != before:
            after = {key: each.body for key, each in self.world.server.objects.items()}
            changed = sorted(key for key in {*first, *after} if first.get(key) != after.get(key))
            oracle.fail(f"a third run has something to write: {changed}")
