"""Pods of debug sessions that come, go and are tampered with: access follows the session's own, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from gitops_breakglass.model.kube import LiveObject, Manifest
from tests.cluster.debug_asked import PODS_OF_SESSIONS, Asked
from tests.cluster.debug_calls import ALL_WAYS, NO_WAY, PodAt, calls, may_enter, shut_in, shut_out
from tests.cluster.debug_cases import COPY, EPHEMERAL, NETWORK, NODE_POD
from tests.cluster.debug_stage import OWNER, PARTICIPANT, DebugStage
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.stopping import Delegate, StoppedError

ALIKE = ("maria", "mariella")
"""Two people whose names begin alike: upstream gives their objects the same names."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebugStage]:
    """One cluster for all of them."""
    stage = DebugStage(tmp_path_factory.mktemp("debug"), ALIKE)
    yield stage
    stage.close()


@pytest.fixture
def owner(stage: DebugStage) -> Actor:
    return stage.users(f"{OWNER}@example.com")


def becomes_another(stage: DebugStage, asked: Asked, first: PodAt) -> PodAt:
    """Wait for the one pod that a controller makes in place of one that went."""

    def other() -> list[PodAt]:
        pods = stage.session_pods(asked)
        return pods if len(pods) == 1 and pods != [first] and _runs(stage, pods[0]) else []

    return eventually(other)[0]


def _runs(stage: DebugStage, at: PodAt) -> bool:
    return bool(stage.admin.must("GET", at.path)["status"].get("phase") == "Running")


@pytest.mark.not_even_once
def test_a_pod_that_is_replaced_is_followed_and_its_name_dropped(stage: DebugStage, owner: Actor) -> None:
    asked = NETWORK.asked("follow", stage.place())
    stage.grants(asked)
    (first,) = stage.session_pods(asked)
    assert calls(owner, first) == ALL_WAYS
    stage.admin.must("DELETE", f"{first.path}?gracePeriodSeconds=0")
    second = becomes_another(stage, asked, first)
    shut_out(owner, [second])
    stage.reconcile()
    assert calls(owner, second) == ALL_WAYS
    assert calls(owner, first) == NO_WAY
    assert [each["name"] for each in stage.record(asked)["status"]["session"]["pods"]] == [second.pod]
    stage.takes_back(asked)
    shut_out(owner, [first, second])


def test_a_workload_that_somebody_deleted_is_not_made_again_and_that_is_said(stage: DebugStage, owner: Actor) -> None:
    asked = NETWORK.asked("deleted", stage.place())
    before = stage.everything()
    stage.grants(asked)
    (first,) = stage.session_pods(asked)
    path = f"/apis/apps/v1/namespaces/{PODS_OF_SESSIONS}/deployments"
    workload = f"{path}/{stage.name_of(asked)}-pods"
    stage.admin.must("DELETE", workload)
    eventually(lambda: stage.session_pods(asked) == [])
    said = stage.reconcile().stdout
    assert f"{stage.name_of(asked)}-pods: it was made and somebody took it away; it is not made again" in said
    assert stage.admin.status("GET", workload) == 404
    assert stage.session_pods(asked) == []
    shut_out(owner, [first])
    stage.takes_back(asked)
    stage.is_as_before(before)


@pytest.mark.not_even_once
def test_a_copy_goes_at_its_ttl_and_its_session_goes_on(stage: DebugStage, owner: Actor) -> None:
    place = stage.place()
    (copy,) = COPY.operations(place)
    (injected,) = EPHEMERAL.operations(place)
    short = {"podCopy": {**copy["podCopy"], "ttl": "20m"}}
    asked = Asked("ttl-copy", COPY.template, operations=(short, injected), seconds=3600)
    before = stage.everything()
    stage.grants(asked)
    (made,) = stage.session_pods(asked)
    (container,) = stage.injected(asked, place)
    assert calls(owner, made) == calls(owner, container) == ALL_WAYS
    starts = datetime.fromisoformat(stage.record(asked)["status"]["expiresAt"]) - timedelta(hours=1)
    stage.sweeps_at(starts + timedelta(minutes=19))
    assert calls(owner, made) == ALL_WAYS
    stage.sweeps_at(starts + timedelta(minutes=20, seconds=1))
    eventually(lambda: stage.session_pods(asked) == [])
    assert not may_enter(owner, made)
    assert calls(owner, container) == ALL_WAYS
    stage.sweeps_after(asked)
    shut_out(owner, [made, container])
    stage.is_as_before(before)


@pytest.mark.not_even_once
def test_two_sessions_of_people_whose_names_begin_alike_share_a_node(stage: DebugStage) -> None:
    place = stage.place()
    before = stage.everything()
    one, two = (NODE_POD.asked(name, place) for name in ALIKE)
    for asked, name in zip((one, two), ALIKE, strict=True):
        stage.has_merged(asked, who=name)
    stage.reconcile()
    first, second = (stage.users(f"{name}@example.com") for name in ALIKE)
    (of_first,), (of_second,) = stage.session_pods(one), stage.session_pods(two)
    assert calls(first, of_first) == calls(second, of_second) == ALL_WAYS
    shut_out(first, [of_second])
    shut_out(second, [of_first])
    stage.revokes(one)
    shut_out(first, [of_first, of_second])
    assert calls(second, of_second) == ALL_WAYS
    stage.revokes(two)
    shut_out(second, [of_first, of_second])
    stage.is_as_before(before)


@pytest.mark.not_even_once
def test_two_sessions_of_people_whose_names_begin_alike_share_a_pod(stage: DebugStage) -> None:
    place = stage.place()
    one, two = (EPHEMERAL.asked(name, place) for name in ALIKE)
    for asked, name in zip((one, two), ALIKE, strict=True):
        stage.has_merged(asked, who=name)
    stage.reconcile()
    first, second = (stage.users(f"{name}@example.com") for name in ALIKE)
    (of_first,), (of_second,) = stage.injected(one, place), stage.injected(two, place)
    assert of_first.container != of_second.container
    assert calls(first, of_first) == calls(second, of_second) == ALL_WAYS
    # One pod, and still two doors.
    shut_in(first, of_second)
    shut_in(second, of_first)
    stage.revokes(one)
    shut_out(first, [of_first, of_second])
    assert calls(second, of_second) == ALL_WAYS
    stage.revokes(two)
    shut_out(second, [of_first, of_second])
    pod = stage.admin.must("GET", place.target.path)
    # Neither was put there twice.
    assert len(pod["spec"]["ephemeralContainers"]) == 2


def test_an_extension_loses_nothing_when_the_first_session_ends(stage: DebugStage, owner: Actor) -> None:
    place = stage.place()
    for case in (NETWORK, EPHEMERAL):
        first = case.asked("first", place, participants=(PARTICIPANT,))
        second = case.asked("second", place, participants=(PARTICIPANT,))
        stage.grants(first)
        stage.grants(second)
        gone, kept = case.entrances(stage, first, place), case.entrances(stage, second, place)
        # Who has both sessions gets into what either made.
        assert [calls(owner, at) for at in (*gone, *kept)] == [ALL_WAYS, ALL_WAYS]
        stage.revokes(first)
        partner = stage.users(f"{PARTICIPANT}@example.com")
        for at in kept:
            assert calls(owner, at) == calls(partner, at) == ALL_WAYS
        if case.injects:
            # The pod is the second session's too; the first one's container in it is nobody's any more.
            for at in gone:
                shut_in(owner, at)
        else:
            shut_out(owner, gone)
        stage.reconcile()
        assert [calls(owner, at) for at in kept] == [ALL_WAYS]
        assert case.entrances(stage, second, place) == kept
        stage.revokes(second)
        shut_out(owner, [*gone, *kept])


def test_an_ephemeral_container_that_stays_is_told_of(stage: DebugStage) -> None:
    place = stage.place()
    asked = EPHEMERAL.asked("stays", place)
    stage.grants(asked)
    (container,) = stage.injected(asked, place)
    said = stage.takes_back(asked).stdout
    assert container.container in said
    (remains,) = stage.record(asked)["status"]["session"]["remains"]
    assert (remains["namespace"], remains["pod"], remains["container"]) == container
    assert remains["state"] == "still-there"
    told = stage.run("status", str(asked.id)).stdout
    assert container.container in told
    # Once its pod has gone, it is not told of any more.
    stage.admin.must("DELETE", f"{place.target.path}?gracePeriodSeconds=0")
    stage.reconcile()
    (remains,) = stage.record(asked)["status"]["session"]["remains"]
    assert remains["state"] == "gone"


class DiesBeforeOperations(Delegate):
    """A cluster that stands for a process that is killed just before it puts a container into a pod."""

    def inject(self, live: LiveObject, _container: Manifest) -> LiveObject:
        """Die."""
        raise StoppedError(str(live.key))


@pytest.mark.not_even_once
def test_a_pod_that_is_replaced_after_the_decision_gets_no_container(stage: DebugStage, owner: Actor) -> None:
    place = stage.place()
    asked = EPHEMERAL.asked("replaced", place)
    stage.has_merged(asked)
    with pytest.raises(StoppedError):
        stage.reconciles_through(DiesBeforeOperations)
    assert stage.record(asked)["spec"]["request"]["name"] == asked.name
    stage.admin.must("DELETE", f"{place.target.path}?gracePeriodSeconds=0")
    eventually(lambda: stage.admin.status("GET", place.target.path) == 404)
    stage.objects.pod(place.namespace, place.pod)
    stage.reconcile()
    (told,) = stage.record(asked)["status"]["session"]["notReady"]
    assert (told["namespace"], told["name"]) == (place.namespace, place.pod)
    assert stage.injected(asked, place) == []
    shut_out(owner, [place.target])
    stage.revokes(asked)


def test_what_a_run_did_before_it_was_killed_is_found_again_and_not_done_twice(stage: DebugStage, owner: Actor) -> None:
    place = stage.place()
    asked = EPHEMERAL.asked("again", place)
    stage.has_merged(asked)
    with pytest.raises(StoppedError):
        stage.reconciles_through(DiesBeforeOperations)
    stage.reconcile()
    stage.reconcile()
    (container,) = stage.injected(asked, place)
    assert calls(owner, container) == ALL_WAYS
    assert len(stage.admin.must("GET", place.target.path)["spec"]["ephemeralContainers"]) == 1
    stage.revokes(asked)
