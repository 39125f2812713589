"""What is learned of an API server's clock from its answers, and what becomes of a run where it does not tell its time."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.model.server_time import ServerTime
from tests.contract.cluster.asked import asking
from tests.contract.cluster.scripted import Say

HOME = {"metadata": {"uid": "u"}}
TOLD = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""What the scripted server says that its time is."""


@pytest.fixture
def run(tmp_path):
    return asking(tmp_path)


def test_nothing_is_known_before_the_first_answer(run):
    assert run({}, lambda cluster: cluster.server_time())[0] is None


def test_an_answer_tells_the_time_to_a_second_and_no_question_is_asked_for_it(run):
    clock = SimulatedClock(TOLD - timedelta(hours=3))

    def asked(cluster):
        assert cluster.now() == TOLD
        return cluster.server_time()

    came, calls = run({"GET /version": [Say()]}, asked, clock=clock)
    assert came == ServerTime(TOLD, TOLD + timedelta(seconds=1))
    assert calls == ["GET /version"]


def test_an_answer_without_a_date_teaches_nothing(run):
    def asked(cluster):
        cluster.now()
        with pytest.raises(Exception, match="did not tell its time"):
            cluster.now()
        return cluster.server_time()

    clock = SimulatedClock(TOLD)
    came, _ = run({"GET /version": [Say(), Say(headers={})]}, asked, clock=clock)
    assert came == ServerTime(TOLD, TOLD + timedelta(seconds=1))


@pytest.mark.threat("E16")
def test_a_server_that_never_tells_its_time_ends_nothing_early_and_is_loud(run):
    """Nobody's clock stands in for it: a sweep by a wrong one would end access before its time, or never."""
    answers = {"GET /api/v1/namespaces/kube-system": [Say(200, HOME, headers={})]}
    report, _ = run(answers, lambda cluster: sweep(cluster, ThreadPool(2)))
    assert report.outcomes == ()
    assert report.unreachable == "prod: the API server did not tell its time (does a proxy drop the `Date` header?)"
