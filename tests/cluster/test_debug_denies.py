"""Deny wins over debug sessions too, other than upstream, which lets a session's people in whatever the policies say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.debug_calls import ALL_WAYS, FORBIDDEN, calls
from tests.cluster.debug_cases import CAPTURE, EPHEMERAL, NETWORK, NODE_POD, Case
from tests.cluster.debug_stage import OWNER, DebugStage
from tests.cluster.seeds import documents

STREAMS = {"exec", "exec by POST", "attach", "port-forward"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebugStage]:
    """One cluster whose policy side has the seeds' policy on privileged pods."""
    policy = documents("DenyPolicy")["restrict-privileged-exec"]
    stage = DebugStage(tmp_path_factory.mktemp("denies"), files={"policies/deny/privileged.yaml": policy})
    yield stage
    stage.close()


@pytest.mark.parametrize("case", [CAPTURE, NODE_POD], ids=lambda case: case.name)
@pytest.mark.not_even_once
def test_nobody_enters_a_sessions_pod_that_a_policy_closes(stage: DebugStage, case: Case) -> None:
    place = stage.place()
    asked = case.asked("denied", place)
    stage.has_merged(asked)
    stage.reconcile()
    owner = stage.users(f"{OWNER}@example.com")
    for at in stage.session_pods(asked):
        tried = calls(owner, at)
        assert {way: tried[way] for way in STREAMS} == dict.fromkeys(STREAMS, FORBIDDEN)
    stage.revokes(asked)


@pytest.mark.parametrize("case", [NETWORK, EPHEMERAL], ids=lambda case: case.name)
def test_a_pod_that_no_policy_closes_is_entered(stage: DebugStage, case: Case) -> None:
    place = stage.place()
    asked = case.asked("plain", place)
    stage.grants(asked)
    (at,) = case.entrances(stage, asked, place)
    assert calls(stage.users(f"{OWNER}@example.com"), at) == ALL_WAYS
    stage.revokes(asked)
