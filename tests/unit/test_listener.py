"""What listens for HTTP: how many it answers, what it does with the rest, and which addresses it takes."""

import socket
import threading
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler

import pytest

from gitops_breakglass.adapters.listener import Listener
from gitops_breakglass.model.errors import UsageError


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def listener():
    listener = Listener("127.0.0.1:0", Answer, "tests", longest=10)
    listener.begin()
    with closing(listener):
        yield listener


def call(listener):
    connection = socket.create_connection(("127.0.0.1", listener.port), timeout=10)
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    with connection:
        return connection.recv(12)


def test_who_comes_beyond_sixteen_is_turned_away_and_the_next_is_answered(listener):
    with ExitStack() as silent:
        for _ in range(16):
            silent.enter_context(socket.create_connection(("127.0.0.1", listener.port), timeout=10))
        with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as beyond:
            assert beyond.recv(1) == b""
    said = b""
    waiting = threading.Event()
    for _ in range(100):
        try:
            said = call(listener)
        except ConnectionError:
            said = b""
        if said:
            break
        waiting.wait(0.05)
    assert said == b"HTTP/1.0 204"


@pytest.mark.parametrize("address", ["8080", ":8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:٣"])
def test_an_address_is_a_host_and_a_port(address):
    with pytest.raises(UsageError, match="is no address to listen on for tests"):
        Listener(address, Answer, "tests", longest=10)


def test_an_address_that_is_taken_is_told_with_what_it_was_for(listener):
    with pytest.raises(UsageError, match=rf"can't listen on 127\.0\.0\.1:{listener.port} for tests"):
        Listener(f"127.0.0.1:{listener.port}", Answer, "tests", longest=10)
