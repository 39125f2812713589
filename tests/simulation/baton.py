"""Several processes, of which one goes on at a time: whose turn it is changes only where a script says so, or one sleeps."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PATIENCE = 1.0
"""Seconds that a process whose sleep is over waits at most for its turn."""


class StoppedError(BaseException):
    """The process was killed: nothing that it does after this reaches anybody."""


@dataclass
class Time:
    """The true time, which every clock of the model follows with an offset of its own."""

    moment: datetime

    def passes(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(eq=False)
class Process:
    """One process; `wake` is until when it sleeps."""

    name: str
    function: Callable[[], None]
    wake: datetime | None = None
    is_over: bool = False
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Baton:
    """Runs processes to their ends. `switches` are how many calls pass until each next change of turns."""

    def __init__(self, time: Time, switches: Sequence[int] = ()) -> None:
        self.time = time
        self._switches: Iterator[int] = iter(switches)
        self._left = next(self._switches, 0)
        self._processes: list[Process] = []
        self._threads: list[threading.Thread] = []
        self.current: Process | None = None
        self._over = threading.Semaphore(0)
        self._error: BaseException | None = None

    def run(self, *processes: Process) -> None:
        """Run all of them; raises the first error that one of them did not catch, but for those that were killed."""
        for each in processes:
            self.begin(each)
        self._pass_on(None)
        self._over.acquire()
        for each in self._threads:
            each.join()
        if self._error is not None:
            raise self._error

    def begin(self, process: Process) -> None:
        """Let a process take turns from now on."""
        self._processes.append(process)
        self._threads.append(threading.Thread(target=self._process, args=(process,), daemon=True))
        self._threads[-1].start()

    def step(self) -> None:
        """A call is about to be made: it may be somebody else's turn first."""
        if self.current is None:
            return
        self._left -= 1
        late = [
            each for each in self._ready() if each.wake and (self.time.moment - each.wake).total_seconds() > PATIENCE
        ]
        if self._left == 0 or late:
            if self._left <= 0:
                self._left = next(self._switches, 0)
            self._yield(late)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, in which others go on."""
        if self.current is None:
            self.time.passes(max(seconds, 0))
            return
        self.current.wake = self.time.moment + timedelta(seconds=max(seconds, 0))
        self._yield([])

    # -- whose turn it is

    def _ready(self) -> list[Process]:
        now = self.time.moment
        at = self._processes.index(self.current) if self.current in self._processes else -1
        order = [*self._processes[at + 1 :], *self._processes[: at + 1]]
        return [each for each in order if not each.is_over and (each.wake is None or each.wake <= now)]

    def _yield(self, late: Sequence[Process]) -> None:
        mine = self.current
        assert mine is not None
        if self._pass_on(mine, late) is mine:
            return
        mine.turn.acquire()
        if self._error is not None:
            raise StoppedError("another process came to an error")

    def _pass_on(self, mine: Process | None, late: Sequence[Process] = ()) -> Process | None:
        if self._error is not None:
            ready = [each for each in self._processes if not each.is_over]
        else:
            ready = list(late) or self._ready()
            if not ready and (asleep := [each.wake for each in self._processes if not each.is_over and each.wake]):
                self.time.moment = min(asleep)
                ready = self._ready()
        if not ready:
            self.current = None
            self._over.release()
            return None
        self.current = ready[0]
        self.current.wake = None
        if self.current is not mine:
            self.current.turn.release()
        return self.current

    def _process(self, process: Process) -> None:
        process.turn.acquire()
        try:
            if self._error is None:
                process.function()
        except StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread of who waits
            self._error = self._error or error
        process.is_over = True
        self._pass_on(None)
