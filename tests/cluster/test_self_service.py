"""The self-service variant of the restart use case, on a cluster of its own: it is offered on staging only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.seed_stage import SeedStage
from tests.cluster.test_use_cases import FORBIDDEN, SESSION, furnish, look, passed, wait_until
from tests.cluster.use_cases import USE_CASES, UseCase

CLUSTER = "staging-cluster"
RESTART = next(case for case in USE_CASES if case.escalation == "workload-restart")
CASE = UseCase("self-service-restart", ("application-owners",), None, RESTART.may, RESTART.may_not)
WHO = "asks-self-service-restart"


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedStage]:
    stage = SeedStage(tmp_path_factory.mktemp("self-service"), CLUSTER, {"application-owners": [WHO], "sre": ["sre"]})
    stage.install()
    yield stage
    stage.close()


def test_an_application_owner_restarts_on_staging_without_a_second_person_and_it_ends(stage: SeedStage) -> None:
    place = furnish(stage)
    assert passed(look(stage, CASE, place)) == {}
    what = f"{CLUSTER}/{CASE.name}"
    stage.world.person(WHO).requests(what, SESSION.format(name=CASE.name, seconds=45))
    stage.world.merge(what)
    stage.reconcile()
    meanwhile = look(stage, CASE, place).codes
    assert {call: meanwhile[call] for call in CASE.may if meanwhile[call] == FORBIDDEN} == {}
    assert {call: meanwhile[call] for call in CASE.may_not if meanwhile[call] != FORBIDDEN} == {}
    (record,) = stage.custom("grants")
    wait_until(stage, record["status"]["expiresAt"])
    stage.sweep()
    assert stage.ours() == []
    assert passed(look(stage, CASE, place)) == {}
