"""Whoever sends a byte now and then keeps nobody else from an answer, over HTTP or over TLS."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

from gitops_breakglass.adapters.audit_log.webhook import WebhookSource
from gitops_breakglass.adapters.http_pages import Page, Pages
from tests.cluster.harness.pki import Authority

AT_ONCE = 16
HEAD = b"GET /healthz HTTP/1.1\r\nX: "


@pytest.fixture
def trickling():
    """Opens as many connections as there are places, and sends a byte on each every tenth of a second."""
    stopped = threading.Event()
    opened: list[socket.socket] = []

    def trickle():
        while not stopped.wait(0.1):
            for each in opened:
                with contextlib.suppress(OSError):
                    each.send(b"x")

    def begin(port, opening=lambda plain: plain):
        for _ in range(AT_ONCE):
            opened.append(opening(socket.create_connection(("127.0.0.1", port), timeout=5)))
            with contextlib.suppress(OSError):
                opened[-1].send(HEAD)
        thread.start()

    thread = threading.Thread(target=trickle)
    yield begin
    stopped.set()
    thread.join(5)
    for each in opened:
        each.close()


def within(seconds, answered):
    """Whether it is answered within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if answered():
                return True
        time.sleep(0.1)
    return False


def test_probes_are_answered_though_all_places_are_taken_by_who_hardly_sends_anything(trickling):
    pages = Pages("127.0.0.1:0", {"/healthz": lambda: Page(200, b"ok")}, patience=1.0)

    def answered():
        with socket.create_connection(("127.0.0.1", pages.port), timeout=2) as caller:
            caller.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b"200" in caller.recv(100)

    try:
        assert answered()
        trickling(pages.port)
        assert within(10, answered)
    finally:
        pages.close()


def test_audit_events_are_taken_though_somebody_without_the_token_holds_all_places(trickling, tmp_path):
    authority = Authority(tmp_path)
    source = WebhookSource("127.0.0.1:0", "token", *authority.server(tmp_path, "receiver"), longest=1.0)
    trust = ssl.create_default_context(cafile=str(authority.certificate_file))

    def over_tls(plain):
        return trust.wrap_socket(plain, server_hostname="127.0.0.1")

    def answered():
        with over_tls(socket.create_connection(("127.0.0.1", source.port), timeout=2)) as caller:
            caller.sendall(b"POST / HTTP/1.0\r\n\r\n")
            return b"401" in caller.recv(100)

    try:
        assert answered()
        trickling(source.port, over_tls)
        assert within(10, answered)
    finally:
        source.close()
