"""A few pages over HTTP for probes and for Prometheus: read only, and on the address that it is told alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from gitops_breakglass.adapters.listener import Listener

_PATIENCE = 5.0
"""Seconds within which a request has to have come, and its answer to have gone."""


class Page(NamedTuple):
    """What a path answers."""

    status: int
    text: bytes
    form: str = "text/plain; charset=utf-8"


class Pages:
    """Serves until it is closed. Raises UsageError where it can't listen on the address (`HOST:PORT`)."""

    def __init__(self, address: str, pages: Mapping[str, Callable[[], Page]], *, patience: float = _PATIENCE) -> None:
        self._server = _Server(address, pages, patience)
        self.port = self._server.port
        self._server.begin()

    def close(self) -> None:
        """Stop answering."""
        self._server.close()


class _Server(Listener):
    def __init__(self, address: str, pages: Mapping[str, Callable[[], Page]], patience: float) -> None:
        self.pages = pages
        super().__init__(address, _Handler, "probes and metrics", longest=patience)


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE
    server_version = "gitops-breakglass"
    sys_version = ""
    server: _Server

    def do_GET(self) -> None:
        """Answer a page, or 404."""
        page = self.server.pages.get(self.path.partition("?")[0])
        found = page() if page is not None else Page(404, b"not found\n")
        self.send_response(found.status)
        self.send_header("Content-Type", found.form)
        self.send_header("Content-Length", str(len(found.text)))
        self.end_headers()
        self.wfile.write(found.text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: who asks for what is not worth a line."""
