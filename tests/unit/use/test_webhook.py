"""What the receiver of an API server's audit webhook takes in, from whom, and what it answers to everything else."""

import json
import socket
import ssl
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.audit_log import webhook
from gitops_breakglass.adapters.audit_log.webhook import OVERTAKEN, WebhookSource
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.use import Coverage, Mark
from gitops_breakglass.model.window import parse_time
from tests.cluster.harness.pki import Authority
from tests.unit.use.test_events import EXEC

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def source(authority):
    source = WebhookSource("127.0.0.1:0", TOKEN, *authority.server(authority.folder, "receiver"), most=5)
    yield source
    source.close()


def sent(source, authority, body, *, token=TOKEN, method="POST", headers=None):
    trust = ssl.create_default_context(cafile=str(authority.certificate_file))
    request = urllib.request.Request(f"https://127.0.0.1:{source.port}/", data=body, method=method)
    for name, value in {"Authorization": f"Bearer {token}", **(headers or {})}.items():
        request.add_header(name, value)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def events(*items):
    return json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items}).encode()


def event(name, at="2026-11-23T02:18:17.000000Z"):
    bare = {key: value for key, value in EXEC.items() if key not in {"kind", "apiVersion"}}
    return bare | {"auditID": name, "requestReceivedTimestamp": at, "stageTimestamp": at}


def ids(source):
    return [call.audit_id for call in source.read(None)[0].calls]


def test_events_are_taken_in_and_come_again_until_they_are_kept(source, authority):
    assert sent(source, authority, events(event("a"), event("b"))) == 200
    assert ids(source) == ["a", "b"]
    assert sent(source, authority, events(event("c"))) == 200
    assert ids(source) == ["a", "b", "c"]
    source.keep()
    assert ids(source) == []


@pytest.mark.parametrize("token", ["", "other", f"{TOKEN}x", TOKEN[:-1], "é"])
def test_who_does_not_know_the_token_says_nothing(source, authority, token):
    assert sent(source, authority, events(event("a")), token=token.encode().decode("latin-1")) == 401
    assert ids(source) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b'{"kind": "EventList", "apiVersion": "audit.k8s.io/v1"}',
        b'{"kind": "EventList", "apiVersion": "audit.k8s.io/v1beta1", "items": []}',
        b'{"kind": "Event", "apiVersion": "audit.k8s.io/v1", "items": []}',
    ],
)
def test_what_is_no_list_of_events_is_refused_and_costs_nothing_else(source, authority, body):
    assert sent(source, authority, events(event("a"))) == 200
    assert sent(source, authority, body) == 400
    assert ids(source) == ["a"]


def test_a_broken_event_costs_itself_alone_and_is_told(source, authority):
    assert sent(source, authority, events(event("a"), 7, {"stage": "Later"}, event("b"))) == 200
    batch, _ = source.read(None)
    assert [call.audit_id for call in batch.calls] == ["a", "b"]
    assert (batch.unreadable, batch.why) == (2, "it is no audit event")


def test_what_is_too_large_is_not_read(source, authority, monkeypatch):
    assert sent(source, authority, b"x", headers={"Content-Length": str(webhook.MOST_BYTES + 1)}) == 413
    assert sent(source, authority, b"x", headers={"Content-Length": "x"}) == 411


def test_other_methods_are_refused(source, authority):
    assert sent(source, authority, None, method="GET") == 501


def test_more_than_there_is_room_for_is_to_come_back_and_time_begins_anew(source, authority):
    start = parse_time("2026-11-23T02:18:17Z")
    later = start + timedelta(minutes=30)
    assert sent(source, authority, events(event("ours"))) == 200
    _, coverage = source.read(Mark(start, "ours"))
    assert coverage.since == start
    assert sent(source, authority, events(*(event(f"n{number}") for number in range(5)))) == 503
    source.keep()
    assert sent(source, authority, events(event("late", "2026-11-23T02:48:17.000000Z"))) == 200
    # Lists that are repeated overtake each other, so what was turned away may have been told a little later.
    _, coverage = source.read(Mark(later, "late"))
    assert coverage == Coverage(later + OVERTAKEN)


def test_an_event_that_cant_be_read_may_have_been_use_so_time_begins_anew(source, authority):
    start = parse_time("2026-11-23T02:18:17Z")
    later = start + timedelta(minutes=30)
    assert sent(source, authority, events(event("ours"), 7)) == 200
    # Until the next call of our own nobody knows when that was.
    source.read(None)
    assert sent(source, authority, events(event("late", "2026-11-23T02:48:17.000000Z"))) == 200
    _, coverage = source.read(Mark(later, "late"))
    assert coverage == Coverage(later + OVERTAKEN)


def test_events_may_overtake_each_other_so_the_last_of_it_is_not_whole_yet(source, authority):
    start = parse_time("2026-11-23T02:18:17Z")
    later = start + timedelta(minutes=30)
    assert sent(source, authority, events(event("x"), event("ours", "2026-11-23T02:48:17.000000Z"))) == 200
    _, coverage = source.read(Mark(later, "ours"))
    assert (coverage.since, coverage.until) == (start, later - OVERTAKEN)


def test_who_speaks_no_tls_holds_nobody_up(source, authority):
    with socket.create_connection(("127.0.0.1", source.port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sent(source, authority, events(event("a"))) == 200


def test_where_it_cant_listen_or_show_a_certificate_that_is_told(authority, tmp_path):
    pair = authority.server(authority.folder, "receiver")
    with pytest.raises(UsageError, match="no address to listen on for audit events"):
        WebhookSource("nowhere", TOKEN, *pair)
    with pytest.raises(UsageError, match="can't be used to take audit events: No such file"):
        WebhookSource("127.0.0.1:0", TOKEN, tmp_path / "a", tmp_path / "b")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="can't listen on"):
        WebhookSource(f"127.0.0.1:{taken.getsockname()[1]}", TOKEN, *pair)
