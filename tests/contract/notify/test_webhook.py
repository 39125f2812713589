"""Notices posted to a real web server: what it gets, and what is said of each way in which that can go wrong."""

import hashlib
import hmac
import json
import socket
import time
from dataclasses import replace

import pytest

from gitops_breakglass.adapters.notify.webhook import SIGNATURE, Webhook
from gitops_breakglass.core.notices import notices_of
from gitops_breakglass.model.notice import Delivery, Notifications, Progress
from gitops_breakglass.report.notices import message_of
from tests.contract.notify.servers import Certificates, Hook
from tests.unit.notices.grants import NOW, at, record, refused

ALARM = notices_of(record(), at(61), Notifications(), failed=[refused()])[-1]
MESSAGE = message_of(ALARM)
SECRET = "canary-webhook-secret"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def hook():
    with Hook() as hook:
        yield hook


def test_a_notice_is_posted_as_json_signed_and_with_the_id_of_its_event(hook):
    assert Webhook(f"{hook.url}a/b?c=d", SECRET).send(MESSAGE) == Delivery(Progress.SENT)
    (posted,) = hook.got
    assert (posted.method, posted.path, json.loads(posted.body)) == ("POST", "/a/b?c=d", json.loads(MESSAGE.payload))
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Idempotency-Key"] == "1" * 32 + "/could-not-end"
    given = dict(part.split("=", 1) for part in posted.headers[SIGNATURE].split(","))
    wanted = hmac.new(SECRET.encode(), given["t"].encode() + b"." + posted.body, hashlib.sha256).hexdigest()
    assert given == {"t": str(int(at(61).timestamp())), "v1": wanted}
    assert SECRET not in f"{posted.headers} {posted.body}"


def test_the_signature_is_of_this_body_at_this_time(hook):
    for message in (MESSAGE, replace(MESSAGE, payload="{}"), replace(MESSAGE, at=NOW)):
        Webhook(hook.url, SECRET).send(message)
    assert len({each.headers[SIGNATURE].partition("v1=")[2] for each in hook.got}) == 3


def test_without_a_secret_nothing_pretends_to_be_signed(hook):
    assert Webhook(hook.url).send(MESSAGE).progress is Progress.SENT
    assert SIGNATURE not in hook.got[0].headers


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_an_answer_that_is_no_success_was_clearly_not_taken_and_nobody_is_asked_elsewhere(hook, status):
    hook.answer = status
    assert Webhook(hook.url).send(MESSAGE) == Delivery(Progress.FAILED, f"localhost answered {status}")
    assert [each.path for each in hook.got] == ["/"]


@pytest.mark.parametrize("answer", ["cut", "slow"])
def test_where_no_answer_comes_nobody_knows(hook, answer):
    hook.answer = answer
    begun = time.monotonic()
    delivery = Webhook(hook.url, timeout=0.3).send(MESSAGE)
    assert (delivery.progress, delivery.why.startswith("no answer was had from localhost: ")) == (Progress.UNSURE, True)
    assert time.monotonic() - begun < 3


def test_a_server_that_is_not_there_was_clearly_not_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    delivery = Webhook(f"http://localhost:{port}/secret-path").send(MESSAGE)
    assert delivery == Delivery(Progress.FAILED, "localhost could not be reached: Connection refused")


def test_over_tls_the_certificate_has_to_be_trusted(certificates):
    with Hook(certificates.theirs) as hook:
        assert Webhook(hook.url, context=certificates.trusted).send(MESSAGE) == Delivery(Progress.SENT)
        delivery = Webhook(hook.url).send(MESSAGE)
        assert delivery.progress is Progress.FAILED
        assert "localhost could not be reached: its certificate is not trusted" in delivery.why
        assert len(hook.got) == 1


def test_nothing_leaves_this_machine_without_tls():
    delivery = Webhook("http://hooks.example.com/x").send(MESSAGE)
    assert delivery == Delivery(Progress.FAILED, "hooks.example.com would be asked without TLS")
