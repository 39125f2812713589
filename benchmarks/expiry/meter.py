"""Asks for each subject, by the subject's own token and a real call, whether its access is still there."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from tests.cluster.harness.server import ApiServer

PATH = "/api/v1/namespaces/default/pods?limit=1&resourceVersion=0"
"""What every grant here gives and nothing else gives its subject."""
ALLOWED, DENIED = 200, 403
_LEAD = 1.5
"""Seconds before the promised end from which on it is asked; an end before that is found by the first answer."""
_GAP = 0.005
_THREADS = 3
_SECONDS = 5.0


@dataclass
class Subject:
    """One subject with one grant. Times are seconds of this machine's clock, which the API server has too."""

    name: str
    token: str
    end: float = 0.0
    allowed_at: float | None = None
    """When the last call that passed was sent."""
    denied_at: float | None = None
    """When the first refusal arrived."""

    @property
    def lag(self) -> float | None:
        """How long after the promised end the first refusal was seen; None where none was."""
        return None if self.denied_at is None else self.denied_at - self.end


class Line:
    """One open connection to the API server, which is opened again where it breaks."""

    def __init__(self, server: ApiServer) -> None:
        place = urllib.parse.urlsplit(server.url)
        self._trust = ssl.create_default_context(cafile=str(server.ca))
        self._host, self._port = str(place.hostname), place.port
        self._open: http.client.HTTPSConnection | None = None

    def status(self, token: str, path: str = PATH) -> int | None:
        """Return how a call was answered, or None where nobody answered."""
        try:
            if self._open is None:
                self._open = http.client.HTTPSConnection(self._host, self._port, context=self._trust, timeout=_SECONDS)
            self._open.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = self._open.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        return answer.status

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class Meter:
    """Looks at subjects around their ends, in threads of its own, until each is refused."""

    def __init__(self, server: ApiServer, subjects: Sequence[Subject], *, lead: float = _LEAD) -> None:
        self._server = server
        self.subjects = subjects
        self._lead = lead
        self._stop = threading.Event()
        shares = [subjects[number::_THREADS] for number in range(min(_THREADS, len(subjects)))]
        self._threads = [threading.Thread(target=self._look, args=(share,), daemon=True) for share in shares]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(30)

    def wait(self, seconds: float) -> bool:
        """Wait until all were refused; whether they were."""
        deadline = time.time() + seconds
        while any(each.denied_at is None for each in self.subjects) and time.time() < deadline:
            time.sleep(0.05)
        return all(each.denied_at is not None for each in self.subjects)

    def _look(self, subjects: Sequence[Subject]) -> None:
        with contextlib.closing(Line(self._server)) as line:
            while not self._stop.is_set():
                open_ones = [each for each in subjects if each.denied_at is None]
                if not open_ones:
                    return
                begun = time.time()
                for each in open_ones:
                    if each.end - self._lead <= begun:
                        _ask(line, each)
                time.sleep(max(0.001, _GAP - (time.time() - begun)))


def _ask(line: Line, subject: Subject) -> None:
    sent = time.time()
    status = line.status(subject.token)
    if status == ALLOWED:
        subject.allowed_at = sent
    elif status == DENIED:
        subject.denied_at = time.time()
    else:
        # No answer is no refusal: the API server is down, or it has too much to do.
        time.sleep(0.02)


def still_allowed(server: ApiServer, subjects: Iterable[Subject]) -> list[str]:
    """Return whose call passes now; asked again where nobody answers."""
    found = []
    with contextlib.closing(Line(server)) as line:
        for each in subjects:
            while (status := line.status(each.token)) not in {ALLOWED, DENIED}:
                time.sleep(0.1)
            if status == ALLOWED:
                found.append(each.name)
    return found


def wait_allowed(server: ApiServer, subjects: Iterable[Subject], *, seconds: float = 60.0) -> None:
    """Wait until the call of each passes: the authorizer hears of a binding a moment after it is stored."""
    deadline = time.time() + seconds
    left = list(subjects)
    while left:
        names = set(still_allowed(server, left))
        left = [each for each in left if each.name not in names]
        if left and time.time() > deadline:
            raise AssertionError(f"{len(left)} subjects have no access, as {left[0].name}")
