"""What the test kubelet says on the streams that reach it: enough that a stream which answers is one that arrived."""

from __future__ import annotations

import json
import select
import shlex
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.cluster.harness.websockets import ServerSocket

EXEC, ATTACH, PORT_FORWARD, LOGS = "exec", "attach", "portForward", "containerLogs"
WEBSOCKET, SPDY, PLAIN = "websocket", "spdy", "plain"
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")

_STDIN, _STDOUT, _ERROR, _CLOSE_SIGNAL = 0, 1, 3, 255
_TICK_SECONDS = 0.1
_LINE_SECONDS = 0.2
_BACKLOG = 3
_SUCCESS = {"metadata": {}, "status": "Success"}
_KILLED = {
    "metadata": {},
    "status": "Failure",
    "reason": "NonZeroExitCode",
    "message": "command terminated with non-zero exit code: 137",
    "details": {"causes": [{"reason": "ExitCode", "message": "137"}]},
}


@dataclass(frozen=True)
class Arrival:
    """One call that got through the API server to the kubelet."""

    kind: str
    namespace: str
    pod: str
    uid: str
    container: str = ""
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    protocol: str = PLAIN
    stdin: bool = False
    follow: bool = False


@dataclass
class Session:
    """An arrival whose stream is open; `ended` is set once its pod is gone."""

    arrival: Arrival
    node: str
    ended: threading.Event = field(default_factory=threading.Event)

    def talk(self, channel: ServerSocket) -> None:
        """Hold the conversation of a websocket to its end."""
        if self.arrival.kind == PORT_FORWARD:
            self._forward(channel)
        else:
            self._run(channel)
        channel.close()

    def _run(self, channel: ServerSocket) -> None:
        """Say what was asked for; with an input, send that back (and tick, when attached) until someone ends it."""
        arrival = self.arrival
        channel.send(_STDOUT, f"{self.node} {arrival.kind} {arrival.pod}: {shlex.join(arrival.command)}\n".encode())
        sleeping = arrival.command[:1] == ("sleep",)
        count, due = 0, time.monotonic() + _LINE_SECONDS
        while (arrival.stdin or sleeping or arrival.kind == ATTACH) and not self.ended.is_set() and not channel.closed:
            message = channel.receive(_TICK_SECONDS)
            if message and (message[0] == _CLOSE_SIGNAL or message[1:] == b"exit\n"):
                break
            if message and message[0] == _STDIN and len(message) > 1:
                channel.send(_STDOUT, message[1:])
            if arrival.kind == ATTACH and time.monotonic() >= due:
                count, due = count + 1, due + _LINE_SECONDS
                channel.send(_STDOUT, f"tick {count}\n".encode())
        if not channel.closed:
            channel.send(_ERROR, json.dumps(_KILLED if self.ended.is_set() else _SUCCESS).encode())

    def _forward(self, channel: ServerSocket) -> None:
        """Name each port on its two channels, as the protocol wants, then send back all data."""
        for index, port in enumerate(self.arrival.ports):
            for each in (2 * index, 2 * index + 1):
                channel.send(each, port.to_bytes(2, "little"))
        while not self.ended.is_set() and not channel.closed:
            message = channel.receive(_TICK_SECONDS)
            if message and message[0] % 2 == 0:
                channel.send(message[0], message[1:])

    def hold(self, connection: ssl.SSLSocket) -> None:
        """Keep a SPDY connection open without a word: that it was switched to shows that it arrived."""
        while not self.ended.is_set():
            ready = connection.pending() or select.select([connection], [], [], _TICK_SECONDS)[0]
            if ready and not connection.recv(65536):
                return

    def lines(self, write: Callable[[bytes], None]) -> None:
        """Write the log: some lines, and with `follow` one more now and then until the pod is gone."""
        count = 0
        while count < _BACKLOG or (self.arrival.follow and not self.ended.wait(_LINE_SECONDS)):
            count += 1
            write(f"{self.node} {self.arrival.pod} line {count}\n".encode())
