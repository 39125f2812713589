"""A debug session with all parts, made and ended by runs that die between any two calls to a real API server.

`python -m tests.cluster.debug_crashes` tries every place to die at; `… 1/2` and `… 2/2` each half of them, and with names of
trials after that only these. The tests try a sample.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import LiveObject, key_of
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.debug_asked import CLUSTER, Asked, Place
from tests.cluster.debug_everything import PRIORITY, everything, namespace_of, policies
from tests.cluster.debug_likeness import likeness, names_of
from tests.cluster.debug_stage import DebugStage
from tests.cluster.dying import Dying
from tests.cluster.harness.becoming import eventually
from tests.cluster.replay_stage import AtTime
from tests.cluster.stopping import StoppedError

ALL = sys.maxsize
_CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
_PODS_OF_WORKLOAD = 2


@dataclass
class Scenario:
    """One session that was asked for, approved and merged, and what runs made of it so far."""

    asked: Asked
    place: Place
    wrote: list[str] = field(default_factory=list)
    is_whole: bool = False
    is_recorded: bool = True


class Crashes:
    """A stage with an API server, on which sessions are made and ended by runs that die."""

    def __init__(self, folder: Path) -> None:
        self.stage = DebugStage(folder, files=policies())
        self.stage.admin.must("POST", _CLASSES, {"metadata": {"name": PRIORITY}, "value": 1000})
        self.reconciler = KubernetesTarget(str(self.stage.reconciler_config))
        self.sweeper = KubernetesTarget(str(self.stage.sweeper.kubeconfig))
        self._signer = Ed25519Signer(folder / "signing-key")
        self._sources = AccessRepository(RepositoryOptions(self.stage.world.path, "main", None))
        self._sessions = 0
        whole = self.scenario()
        assert self.makes(whole)
        self.undisturbed = likeness(self.stage, whole.asked, whole.place)
        """What a session comes to that is made by one run."""
        self.begins_to_end(whole)
        self.has_ended(whole)

    def scenario(self) -> Scenario:
        """A session of a name of its own that the next run makes, and nothing else."""
        self._sessions += 1
        place = self.stage.place()
        asked = everything(f"crash-{self._sessions:04}", place)
        self._reconcile(KubernetesCluster(CLUSTER, self.reconciler))
        self.stage.has_merged(asked)
        return Scenario(asked, place)

    def makes(self, scenario: Scenario, lives: int = ALL) -> bool:
        """Reconcile as far as the process lives; whether it lived to the end."""
        with Dying(CLUSTER, self.reconciler, lives) as cluster:
            try:
                self._reconcile(cluster)
            except StoppedError:
                return False
            finally:
                scenario.wrote += cluster.wrote
            scenario.is_whole = scenario.is_whole or not cluster.has_died
            return not cluster.has_died

    def converges(self, scenario: Scenario) -> None:
        """Reconcile twice, and assert that the session is as one that was never disturbed, and nothing was made twice."""
        for _ in range(2):
            self._controllers_are_done(scenario)
            assert self.makes(scenario)
        self._controllers_are_done(scenario)
        found = likeness(self.stage, scenario.asked, scenario.place)
        assert (set(found) - set(self.undisturbed), set(self.undisturbed) - set(found)) == (set(), set())
        assert len(found) == len(self.undisturbed)
        twice = [what for what, times in Counter(scenario.wrote).items() if times > 1]
        assert twice == []

    def sweeps(self, lives: int = ALL, *, minutes: int = 31) -> bool:
        """Sweep so many minutes from now; whether the process lived to the end."""
        at = self.stage.now() + timedelta(minutes=minutes)
        with Dying(CLUSTER, self.sweeper, lives) as dying:
            try:
                self._sweep(AtTime(dying, at))
            except StoppedError:
                return False
            return not dying.has_died

    def begins_to_end(self, scenario: Scenario) -> None:
        """Sweep until nothing is left but the session's namespace, which Kubernetes keeps for 5 seconds."""
        space = f"/{namespace_of(scenario.asked.name)}"
        eventually(lambda: self.sweeps() and all(each.endswith(space) or space in each for each in self.left(scenario)))
        scenario.is_recorded = self.record(scenario) is not None
        if not scenario.is_recorded:
            # So that no later run decides it.
            self.stage.world.policy({scenario.asked.id.path: None}, message="No more")

    def has_ended(self, scenario: Scenario) -> None:
        """Sweep until it says that the session has ended; assert that nothing is left, and each container is told of."""
        eventually(lambda: self.sweeps() and not self.left(scenario))
        self.sweeps()
        assert self.left(scenario) == []
        pod = self.stage.admin.must("GET", scenario.place.target.path)
        there = [each["name"] for each in pod["spec"].get("ephemeralContainers", ())]
        assert len(there) <= 1
        if not scenario.is_recorded:
            assert there == []
            return
        record = self.record(scenario)
        assert record is not None
        assert record.ended_at is not None
        assert [each.container for each in record.session.still_there] == there
        # One that was noted, and not added any more, is told of as gone.
        expected = {"still-there"} if there else {"gone"}
        assert {each.state.value for each in record.session.remains} <= expected
        assert there or not scenario.is_whole

    def record(self, scenario: Scenario) -> Record | None:
        """The session's record as it lies there."""
        for each in self.stage.custom("grants"):
            if each["spec"]["request"]["name"] == scenario.asked.name:
                return read_unproved(LiveObject(key_of(each), each["metadata"]["uid"], each))
        return None

    def left(self, scenario: Scenario) -> list[str]:
        """What is on the cluster that the session made, but for its record and the resource beside it."""
        names = names_of(self.stage, scenario.asked)
        return sorted(path for path in self.stage.everything() if path.rpartition("/")[2].startswith(names))

    def close(self) -> None:
        """Stop everything."""
        self.stage.close()

    def _controllers_are_done(self, scenario: Scenario) -> None:
        space = namespace_of(scenario.asked.name)
        made = self.stage.admin.request("GET", f"/apis/apps/v1/namespaces/{space}/deployments").body
        pods = f"/api/v1/namespaces/{space}/pods?fieldSelector=status.phase=Running"
        for each in made.get("items", ()):
            start = f"{each['metadata']['name']}-"

            def run(start: str = start) -> bool:
                found = [pod["metadata"]["name"] for pod in self.stage.admin.must("GET", pods)["items"]]
                return len([name for name in found if name.startswith(start)]) == _PODS_OF_WORKLOAD

            eventually(run)

    def _reconcile(self, cluster: ClusterWriter) -> None:
        hands = Hands(cluster, self._signer, ThreadPool(1), SystemClock(), timedelta(seconds=20))
        (report,) = reconcile([hands], self._sources.refreshed).clusters
        assert not report.unreachable, report.unreachable
        _none_failed(report.outcomes)

    def _sweep(self, cluster: ClusterWriter) -> None:
        report = sweep(cluster, ThreadPool())
        assert not report.unreachable, report.unreachable
        _none_failed(report.outcomes)


Trial = Callable[[Crashes, Scenario, int], bool]
"""Does something with a session by processes one of which dies after so many calls; whether it lived to the end."""


def goes_on(crashes: Crashes, scenario: Scenario, n: int) -> bool:
    """Die while the session is made, and go on."""
    lived = crashes.makes(scenario, n)
    crashes.converges(scenario)
    return lived


def is_left(crashes: Crashes, scenario: Scenario, n: int) -> bool:
    """Die while the session is made, and do nothing any more."""
    return crashes.makes(scenario, n)


def is_taken_back(crashes: Crashes, scenario: Scenario, n: int) -> bool:
    """Die while the session is ended since its file was deleted, and go on."""
    assert crashes.makes(scenario)
    crashes.stage.world.policy({scenario.asked.id.path: None}, message="No more")
    lived = crashes.makes(scenario, n)
    assert crashes.makes(scenario)
    space = namespace_of(scenario.asked.name)
    assert [each for each in crashes.left(scenario) if space not in each] == []
    return lived


def is_swept(crashes: Crashes, scenario: Scenario, n: int) -> bool:
    """Die while a whole session is swept, when its copies are over and when it is over."""
    assert crashes.makes(scenario)
    crashes.sweeps(n, minutes=11)
    return crashes.sweeps(n)


TRIALS: tuple[Trial, ...] = (goes_on, is_left, is_taken_back, is_swept)


def tried(crashes: Crashes, trial: Trial, ns: Iterable[int], *, at_once: int = 1) -> int:
    """Try dying at each of these places, until one is past the end, and sweep after each; how many there were.

    So many sessions at once are waited for until their namespaces have gone.
    """
    ending: list[Scenario] = []
    failed: list[str] = []
    count = 0
    for n in ns:
        scenario = crashes.scenario()
        lived = False
        try:
            lived = trial(crashes, scenario, n)
            crashes.begins_to_end(scenario)
            ending.append(scenario)
        except AssertionError as error:
            failed.append(f"{trial.__name__} {n}: {error}")
            print(failed[-1], file=sys.stderr, flush=True)
        count += 1
        if lived or len(ending) == at_once:
            _have_ended(crashes, ending)
        if lived:
            break
    _have_ended(crashes, ending)
    assert failed == []
    return count


def _have_ended(crashes: Crashes, ending: list[Scenario]) -> None:
    while ending:
        crashes.has_ended(ending.pop())


def _none_failed(outcomes: Iterable[object]) -> None:
    failed = [f"{each.key}: {each.error}" for each in outcomes if isinstance(each, Failed)]
    assert not failed, failed


def _told(name: str, places: Iterable[int]) -> Iterator[int]:
    for n in places:
        print(f"{name} after {n} calls", file=sys.stderr, flush=True)
        yield n


def _main(part: str, names: Sequence[str]) -> None:
    number, _, parts = part.partition("/")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        crashes = Crashes(Path(folder))
        try:
            for trial in TRIALS:
                if not names or trial.__name__ in names:
                    places = _told(trial.__name__, range(int(number) - 1, ALL, int(parts)))
                    print(f"{trial.__name__}: {tried(crashes, trial, places, at_once=10)} places to die at", flush=True)
        finally:
            crashes.close()


if __name__ == "__main__":
    _main(sys.argv[1] if len(sys.argv) > 1 else "1/1", sys.argv[2:])
