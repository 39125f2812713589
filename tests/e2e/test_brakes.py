"""Brakes: what holds back new grants and never an end; limits, the kill switch, and a repository that was emptied."""

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.exits import exit_of
from tests.e2e.attacks import WHAT, asks_and_gets, ends_on_time, in_force, names
from tests.e2e.stage import Stage
from tests.git.world import path_of, session

FREEZE = "apiVersion: config.gitops-breakglass.dev/v1alpha1\nkind: Freeze\n"
REASON = FREEZE + 'reason: "SEC-9: a stolen laptop"\n'


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def code(report):
    return exit_of(RunReport((report,)))


def held(stage):
    """What the brakes say of a run that they hold; it grants nothing."""
    before = names(stage)
    report = stage.reconcile()
    assert code(report) is ExitCode.BRAKE
    assert names(stage) <= before
    return report.plan.held


def released(stage):
    """Who has access after a run that nothing holds."""
    report = stage.reconcile()
    assert (code(report), report.plan.held) == (ExitCode.CLEAN, ())
    return names(stage)


# -- limits


def test_more_live_grants_than_are_allowed_wait_until_some_have_ended(tmp_path):
    stage = Stage(tmp_path, more="brakes:\n  maxLiveGrants: 1")
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2", duration="2h")
    (why,) = held(stage)
    assert why == (
        "1 new grants beside 1 live ones are more than brakes.maxLiveGrants (1) allows: raise it by an approved change "
        "of breakglass.yaml, or wait until some have ended, or revoke them"
    )
    assert names(stage) == {"inc-1"}
    stage.passes(hours=1)
    assert released(stage) == {"inc-2"}


def test_more_grants_of_one_person_than_are_allowed_wait(tmp_path):
    stage = Stage(tmp_path, more="brakes:\n  maxLiveGrantsPerSubject: 1")
    stage.granted(WHAT)
    stage.granted("prod/inc-2", author=stage.erin, reason="INC-2")
    asks_and_gets(stage, "prod/inc-3", reason="INC-3", duration="2h")
    (why,) = held(stage)
    assert why.startswith(
        "2 grants of alice@example.com at a time are more than brakes.maxLiveGrantsPerSubject (1) allows"
    )
    assert names(stage) == {"inc-1", "inc-2"}
    stage.passes(hours=1)
    assert released(stage) == {"inc-3"}


def test_limits_that_are_reached_hold_nothing_where_nothing_new_is_granted(tmp_path):
    stage = Stage(tmp_path, more="brakes:\n  maxLiveGrants: 1\n  maxLiveGrantsPerSubject: 1")
    stage.granted(WHAT)
    assert released(stage) == {"inc-1"}


# -- the kill switch


def test_while_a_freeze_is_there_nothing_new_is_granted_and_ends_go_on(stage):
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2", duration="2h")
    in_force(stage, {"freeze.yaml": REASON})
    (why,) = held(stage)
    assert why == (
        f"freeze.yaml at {stage.world.tip[:12]} (SEC-9: a stolen laptop): nothing new is granted while it is there. "
        "To go on, delete it by an approved change"
    )
    assert names(stage) == {"inc-1"}
    ends_on_time(stage)
    in_force(stage, {"freeze.yaml": None}, branch="policy/thaw")
    assert released(stage) == {"inc-2"}


@pytest.mark.parametrize(
    "content", ["", FREEZE, "no: [yaml", "kind: Freeze\nclusters: prod\n", FREEZE + "clusters: []\n"]
)
def test_a_freeze_that_nobody_approved_holds_whatever_is_in_it(stage, content):
    asks_and_gets(stage)
    stage.world.policy({"freeze.yaml": content})
    report = stage.reconcile()
    assert (code(report), names(stage)) == (ExitCode.BRAKE, set())
    assert any(each.startswith("freeze.yaml at ") for each in report.plan.held)


@pytest.mark.parametrize("name", ["freeze.yml", "FREEZE.yaml", "Freeze.YML", "freeze.yaml/README"])
def test_a_freeze_whose_name_is_a_slip_of_the_pen_holds_everywhere(stage, name):
    """In the night nobody looks again whether the file has the name that counts."""
    asks_and_gets(stage)
    stage.world.policy({name: REASON + "clusters: [edge]\n"})
    assert any(f"its name is {name}" in each for each in held(stage))
    stage.world.policy({name: None})
    assert released(stage) == {"inc-1"}


@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["link", "submodule"])
def test_a_freeze_that_is_no_plain_file_holds_everywhere(stage, mode):
    asks_and_gets(stage)
    world = stage.world
    blob = world.git("hash-object", "-w", "--stdin", given="elsewhere.yaml") if mode == "120000" else "1" * 40
    world.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},freeze.yaml")
    world.git("commit", "--quiet", "-m", "Freeze")
    assert any(each.startswith("freeze.yaml at ") for each in held(stage))


def test_a_freeze_that_came_and_went_unapproved_leaves_what_is_approved_after_it_provable(stage):
    stage.world.policy({"freeze.yaml": REASON})
    held(stage)
    stage.world.policy({"freeze.yaml": None})
    asks_and_gets(stage)
    assert released(stage) == {"inc-1"}
    in_force(stage, {"freeze.yaml": REASON}, branch="policy/again")
    in_force(stage, {"freeze.yaml": None}, branch="policy/over")
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    assert released(stage) == {"inc-1", "inc-2"}


def test_a_freeze_that_was_approved_holds_until_its_end_is_approved_too(stage):
    in_force(stage, {"freeze.yaml": REASON})
    asks_and_gets(stage)
    held(stage)
    stage.world.policy({"freeze.yaml": None}, message="Thaw")
    assert any("SEC-9" in each for each in held(stage))
    assert names(stage) == set()


@pytest.mark.parametrize(("clusters", "expected"), [("[edge]", {"inc-1"}), ("['pr*']", set())])
def test_a_freeze_of_some_clusters_leaves_the_others_alone(stage, clusters, expected):
    in_force(stage, {"freeze.yaml": f"{FREEZE}clusters: {clusters}\n"})
    asks_and_gets(stage)
    stage.reconcile()
    assert names(stage) == expected


def test_a_freeze_is_ready_to_merge_without_an_approval_and_its_end_is_not(stage):
    stage.erin.commits({"freeze.yaml": REASON}, on="policy/freeze")
    frozen = gate(stage.sources(), "policy/freeze", now=stage.clock.now())
    assert frozen.decision.ready
    in_force(stage, {"freeze.yaml": REASON}, branch="policy/really")
    stage.erin.commits({"freeze.yaml": None}, on="policy/thaw")
    assert not getattr(gate(stage.sources(), "policy/thaw", now=stage.clock.now()).decision, "ready", False)


def test_a_freeze_beside_anything_else_is_a_policy_change_like_any_other(stage):
    stage.erin.commits({"freeze.yaml": REASON, "clusters/more.yaml": "kind: None\n"}, on="policy/both")
    assert not getattr(gate(stage.sources(), "policy/both", now=stage.clock.now()).decision, "ready", False)


# -- a repository that was emptied, or is older


def test_requests_that_are_all_deleted_at_once_end_and_hold_what_is_new_for_that_run(stage):
    stage.granted(WHAT)
    stage.granted("prod/inc-2", author=stage.erin, reason="INC-2")
    stage.world.policy({path_of(WHAT): None, path_of("prod/inc-2"): None}, message="Empty it")
    (why,) = held(stage)
    assert why.startswith("the default branch has no request any more, and 2 of those that went were live")
    assert stage.live() == []
    assert released(stage) == set()


def test_the_last_request_that_is_deleted_is_simply_revoked(stage):
    stage.granted(WHAT)
    stage.world.policy({path_of(WHAT): None}, message="Revoke it")
    assert released(stage) == set()


def test_a_repository_without_its_configuration_grants_nothing_and_goes_on_ending(stage):
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2", duration="2h")
    stage.world.policy({"breakglass.yaml": None}, message="Empty it")
    (why,) = held(stage)
    assert why.startswith("the default branch has no breakglass.yaml any more")
    assert names(stage) == {"inc-1"}
    ends_on_time(stage)
    stage.world.policy({"breakglass.yaml": stage.policy_files["breakglass.yaml"]}, message="Put it back")
    assert released(stage) == {"inc-2"}


# -- everything at once


def test_everything_on_a_cluster_is_revoked_and_none_of_it_comes_back(stage):
    stage.granted(WHAT)
    stage.granted("prod/inc-2", author=stage.erin, reason="INC-2")
    later = session("later", reason="INC-3") + "  scheduledStartTime: 2026-03-10T06:00:00Z\n"
    stage.granted("prod/later", content=later)
    report = revoke(stage.cluster, ThreadPool(4), None)
    assert (code(report), stage.live()) == (ExitCode.CLEAN, [])
    assert released(stage) == set()
    stage.passes(hours=3, minutes=1)
    assert released(stage) == set()


def test_revoking_everything_takes_what_lost_its_record_too(stage):
    stage.granted(WHAT)
    (record,) = [each for each in stage.cluster.read().objects if is_record(each)]
    stage.cluster.delete(record)
    assert (code(revoke(stage.cluster, ThreadPool(4), None)), stage.live()) == (ExitCode.CLEAN, [])
