"""Makes the same calls again and again, each in a thread of its own, and notes what came of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from websocket import WebSocketException

from tests.cluster.harness.actor import Actor

_PAUSE = 0.005
_NO_ANSWER = 0
Try = Callable[[Actor], int]
"""Makes one call; the status, 101 where a stream was opened."""


class Hammer:
    """Calls of one subject that go on until it is stopped."""

    def __init__(self, who: Actor) -> None:
        self._who = who
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.seen: dict[str, list[int]] = {}
        self.broken: list[BaseException] = []
        self.is_server_up = True
        """Where it is not, nobody has to be answered."""

    def go_on_with(self, name: str, call: Try, *, fresh: bool = False) -> None:
        """Begin with a call; `fresh` makes each over a connection of its own."""
        self.seen[name] = []
        thread = threading.Thread(target=self._work, args=(self.seen[name], call, fresh), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, seen: list[int], call: Try, fresh: bool) -> None:  # noqa: FBT001 - a thread's argument
        who = twin(self._who)
        try:
            while not self._stop.is_set():
                seen.append(self._tried(call, who))
                # The runs have to come to something meanwhile, on however few cores.
                time.sleep(_PAUSE)
                if fresh:
                    who.close()
                    who = twin(self._who)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            self.broken.append(error)
        finally:
            who.close()

    def _tried(self, call: Try, who: Actor) -> int:
        try:
            return call(who)
        except (OSError, WebSocketException):
            if self.is_server_up:
                raise
            return _NO_ANSWER

    def passed(self, name: str) -> int:
        """How often a call was let through so far."""
        return sum(is_passed(status) for status in self.seen[name])

    def passes_now(self, name: str) -> bool:
        """Whether the last call was let through."""
        return bool(self.seen[name]) and is_passed(self.seen[name][-1])

    def close(self) -> None:
        """Stop, and tell what went wrong in a thread."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        assert self.broken == []


def is_passed(status: int) -> bool:
    """Whether neither the authorizer nor admission refused; a conflict or a missing object comes after both."""
    assert status in {_NO_ANSWER, 101, 200, 201, 401, 403, 404, 409, 422, 500, 503}, status
    return status not in {_NO_ANSWER, 401, 403, 422, 503}


def twin(who: Actor) -> Actor:
    """The same user with connections of its own."""
    return Actor(who.name, who.url, who.ca, token=who.token, certificate=who.certificate)


@contextmanager
def hammering(who: Actor) -> Iterator[Hammer]:
    """Hammer as long as the block lasts."""
    hammer = Hammer(who)
    try:
        yield hammer
    finally:
        hammer.close()
