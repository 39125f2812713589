"""A proxy between a client of ours and the real API server that makes chosen calls go wrong, as a bad day does."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.cluster.harness import programs
from tests.cluster.harness.pki import Authority
from tests.cluster.harness.server import ApiServer


class Trouble(StrEnum):
    """What becomes of one call; of those that end in `-done` the server carries it out, and the client never hears."""

    DROP = "drop"
    DROP_DONE = "drop-done"
    HANG = "hang"
    HANG_DONE = "hang-done"
    CUT_DONE = "cut-done"
    """The answer breaks off in the middle."""
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    BUSY = "busy"
    ERROR = "error"
    AWAY = "away"
    SLOW = "slow"
    STALE = "stale"
    """The time that the answer tells is an hour ago, as that of an answer out of a cache."""


_ANSWERS = {
    Trouble.CONFLICT: (409, "the object has been modified"),
    Trouble.FORBIDDEN: (403, "forbidden by a fault of the test"),
    Trouble.BUSY: (429, "too many requests"),
    Trouble.ERROR: (500, "internal error"),
    Trouble.AWAY: (503, "apiserver is shutting down"),
}
_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")
_SLOW = 1.0


@dataclass(frozen=True)
class Asked:
    """One call; `write` is its number among the writes since the choice was made, and 0 for a read."""

    method: str
    path: str
    write: int


Choice = Callable[[Asked], Trouble | None]


def write_number(number: int, trouble: Trouble, times: int = 1) -> Choice:
    """Choose so many writes, from that number on."""
    return lambda asked: trouble if number <= asked.write < number + times else None


def everything(trouble: Trouble) -> Choice:
    """Choose every call."""
    return lambda _: trouble


class FaultProxy:
    """Listens on loopback in front of a server; `kubeconfig` leads the owner of another one through it.

    `hang` is for how many seconds a call that hangs is held: longer than the client waits.
    """

    def __init__(self, server: ApiServer, owner: Path, folder: Path, *, hang: float) -> None:
        certificate, key = Authority(server.folder).server(folder, "proxy")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.upstream = urllib.parse.urlsplit(server.url)
        self.trust = ssl.create_default_context(cafile=str(server.ca))
        self.hang = hang
        self.hits: list[str] = []
        """What went wrong so far: the trouble, and with which call."""
        self._choice: Choice | None = None
        self._writes = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        (user,) = json.loads(owner.read_text())["users"]
        url = f"https://127.0.0.1:{self._server.server_port}"
        self.kubeconfig = folder / "proxy.kubeconfig"
        self.kubeconfig.write_text(json.dumps(programs.kubeconfig(url, server.ca, user["user"])))

    @contextlib.contextmanager
    def troubled(self, choice: Choice) -> Iterator[None]:
        """Let the choice say what goes wrong, until the end of the block."""
        with self._lock:
            self._choice, self._writes = choice, 0
        try:
            yield
        finally:
            with self._lock:
                self._choice = None

    def chosen(self, method: str, path: str) -> Trouble | None:
        """What is to become of a call that has just come in."""
        with self._lock:
            if self._choice is None:
                return None
            writes = method != "GET" and "dryRun" not in path
            self._writes += writes
            trouble = self._choice(Asked(method, path, self._writes if writes else 0))
            if trouble is not None:
                self.hits.append(f"{trouble} {method} {path.partition('?')[0]}")
            return trouble

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what the tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        proxy = self.server.proxy
        trouble = proxy.chosen(self.command, self.path)
        if trouble in _ANSWERS:
            status, message = _ANSWERS[trouble]
            return self._answer(
                status, json.dumps({"message": message, "code": status}).encode(), formatdate(usegmt=True)
            )
        if trouble is Trouble.SLOW:
            time.sleep(_SLOW)
        if trouble in {Trouble.DROP, Trouble.HANG}:
            return self._breaks(trouble)
        status, content, date = self._asked(body)
        match trouble:
            case Trouble.DROP_DONE | Trouble.HANG_DONE:
                return self._breaks(trouble)
            case Trouble.STALE:
                return self._answer(status, content, formatdate(time.time() - 3600, usegmt=True))
            case Trouble.CUT_DONE:
                self._answer(status, content[: len(content) // 2], date, length=len(content))
                return self._breaks(trouble)
        return self._answer(status, content, date)

    def _asked(self, body: bytes | None) -> tuple[int, bytes, str]:
        """Ask the server behind, on a connection for this call alone."""
        proxy = self.server.proxy
        at = http.client.HTTPSConnection(str(proxy.upstream.hostname), proxy.upstream.port, context=proxy.trust)
        try:
            sent = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
            at.request(self.command, self.path, body, sent)
            got = at.getresponse()
            return got.status, got.read(), got.headers.get("Date") or ""
        finally:
            at.close()

    def _answer(self, status: int, content: bytes, date: str, *, length: int | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Date", date)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def _breaks(self, trouble: Trouble) -> None:
        """Let the client wait for as long as it does, or break the connection at once."""
        if trouble in {Trouble.HANG, Trouble.HANG_DONE}:
            time.sleep(self.server.proxy.hang)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _relay

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
