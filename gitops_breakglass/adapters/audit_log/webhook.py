"""Takes what an API server's audit webhook sends: lists of events over HTTPS, from who knows the token."""

from __future__ import annotations

import hmac
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.listener import Listener
from gitops_breakglass.core.use.coverage import covered, with_mark
from gitops_breakglass.core.use.events import API, parse_event
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.use import Batch, Call, Coverage, Mark, Unreadable

MOST_BYTES = 32 * 1024 * 1024
"""Of one request; API servers send at most 400 events or 10 MiB at a time."""
MOST_CALLS = 200_000
"""How many wait to be taken; the API server is told to come back with more."""
OVERTAKEN = timedelta(seconds=90)
"""API servers send several lists at a time and repeat what failed: only what is older than this is taken to be whole."""
_PATIENCE = 10.0
_LONGEST = 30.0
"""Seconds for one list with the handshake before it: API servers give up after as many."""


class WebhookSource:
    """Implements `ports.AuditSource`: listens from the beginning, until it is closed.

    Raises UsageError where it can't listen, or the certificate can't be used. The token is compared in constant time.
    """

    def __init__(
        self,
        address: str,
        token: str,
        certificate: Path,
        key: Path,
        *,
        most: int = MOST_CALLS,
        longest: float = _LONGEST,
    ) -> None:
        self._token = token.encode()
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[Call] = []
        self._taken: list[Call] = []
        self._unreadable, self._why, self._lost = 0, "", False
        self._coverage = Coverage()
        self._server = _Server(address, _context(certificate, key), self, longest)
        self.port = self._server.port
        self._server.begin()

    def close(self) -> None:
        """Stop listening. What was taken in and not read is forgotten: what use it tells of is not known then."""
        self._server.close()

    def read(self, mark: Mark | None) -> tuple[Batch, Coverage]:
        """Return what has come in since it was kept last, and how far that is whole."""
        with self._lock:
            self._taken += self._waiting
            self._waiting = []
            calls, unreadable, why, lost = tuple(self._taken), self._unreadable, self._why, self._lost
            self._unreadable, self._why = 0, ""
            self._lost = lost and mark is None
        # What was lost was told before this mark, or at least not long after.
        begins = mark.at + OVERTAKEN if lost and mark is not None else None
        batch = Batch(calls, begins, unreadable=unreadable, why=why)
        coverage = self._coverage if mark is None else with_mark(self._coverage, mark)
        self._coverage = covered(coverage, batch, slack=OVERTAKEN)
        return batch, self._coverage

    def keep(self) -> None:
        """Forget what was read."""
        self._taken = []

    def knows(self, header: str) -> bool:
        """Whether a request's `Authorization` has the token."""
        return hmac.compare_digest(header.encode(), b"Bearer " + self._token)

    def take(self, body: bytes) -> int:
        """Take in one list of events, and return the HTTP status to answer; one bad event costs the others nothing."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        items = data.get("items") if isinstance(data, Mapping) else None
        if data.get("kind") != "EventList" if isinstance(data, Mapping) else True:
            return 400
        if not isinstance(items, list) or data.get("apiVersion") != API:
            return 400
        # In a list the events don't say again what they are.
        events = [parse_event(_whole(each)) for each in items]
        calls = [each for each in events if isinstance(each, Call)]
        broken = [each for each in events if isinstance(each, Unreadable)]
        with self._lock:
            if len(self._waiting) + len(self._taken) + len(calls) > self._most:
                # It comes back with them for a while only.
                self._lost = True
                return 503
            self._waiting += calls
            self._unreadable += len(broken)
            self._lost = self._lost or bool(broken)
            self._why = self._why or next((each.why for each in broken), "")
        return 200


class _Server(Listener):
    def __init__(self, address: str, context: ssl.SSLContext, source: WebhookSource, longest: float) -> None:
        self.source = source
        self._context = context
        super().__init__(address, _Handler, "audit events", longest=longest)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; who speaks no TLS finds out in a thread of its own."""
        accepted, address = super().get_request()
        accepted.settimeout(_PATIENCE)
        return self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False), address


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version = "gitops-breakglass"
    sys_version = ""
    server: _Server

    def do_POST(self) -> None:
        """Take a list of events in."""
        self._answer(self._status())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: it would be somebody else's text."""

    def _status(self) -> int:
        if not self.server.source.knows(self.headers.get("Authorization", "")):
            return 401
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        if int(length) > MOST_BYTES:
            return 413
        body = self.rfile.read(int(length))
        return self.server.source.take(body) if len(body) == int(length) else 400

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        # What was not read of a refused body is not the next request.
        self.send_header("Connection", "close")
        self.end_headers()


def _whole(event: object) -> object:
    return {"kind": "Event", "apiVersion": API, **event} if isinstance(event, Mapping) else event


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        said = error.strerror if not isinstance(error, ssl.SSLError) and error.strerror else "they don't fit"
        raise UsageError(
            f"the certificate {certificate} and its key {key} can't be used to take audit events: {said}",
            hint="give both as PEM files, for the name by which the API server calls",
        ) from None
    return context
