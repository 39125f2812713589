"""What listens for HTTP: on the address that it is told alone, to a few at a time, and silent about whoever it turns away."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gitops_breakglass.adapters.patience import broken_off
from gitops_breakglass.model.errors import UsageError

_AT_ONCE = 16
"""How many are answered at a time; who comes beyond that is turned away."""


class Listener(ThreadingHTTPServer):
    """Answers between `begin` and `close`, on threads of its own; messages say of it what its `purpose` is.

    `longest` is how many seconds a connection is served: who sends a byte now and then must not keep a place for ever.
    Raises UsageError where `address` is not `HOST:PORT`, or can't be listened on.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str, handler: type[BaseHTTPRequestHandler], purpose: str, *, longest: float) -> None:
        host, port = _address(address, purpose)
        self._longest = longest
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), handler)
        except OSError as error:
            raise UsageError(
                f"can't listen on {address} for {purpose}: {error.strerror}",
                hint="is the port taken, or the address another machine's?",
            ) from None
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, name=purpose, daemon=True)

    def begin(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own, where there is room for one more."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            with broken_off(request, self._longest):
                super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asks may go away at any time, or be no client of ours."""


def _address(text: str, purpose: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"{text!r} is no address to listen on for {purpose}", hint="give HOST:PORT, as 127.0.0.1:8080")
    return host.strip("[]"), int(port)
