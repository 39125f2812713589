"""The client's side of long-running calls: exec, attach and port-forward over websockets, and lines of logs and watches."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import socket
import threading
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

import websocket

PROTOCOL = "v4.channel.k8s.io"
STDIN, STDOUT, STDERR, ERROR = 0, 1, 2, 3
SWITCHED = 101
_SECONDS = 60.0


class ExecResult(NamedTuple):
    """What came of a call that opens a stream: `arrived` only if the kubelet took it."""

    arrived: bool
    status: int
    output: str = ""
    message: str = ""
    ended: dict[str, Any] | None = None


class Channels:
    """An open websocket to a kubelet; every byte is read in the caller's thread, so sending needs no lock."""

    status = SWITCHED

    def __init__(self, connection: websocket.WebSocket) -> None:
        """Wrap a connection that has been upgraded."""
        self._connection = connection
        self.output = ""
        self.ended: dict[str, Any] | None = None
        self.closed = False

    def send(self, text: str, channel: int = STDIN) -> None:
        """Send to a channel: standard input, or the first forwarded port."""
        self._connection.send_binary(bytes([channel]) + text.encode())

    def pump(self, timeout: float) -> None:
        """Take in one message, if one comes."""
        self._connection.settimeout(timeout)
        try:
            opcode, data = self._connection.recv_data()
        except websocket.WebSocketTimeoutException:
            return
        except (websocket.WebSocketException, OSError):
            self.closed = True
            return
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            self.closed = True
        elif data and data[0] in {STDIN, STDOUT, STDERR}:
            # A forwarded port answers on the channel it is written to.
            self.output += data[1:].decode(errors="replace")
        elif data and data[0] == ERROR:
            with contextlib.suppress(ValueError):
                self.ended = json.loads(data[1:])

    def wait_for(self, text: str, timeout: float = _SECONDS) -> bool:
        """Whether this comes as output in time."""
        deadline = time.monotonic() + timeout
        while text not in self.output and not self.closed and time.monotonic() < deadline:
            self.pump(max(0.01, deadline - time.monotonic()))
        return text in self.output

    def wait_closed(self, timeout: float = _SECONDS) -> bool:
        """Whether the other side ends the stream in time."""
        deadline = time.monotonic() + timeout
        while not self.closed and time.monotonic() < deadline:
            self.pump(max(0.01, deadline - time.monotonic()))
        return self.closed

    def close(self) -> None:
        """End the stream from our side."""
        self._connection.shutdown()  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()


class Lines:
    """The lines of an answer that goes on: `log --follow` or a watch. A thread reads, so that waiting can be timed."""

    def __init__(
        self, connection: http.client.HTTPSConnection, at: socket.socket, answer: http.client.HTTPResponse
    ) -> None:
        """Read on from an answer whose head has come."""
        self.status = answer.status
        self._connection = connection
        self._answer = answer
        # The connection itself forgets its socket when the answer says that it will be closed.
        self._socket = at
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            for line in self._answer:
                self._queue.put(line.decode(errors="replace").rstrip("\n"))
        self._queue.put(None)

    def next(self, timeout: float = _SECONDS) -> str | None:
        """Return the next line, or None if none comes in time or the stream has ended (then `closed` is set)."""
        if self.closed:
            return None
        try:
            line = self._queue.get(timeout=timeout)
        except queue.Empty:
            return None
        self.closed = line is None
        return line

    def next_event(self, timeout: float = _SECONDS) -> dict[str, Any] | None:
        """Return the next line of a watch, parsed."""
        line = self.next(timeout)
        event: dict[str, Any] | None = None if line is None else json.loads(line)
        return event

    def wait_closed(self, timeout: float = _SECONDS) -> bool:
        """Whether the stream ends in time; drops the lines until then."""
        deadline = time.monotonic() + timeout
        while not self.closed and time.monotonic() < deadline:
            self.next(max(0.01, deadline - time.monotonic()))
        return self.closed

    def close(self) -> None:
        """End the stream from our side."""
        # Below TLS, since the reading thread is inside it; it then sees the end and goes.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        self._thread.join(_SECONDS)
        self._answer.close()
        self._connection.close()
        self.closed = True

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()
