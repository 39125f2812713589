"""Attacks on history: clones that are not whole, branches that are not the default branch, and lines that were rewritten."""

import shutil

import pytest

from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.exits import exit_of
from tests.e2e.attacks import GRANTED, WHAT, asks_and_gets, ends_on_time, names, one, record_of
from tests.e2e.stage import POD_SHELL, START, Stage
from tests.git.world import branch_of, path_of, session


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def code(report):
    return exit_of(RunReport((report,)))


def grants_nothing_and_goes_on_ending(stage, expected, path=None):
    """One request is live and another one waits: the run has this exit code, changes neither, and the first one ends."""
    report = stage.reconcile(path)
    assert (code(report), report.outcomes, names(stage)) == (expected, (), {"inc-1"})
    stage.passes(hours=1)
    report = stage.reconcile(path)
    assert (code(report), stage.live()) == (expected, [])
    return report


def clone(stage, *options):
    target = stage.folder / "clone"
    stage.world.git("clone", "--quiet", "--no-local", *options, f"file://{stage.world.path}", str(target))
    return target


def test_a_shallow_clone_is_unknown_and_keeps_expiring(stage):
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    grants_nothing_and_goes_on_ending(stage, ExitCode.UNREACHABLE, clone(stage, "--depth=1"))


def test_a_repository_that_is_gone_is_unknown_and_keeps_expiring(stage):
    stage.granted(WHAT)
    shutil.rmtree(stage.world.path / ".git")
    grants_nothing_and_goes_on_ending(stage, ExitCode.UNREACHABLE)


def test_grafts_are_unknown_and_keep_expiring(stage):
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    (stage.world.path / ".git" / "info").mkdir(exist_ok=True)
    (stage.world.path / ".git" / "info" / "grafts").write_text(f"{stage.world.tip}\n")
    grants_nothing_and_goes_on_ending(stage, ExitCode.UNREACHABLE)


def test_replaced_commits_are_not_believed(stage):
    asks_and_gets(stage, content=session("inc-1", duration="2h"))
    orphan = stage.world.git("commit-tree", f"{stage.world.tip}^{{tree}}", "-m", "All at once")
    stage.world.git("replace", stage.world.tip, orphan)
    stage.reconcile()
    assert record_of(stage).manifest["status"]["expiresAt"] == "2026-03-10T05:00:00Z"


def test_a_default_branch_that_was_rewritten_is_braked_and_keeps_expiring(stage):
    before = stage.world.tip
    stage.granted(WHAT)
    stage.world.checkout("main")
    stage.world.git("reset", "--quiet", "--hard", before)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    report = grants_nothing_and_goes_on_ending(stage, ExitCode.BRAKE)
    assert "history was rewritten, or this clone is old" in report.plan.held[0]


@pytest.mark.threat("E4")
def test_an_older_clone_is_braked_and_keeps_expiring(stage):
    old = clone(stage)
    stage.granted(WHAT)
    report = grants_nothing_and_goes_on_ending(stage, ExitCode.BRAKE, old)
    assert "Fetch" in report.plan.held[0]


def test_another_repository_is_braked_and_keeps_expiring(stage, tmp_path):
    stage.granted(WHAT)
    (tmp_path / "other").mkdir()
    other = Stage(tmp_path / "other")
    report = grants_nothing_and_goes_on_ending(stage, ExitCode.BRAKE, other.world.path)
    assert "is this the right repository?" in report.plan.held[0]


def lands_again(stage):
    """Merge the default branch into an empty branch from before the request, and put that in its place.

    It is a fast-forward for git; but on its first-parent line the old request lands only now.
    """
    before = stage.world.tip
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT, how="ff")
    yield
    stage.world.git("checkout", "--quiet", "--force", "-b", "takeover", before)
    stage.alice.commits({}, on="takeover", message="Nothing")
    stage.world.git("merge", "--quiet", "--no-ff", "-m", "Turn round", "main")
    stage.world.git("branch", "--force", "main", "takeover")
    yield


def test_an_expired_request_that_lands_again_by_a_merge_the_wrong_way_round_is_braked(stage):
    steps = lands_again(stage)
    next(steps)
    stage.reconcile()
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []
    next(steps)
    report = stage.reconcile()
    assert (code(report), stage.live()) == (ExitCode.BRAKE, [])


def test_an_expired_request_does_not_land_again_though_the_checkpoint_is_older_than_it(stage):
    steps = lands_again(stage)
    stage.reconcile()
    checkpoint = next(each for each in stage.cluster.read().objects if each.key.kind == "Checkpoint")
    next(steps)
    stage.reconcile()
    stage.passes(hours=1)
    stage.reconcile()
    now = next(each for each in stage.cluster.read().objects if each.key.kind == "Checkpoint")
    stage.cluster.replace(now, {**now.manifest, "spec": checkpoint.manifest["spec"]})
    next(steps)
    report = stage.reconcile()
    assert stage.rules(stage.decision(report, WHAT)) == ["not-burned"]
    assert stage.live() == []


def test_a_default_branch_that_does_not_pass_the_trust_root_is_braked_from_the_first_run_on(stage):
    steps = lands_again(stage)
    next(steps)
    stage.install()
    next(steps)
    report = stage.reconcile()
    assert (code(report), stage.live()) == (ExitCode.BRAKE, [])


def test_an_emptied_repository_is_every_request_revoked_and_grants_nothing(stage):
    stage.granted(WHAT)
    stage.world.policy({path_of(WHAT): None}, message="Empty it")
    stage.reconcile()
    assert stage.live() == []
    assert stage.reconcile().outcomes == ()


def test_too_many_grants_at_once_are_braked_and_what_is_live_stays(tmp_path):
    stage = Stage(tmp_path, more="brakes:\n  maxNewGrants: 1")
    stage.granted(WHAT)
    for name in ("prod/inc-2", "prod/inc-3"):
        asks_and_gets(stage, name, reason=name)
    report = grants_nothing_but_skips(stage)
    assert "more than brakes.maxNewGrants (1)" in report.plan.held[0]
    ends_on_time(stage)


def grants_nothing_but_skips(stage):
    report = stage.reconcile()
    assert (code(report), stage.live(), names(stage)) == (ExitCode.BRAKE, GRANTED, {"inc-1"})
    return report


def test_requests_from_before_the_installation_are_not_decided(stage):
    asks_and_gets(stage)
    stage.install()
    assert stage.reconcile().plan.judged == ()
    assert stage.live() == []
    assert branch_of(WHAT) in stage.world.git("branch")


def test_a_rewritten_branch_goes_on_once_an_administrator_has_pinned_it(stage):
    before = stage.world.tip
    stage.granted(WHAT)
    stage.world.checkout("main")
    stage.world.git("reset", "--quiet", "--hard", before)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    assert stage.reconcile().plan.held
    stage.install()
    report = stage.reconcile()
    assert report.plan.held == ()
    assert [finding.rule for finding in report.plan.findings] == ["before-installation"]
    stage.granted("prod/inc-3", reason="INC-3")
    assert names(stage) == {"inc-3"}


def test_a_lost_checkpoint_holds_until_an_administrator_has_pinned_anew_and_nothing_is_decided_twice(stage):
    stage.granted(WHAT)
    stage.cluster.delete(one(stage, "Checkpoint"))
    assert stage.reconcile().plan.held
    assert stage.reconcile().plan.held
    stage.install()
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    report = stage.reconcile()
    assert [str(judged.request) for judged in report.plan.judged] == ["prod/inc-2"]


def test_a_policy_side_that_was_not_approved_comes_into_force_when_an_administrator_pins_it(stage):
    stage.mallory.commits({"policies/shell.yaml": POD_SHELL.replace("2h", "1h")}, on="main")
    assert [finding.rule for finding in stage.reconcile().plan.findings] == ["policy-not-in-force"]
    stage.install()
    assert stage.reconcile().plan.findings == ()
    stage.alice.requests("prod/inc-2", duration="90m")
    stage.ben.approves("prod/inc-2")
    stage.world.merge("prod/inc-2")
    assert "InvalidDuration" in stage.rules(stage.decision(stage.reconcile(), "prod/inc-2"))


def test_what_was_seen_while_a_brake_held_is_remembered(tmp_path):
    stage = Stage(tmp_path, more="brakes: {maxNewGrants: 1}")
    for name in ("inc-1", "inc-2"):
        asks_and_gets(stage, f"prod/{name}", reason=name)
    assert stage.reconcile().plan.held
    stage.passes(minutes=20)
    stage.world.policy({"requests/prod/inc-2.yaml": None}, message="Not that one")
    decision = stage.decision(stage.reconcile(), "prod/inc-1")
    assert decision.windows[0].start == START
