"""The debug templates of the seeds on a real API server: nothing before, exactly the session's pods meanwhile, nothing after.

Every call is a real one, with the person's own token, and arrives at the kubelet of the pod's node or is refused.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest

from tests.cluster.debug_calls import ALL_WAYS, PodAt, calls, shut_in, shut_out
from tests.cluster.debug_cases import CAPTURE, CASES, COPY, EPHEMERAL, NETWORK, NODE_POD, Case
from tests.cluster.debug_stage import COLLEAGUE, OWNER, PARTICIPANT, DebugStage, Ending
from tests.cluster.harness.actor import Actor

SECONDS = 30
"""Long enough for one run and one look at each, however busy the machine is."""
PEOPLE = (OWNER, PARTICIPANT, COLLEAGUE)
ENDINGS: dict[str, Ending] = {
    "file-deleted": DebugStage.takes_back,
    "revoked": DebugStage.revokes,
    "swept-alone": DebugStage.sweeps_after,
}

WAYS = [
    *((NETWORK, end) for end in ENDINGS),
    (CAPTURE, "revoked"),
    (EPHEMERAL, "file-deleted"),
    (EPHEMERAL, "swept-alone"),
    (COPY, "revoked"),
    (NODE_POD, "file-deleted"),
]
"""Each ends in each way among them; that the sweeper ends all of them has a test of its own."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebugStage]:
    """One cluster for all of them."""
    stage = DebugStage(tmp_path_factory.mktemp("debug"), stubborn=True)
    yield stage
    stage.close()


def actor(stage: DebugStage, name: str) -> Actor:
    """Return who acts with a person's own token."""
    return stage.users(f"{name}@example.com")


def nobody_gets_in(stage: DebugStage, pods: list[PodAt]) -> None:
    """Assert that owner, participant and colleague are refused whatever they try."""
    for each in PEOPLE:
        shut_out(actor(stage, each), pods)


@pytest.mark.parametrize(("case", "end"), WAYS, ids=lambda each: each if isinstance(each, str) else each.name)
@pytest.mark.not_even_once
def test_a_session_leads_into_its_own_pods_while_it_lasts(stage: DebugStage, case: Case, end: str) -> None:
    place = stage.place()
    before, untouched = stage.everything(), stage.objects.snapshot()
    asked = case.asked(end, place, participants=(PARTICIPANT,))
    stage.asks(asked)
    nobody_gets_in(stage, [place.target])
    stage.approves(asked)
    stage.merges(asked)
    nobody_gets_in(stage, [place.target])

    said = stage.reconcile().stdout
    assert f"granted   {asked.id}" in said
    assert "0 to create, 0 to shrink, 0 to end" in stage.plan().stdout
    assert stage.debug_session(asked)["status"]["state"] == "Active"
    entrances = case.entrances(stage, asked, place)
    assert len(stage.session_pods(asked)) == case.pods
    assert len(entrances) == 1
    for each in (OWNER, PARTICIPANT):
        leads_there(stage, actor(stage, each), entrances)
        shut_out(actor(stage, each), case.others(place))
        if case.injects:
            shut_in(actor(stage, each), place.target)
    shut_out(actor(stage, COLLEAGUE), [*entrances, *case.others(place)])

    with ExitStack() as opened:
        streams = [
            opened.enter_context(actor(stage, who).open_exec(*at)) for who in (OWNER, PARTICIPANT) for at in entrances
        ]
        assert all(each.wait_for("exec") for each in streams)
        ENDINGS[end](stage, asked)
        nobody_gets_in(stage, [*entrances, *case.others(place)])
        # Into an ephemeral container they stay, as the pod does: Kubernetes asks once, when a stream begins.
        assert case.injects or all(each.wait_closed(20) for each in streams)
    stage.is_as_before(before)
    assert [each.container for each in stage.injected(asked, place)] == [
        each.container for each in entrances if case.injects
    ]
    stage.objects.untouched(untouched)
    assert "endedAt" in stage.record(asked)["status"]
    assert stage.debug_session(asked)["status"]["state"] == {"swept-alone": "Expired"}.get(end, "Terminated")


def leads_there(stage: DebugStage, who: Actor, entrances: list[PodAt]) -> None:
    """Assert that all but the logs is let through into these containers, and arrived at their node."""
    for at in entrances:
        node = stage.admin.must("GET", at.path)["spec"]["nodeName"]
        kubelet = stage.kubelets[node]
        before = len(kubelet.arrived(at.namespace, at.pod))
        assert calls(who, at) == ALL_WAYS
        arrived = kubelet.arrived(at.namespace, at.pod)[before:]
        assert [each.kind for each in arrived] == ["exec", "exec", "attach", "portForward"]
        assert {each.container for each in arrived if each.kind != "portForward"} == {at.container}


@pytest.mark.not_even_once
def test_the_sweeper_alone_ends_them_all_when_their_time_has_come(stage: DebugStage) -> None:
    place = stage.place()
    before = stage.everything()
    owner = actor(stage, OWNER)
    sessions = [(case, case.asked("in-time", place, seconds=SECONDS)) for case in CASES]
    for _, asked in sessions:
        stage.has_merged(asked)
    stage.reconcile()
    entrances = [at for case, asked in sessions for at in case.entrances(stage, asked, place)]
    assert len(entrances) == len(CASES)
    with ExitStack() as opened:
        streams = {at: opened.enter_context(owner.open_exec(*at)) for at in entrances}
        end = max(stage.record(asked)["status"]["expiresAt"] for _, asked in sessions)
        assert stage.now() < datetime.fromisoformat(end), "the machine is too slow for these windows"
        aside = stage.folder / "moved-away"
        shutil.move(stage.world.path, aside)
        stage.wait_until(end)
        stage.sweep()
        shutil.move(aside, stage.world.path)
        shut_out(owner, entrances)
        assert all(stream.wait_closed(20) for at, stream in streams.items() if at.namespace != place.namespace)
    stage.is_as_before(before)
    assert len(stage.admin.must("GET", place.target.path)["spec"]["ephemeralContainers"]) == 1
