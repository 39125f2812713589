"""One process of the model: its clock, its calls to the modelled API server, and what goes wrong with them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from urllib3.exceptions import ProtocolError, ReadTimeoutError

from gitops_breakglass.adapters.cluster.connection import Connection
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.cluster.lists import Lists
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.model.policy import KubernetesTarget
from tests.simulation.apiserver import ApiServer
from tests.simulation.baton import Baton, StoppedError
from tests.simulation.faults import ANSWERS, Fault, Mishap
from tests.simulation.stored import Request

T = TypeVar("T")
R = TypeVar("R")
SHORTEST = 0.001
LATENCY = 0.004
"""Seconds that a call takes where nothing is wrong."""


class OneByOne:
    """A pool that makes its calls one after the other, so that their order is the script's."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        done: list[tuple[R | None, Exception | None]] = []
        for each in items:
            try:
                done.append((function(each), None))
            except Exception as error:  # noqa: BLE001 - every call is made, then the first error is raised
                done.append((None, error))
        for _, error in done:
            if error is not None:
                raise error
        return [result for result, _ in done]


@dataclass
class Answered:
    """What a client gets back, as far as it looks at it."""

    status: int
    headers: dict[str, str]
    data: bytes


@dataclass
class Line:
    """How one process reaches the server: who it is, how far its clock is off, and its mishaps."""

    server: ApiServer
    baton: Baton
    user: str
    name: str
    skew: timedelta = timedelta()
    mishaps: tuple[Mishap, ...] = ()
    log: Callable[[str], None] = lambda _: None
    sends: Callable[[Request], None] = lambda _: None
    """Is told of each call before it is sent."""
    audited: Callable[[Request, int], str] = lambda *_: ""
    """Is told of each call that the API server answered, and says under which id its audit log has it."""
    stands: datetime | None = None
    """Until when all of the process stands still."""
    calls: int = 0
    writes: int = 0
    met: int = 0
    """How many of its calls something went wrong with."""
    lost_creates: int = 0
    """Of how many of these it was the answer to a creation that was lost, whether carried out or not."""
    is_dead: bool = False
    starts: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.starts = self.baton.time.moment

    # -- its clock

    def now(self) -> datetime:
        return self.baton.time.moment + self.skew

    def sleep(self, seconds: float) -> None:
        # What is less than the time's resolution would never be over.
        self.baton.sleep(max(seconds, SHORTEST))
        self._stands()

    def elapsed(self) -> float:
        return (self.baton.time.moment - self.starts).total_seconds()

    # -- its calls

    def send(self, request: Request, left: float, to: Callable[[Request], tuple[int, str]] | None = None) -> Answered:
        """Make a call to the API server, or to something else, or meet what goes wrong with it."""
        fault, seconds = self._comes(request.method)
        told = f"{request.method} {request.path}"
        self.sends(request)
        if fault is Fault.CONFLICT and request.method == "GET":
            fault = Fault.BUSY
        if fault is Fault.KILL:
            self._dies(told, fault)
        if fault in {Fault.STILL, Fault.STILL_LOST}:
            # Nothing else of it goes on than what it has just sent.
            self.stands = self.baton.time.moment + timedelta(seconds=seconds)
        if fault is Fault.SLOW:
            self.baton.sleep(seconds)
        status, text = ANSWERS.get(fault, (0, ""))
        if fault in {None, Fault.SLOW, Fault.STILL} or fault.is_done:
            done, answer = (to or self.server.answer)(request)
            audit_id = self.audited(request, done) if to is None else ""
            status, text = (status, text) if status else (done, answer)
        else:
            done, audit_id = 0, ""
        self.log(f"{self.name:>10} {told} -> {done or '-'}{f' [{fault}]' if fault else ''}")
        date = format_datetime(self.server.now(), usegmt=True)
        self.baton.time.passes(LATENCY)
        self._stands()
        match fault:
            case Fault.KILL_DONE:
                self._dies(told, fault)
            case Fault.SLOW_DONE:
                self.baton.sleep(seconds)
            case Fault.LOST | Fault.LOST_DONE | Fault.STILL_LOST:
                raise ProtocolError("Connection aborted.")
            case Fault.TIMEOUT | Fault.TIMEOUT_DONE:
                self.baton.sleep(left)
                raise ReadTimeoutError(None, request.path, "Read timed out.")
        data = text if status < 400 or text.startswith("{") else json.dumps({"message": text, "code": status})
        return Answered(status, {"Date": date, "Audit-Id": audit_id}, data.encode())

    def step(self) -> None:
        """Something else than the API server is asked: a turn may end here too."""
        if self.is_dead:
            raise StoppedError(self.name)
        self.baton.step()
        self._stands()

    def _stands(self) -> None:
        while self.stands is not None and (left := (self.stands - self.baton.time.moment).total_seconds()) > 0:
            self.baton.sleep(left)

    def _comes(self, method: str) -> tuple[Fault | None, float]:
        if self.is_dead:
            raise StoppedError(self.name)
        self.baton.step()
        self._stands()
        self.calls += 1
        self.writes += method != "GET"
        mishap = next((each for each in self.mishaps if each.hits(self.calls, self.writes, method)), None)
        self.met += mishap is not None
        self.lost_creates += method == "POST" and mishap is not None and mishap.fault in {Fault.LOST, Fault.LOST_DONE}
        return (mishap.fault, mishap.seconds) if mishap else (None, 0.0)

    def _dies(self, told: str, fault: Fault) -> None:
        self.is_dead = True
        self.log(f"{self.name:>10} {told} -> killed [{fault}]")
        raise StoppedError(self.name)


class ModelConnection(Connection):
    """Our connection, with its retries, its reading of answers and of times, to the server in memory."""

    def __init__(self, line: Line, deadline: float) -> None:
        super().__init__("prod", KubernetesTarget(), deadline=deadline, clock=line)
        manager = SimpleNamespace(request=partial(_request, line))
        rest = SimpleNamespace(pool_manager=manager)
        self._model = SimpleNamespace(rest_client=rest, configuration=SimpleNamespace(host=""))

    def _opened(self) -> Any:
        return self._model, {}


def _request(line: Line, method: str, url: str, *, body: bytes | None, headers: Any, timeout: Any, **_: Any) -> Any:
    path, _, query = url.partition("?")
    content = None if body is None else json.loads(body)
    told = Request(line.user, method, path, dict(parse_qsl(query)), content, headers.get("Content-Type", ""))
    return line.send(told, timeout.read_timeout)


class ModelCluster(KubernetesCluster):
    """Our adapter of a cluster, as it is, on the server in memory."""

    def __init__(self, line: Line, *, page: int = 500, deadline: float = 30.0) -> None:
        super().__init__("prod", KubernetesTarget(), clock=line)
        on_model(self, line, page=page, deadline=deadline)


def on_model(cluster: KubernetesCluster, line: Line, *, page: int = 500, deadline: float = 30.0) -> None:
    """Let an adapter of a cluster have the server in memory."""
    cluster._clock = line
    cluster._connection = ModelConnection(line, deadline)
    cluster._pool = OneByOne()
    cluster._pages = Pages(cluster._call, page)
    cluster._lists = Lists("prod", cluster._pages, cluster._pool)
