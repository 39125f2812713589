"""What a checkpoint remembers: enough for the next run to be as sure as a punctual one, and no more."""

import json

from tests.e2e.attacks import one
from tests.e2e.recurring import OFFER, WHAT, schedule
from tests.e2e.stage import START, Stage


def sights(stage):
    payload = json.loads(one(stage, "Checkpoint").manifest["spec"]["payload"])
    return {key.split(" ")[0]: at for key, at in payload["sights"].items()}


def test_nothing_of_a_decided_request_is_remembered(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    assert sights(stage) == {}
    stage.world.policy({"requests/prod/inc-1.yaml": None}, message="Done")
    stage.reconcile()
    assert sights(stage) == {}


def test_the_merge_of_an_undecided_request_is_remembered_as_first_seen(tmp_path):
    # Whether there is such a zone is for a machine with newer data to say.
    stage = Stage(tmp_path, more=OFFER)
    stage.alice.requests(WHAT, schedule(more=", location: Europe/Atlantis"))
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    stage.reconcile()
    stage.passes(minutes=5)
    stage.reconcile()
    assert sights(stage)["merge"] == START.isoformat().replace("+00:00", "Z")


def test_a_branch_that_waits_keeps_its_first_sight_and_one_that_is_gone_is_forgotten_after_a_month(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.reconcile()
    stage.passes(days=40)
    stage.reconcile()
    assert sights(stage)["branch"] == START.isoformat().replace("+00:00", "Z")
    stage.world.checkout("main")
    stage.world.git("branch", "--quiet", "-D", "breakglass/prod/inc-1")
    stage.reconcile()
    assert sights(stage) == {}
