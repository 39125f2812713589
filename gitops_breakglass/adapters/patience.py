"""Connections that are broken off after a while, however slowly something goes on coming."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def broken_off(connection: socket.socket, after: float) -> Iterator[None]:
    """Serve a connection for so many seconds at most.

    A timeout of a socket is for each byte: whoever sends one now and then would keep the few places for ever, from those
    who probe whether this process lives.
    """
    timer = threading.Timer(after, _break_off, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _break_off(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Of the socket below TLS: who reads finds it at its end.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
