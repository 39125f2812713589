"""How long the resource of a session stays beside its record after the end."""

import pytest

from gitops_breakglass.model.decision import Denied
from gitops_breakglass.model.outcome import Applied, Failed
from tests.e2e.attacks import forged, labels, names, one, record_of, writes
from tests.e2e.stage import POD_SHELL, Stage
from tests.e2e.test_who_counts import with_spec
from tests.git.world import path_of, session

A_DAY = with_spec("retainFor: 24h")


def kinds(stage):
    return sorted(
        each.key.kind for each in stage.cluster.read().objects if each.key.kind not in ("TrustRoot", "Checkpoint")
    )


BOTH = ["BreakglassSession", "Grant"]
RECORD = ["Grant"]


def over(stage, run):
    """An hour later: the access has ended, and a run has seen it."""
    stage.passes(hours=1)
    run(stage)
    assert kinds(stage) == BOTH


@pytest.fixture(params=["sweep", "reconcile"])
def run(request):
    return lambda stage: getattr(stage, request.param)()


def test_it_goes_when_its_time_is_over_and_the_record_stays(tmp_path, run):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, run)
    stage.passes(hours=23, minutes=59)
    run(stage)
    assert kinds(stage) == BOTH
    stage.passes(minutes=1)
    report = run(stage)
    assert kinds(stage) == RECORD
    (outcome,) = report.outcomes
    assert (type(outcome), outcome.key.kind, outcome.late) == (Applied, "BreakglassSession", None)
    stage.passes(days=400)
    stage.reconcile()  # writes into the ledger what only a sweeper has seen
    assert stage.reconcile().outcomes == ()
    assert stage.sweep().outcomes == ()
    assert kinds(stage) == RECORD


def test_its_name_stays_burned(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, Stage.reconcile)
    stage.passes(days=1)
    stage.reconcile()
    assert kinds(stage) == RECORD
    stage.world.policy({path_of("prod/inc-1"): None}, message="Done")
    stage.alice.commits({path_of("prod/inc-1"): session("inc-1", reason="again")}, on="again")
    stage.world.merge(None, branch="again")
    assert isinstance(stage.decision(stage.reconcile(), "prod/inc-1"), Denied)


@pytest.mark.parametrize(
    ("policies", "asked", "days"),
    [(POD_SHELL, "", 30), (POD_SHELL, "48h", 2), (A_DAY, "48h", 1), (A_DAY, "12h", 0.5), (A_DAY, "", 1)],
)
def test_a_session_may_say_how_long_up_to_what_the_escalation_says(tmp_path, policies, asked, days):
    stage = Stage(tmp_path, policies=policies)
    text = session("inc-1") + (f"  retainFor: {asked}\n" if asked else "")
    stage.alice.requests("prod/inc-1", text)
    stage.ben.approves("prod/inc-1")
    stage.world.merge("prod/inc-1")
    stage.reconcile()
    over(stage, Stage.reconcile)
    stage.passes(days=days, seconds=-1)
    stage.sweep()
    assert kinds(stage) == BOTH
    stage.passes(seconds=1)
    stage.sweep()
    assert kinds(stage) == RECORD


def test_the_time_runs_from_the_end_that_was_seen_and_not_from_the_window_s(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    stage.passes(days=3)
    stage.sweep()
    assert kinds(stage) == BOTH
    stage.passes(days=1)
    stage.sweep()
    assert kinds(stage) == RECORD


def test_a_plan_says_so_beforehand(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, Stage.reconcile)
    assert stage.plan().ends == ()
    stage.passes(days=1)
    (end,) = stage.plan().ends
    assert (end.live.key.kind, end.why) == ("BreakglassSession", "the session is over, and was kept for 24h")
    assert kinds(stage) == BOTH


def test_it_stays_while_anything_of_the_grant_is_left_whatever_a_record_says(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    writes(stage, record_of(stage), lambda record: record["status"].update(endedAt="2026-03-01T00:00:00Z"))
    stage.sweep()
    assert "BreakglassSession" in kinds(stage)


def test_a_forged_record_takes_away_neither_a_live_session_nor_one_that_is_kept(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, Stage.reconcile)
    forged(stage, lambda record: record["status"].update(endedAt="2026-01-01T00:00:00Z"), name="bg-forged-1")
    stage.sweep()
    assert kinds(stage) == [*BOTH, "Grant"]


def test_one_that_is_not_marked_as_ours_or_as_another_request_s_is_left_alone(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, Stage.reconcile)
    writes(
        stage, one(stage, "BreakglassSession"), lambda live: labels(live).update({"gitops-breakglass.dev/request": "x"})
    )
    stage.passes(days=2)
    stage.sweep()
    assert kinds(stage) == BOTH


def test_what_is_kept_does_not_keep_another_grant_from_ending(tmp_path):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, Stage.reconcile)
    stage.passes(hours=23)
    stage.granted("prod/inc-2", reason="INC-2: again")
    assert names(stage) == {"inc-2"}
    stage.passes(hours=1)
    report = stage.sweep()
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert (names(stage), kinds(stage)) == (set(), ["BreakglassSession", "Grant", "Grant"])


def test_an_end_at_the_end_of_time_keeps_no_other_grant_from_ending(tmp_path, run):
    stage = Stage(tmp_path, policies=A_DAY)
    stage.granted("prod/inc-1")
    over(stage, run)
    writes(stage, record_of(stage), lambda record: record["status"].update(endedAt="9999-12-31T23:59:59Z"))
    stage.granted("prod/inc-2", reason="INC-2: again")
    assert names(stage) == {"inc-2"}
    stage.passes(hours=1)
    report = run(stage)
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert (names(stage), kinds(stage)) == (set(), sorted([*BOTH, *BOTH]))
