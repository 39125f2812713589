"""How long a session's resource stays on a real API server, taken away by the sweeper's and the reconciler's own accounts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.git.world import session

SECONDS = 30
KEPT = {"swept": "1s", "reconciled": "20s", "usual": ""}
"""For how long each is to be kept; the last one does not say, which is a month."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("retention"), list(KEPT))
    stage.install()
    yield stage
    stage.close()


def asks(stage: FaultyStage, name: str, kept: str) -> None:
    what = f"{CLUSTER}/{name}"
    text = session(name, duration=f"{SECONDS}s") + (f"  retainFor: {kept}\n" if kept else "")
    stage.world.person(name).requests(what, text)
    stage.world.person("lead").approves(what, "go ahead")
    stage.world.merge(what)


def sessions(stage: FaultyStage) -> dict[str, dict[str, str]]:
    """The specs of the sessions that are there, by who has them."""
    found = stage.custom("breakglasssessions", "breakglass.t-caas.telekom.com")
    return {each["spec"]["user"].split("@")[0]: each["spec"] for each in found}


def waits(stage: FaultyStage, seconds: float, since: str) -> None:
    """Wait until the API server's clock is so long past a moment."""
    while (stage.now() - datetime.fromisoformat(since)).total_seconds() < seconds:
        time.sleep(0.5)


def test_each_goes_when_its_own_time_is_over_and_every_record_stays(stage):
    for name, kept in KEPT.items():
        asks(stage, name, kept)
    stage.reconcile()
    assert {name: spec["retainFor"] for name, spec in sessions(stage).items()} == {
        "swept": "1s",
        "reconciled": "20s",
        "usual": "720h",
    }
    assert all(stage.may(name) for name in KEPT)
    stage.wait_until(max(stage.record(name)["status"]["expiresAt"] for name in KEPT))
    stage.sweep()
    ended = {name: stage.record(name)["status"]["endedAt"] for name in KEPT}
    assert set(sessions(stage)) == set(KEPT)
    waits(stage, 1, ended["swept"])
    stage.sweep()
    assert set(sessions(stage)) == {"reconciled", "usual"}
    waits(stage, 20, ended["reconciled"])
    assert "BreakglassSession" in stage.plan(code=4).stdout
    assert set(sessions(stage)) == {"reconciled", "usual"}
    stage.reconcile()
    assert set(sessions(stage)) == {"usual"}
    assert {name: stage.record(name)["status"]["endedAt"] for name in KEPT} == ended
    stage.plan()
    assert not any(stage.may(name) or stage.left(name) for name in KEPT)
