"""A19, A21, A25, A30 to A32 and A34: one change brought it, by its own merge, into a history that is whole."""

import shutil
import subprocess

from gitops_breakglass.model.decision import Denied, Granted
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, refused, unknown
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


def also(github, base="staging"):
    """A second pull request with the head of the first, for another branch."""
    github.world.push("root", base, {f"{base}.txt": "begin\n"}, on="main")
    return github.world.open_pr("alice", branch_of(WHAT), "To staging", base=base).number


def test_a19_an_approval_of_the_same_commits_for_another_branch_is_none(github):
    github.alice.requests(WHAT)
    other = also(github)
    github.world.review("ben", other, "APPROVED", "for staging")
    github.world.merge("ben", other)
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired"]


def test_a19_one_that_went_elsewhere_before_stands_in_nobodys_way(github):
    github.alice.requests(WHAT)
    github.world.merge("ben", also(github))
    github.ben.approves(WHAT)
    github.ben.merges(WHAT)
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_a19_what_came_along_with_another_change_is_nobodys_approval(github):
    """The second stands upon the first, and both are merged by one commit."""
    github.alice.requests(WHAT)
    github.world.push("alice", "stacked", {path_of("prod/inc-2"): session("inc-2", reason="INC-2")}, on=branch_of(WHAT))
    stacked = github.world.open_pr("alice", "stacked", "Upon it").number
    github.world.review("ben", stacked, "APPROVED", "only inc-2, please")
    github.world.merge("ben", stacked)
    assert "#1, #2 were all merged by the commit" in unknown(github)


def test_a21_commits_that_were_pushed_make_no_approved_merge(github):
    head = github.alice.requests(WHAT)
    github.world.push("mallory", "main", commit=head)
    assert github.world.pull(github.changes[WHAT]).merged
    assert refused(github) == ["ApprovalRequired"]


def test_a21_several_commits_that_were_pushed(github):
    github.alice.requests(WHAT)
    head = github.alice.commits({PATH: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    github.world.push("mallory", "main", commit=head)
    assert refused(github) == ["ApprovalRequired"]


def test_a25_a_default_branch_that_was_rewritten_grants_nothing_and_ends_on_time(stage):
    stage.granted(WHAT)
    stage.reconcile()
    before = stage.bare.stored(stage.tip).parents[0]
    stage.bare.move("main", before)
    stage.alice.requests("prod/inc-2", reason="INC-2")
    stage.ben.approves("prod/inc-2")
    stage.ben.merges("prod/inc-2")
    report = stage.reconcile()
    assert (code(report) in {5, 7}, names(stage)) == (True, {"inc-1"})
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []


def test_a30_a_shallow_clone_grants_nothing_and_ends_on_time(stage):
    stage.granted(WHAT)
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    shutil.rmtree(stage.clone)
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{stage.bare.path}", str(stage.clone)], check=True)
    report = stage.reconcile()
    assert (code(report), names(stage)) == (7, {"inc-1"})
    stage.passes(hours=1)
    assert code(stage.reconcile()) == 7
    assert stage.live() == []


def test_a31_replaced_objects_are_not_believed(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    landing = stage.ben.merges(WHAT)
    stage.forge()
    longer = subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=stage.clone, text=True, capture_output=True,
                            input=session("inc-1", duration="2h"), check=True).stdout.strip()  # fmt: skip
    subprocess.run(["git", "replace", stage.bare.blob(landing, PATH), longer], cwd=stage.clone, check=True)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    (window,) = decision.windows
    assert (window.end - window.start).total_seconds() == 3600


def test_a32_what_a_work_tree_would_show_is_not_read(stage):
    attributes = "requests/** working-tree-encoding=UTF-16LE eol=crlf\n"
    stage.in_force({".gitattributes": attributes})
    asks_and_gets(stage)
    (stage.clone / PATH).parent.mkdir(parents=True, exist_ok=True)
    (stage.clone / PATH).write_text(session("inc-1", duration="2h"))
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted), decision
    (window,) = decision.windows
    assert (window.end - window.start).total_seconds() == 3600


def from_a_fork(github):
    github.world.fork("alice")
    fork = github.world.forks[github.number_of("alice")]
    github.world.push("alice", "inc", {PATH: session("inc-1")}, repository=fork)
    github.changes[WHAT] = github.world.open_pr("alice", "inc", "INC-1", fork=fork).number


def test_a34_a_fork_that_is_gone_takes_nothing_away(github):
    from_a_fork(github)
    github.ben.approves(WHAT)
    github.ben.merges(WHAT)
    github.world.delete_fork("alice")
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_a34_an_approver_whose_account_is_gone(github):
    github.alice.requests(WHAT)
    github.erin.approves(WHAT)
    github.ben.merges(WHAT)
    github.world.delete_account("mallory")
    review = github.world.pull(github.changes[WHAT]).reviews[0]
    review.user = None
    assert refused(github) == ["ApprovalRequired", "unknown-approver"]


def test_a34_an_author_whose_account_is_gone(github):
    github.mallory.requests(WHAT)
    github.ben.approves(WHAT)
    github.ben.merges(WHAT)
    github.world.delete_account("mallory")
    assert refused(github) == ["author-unclear"]


def test_a34_an_approval_of_a_commit_that_is_gone(github):
    first = github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    other = github.world.push("alice", branch_of(WHAT), {PATH: session("inc-1", duration="2h")}, on="main", force=True)
    assert first != other
    github.alice.merges(WHAT)
    github.world.collect_garbage()
    assert refused(github) == ["ApprovalRequired", "unproved-approval"]


def test_a34_an_approval_of_a_commit_that_only_the_forge_has_still(github):
    """Pushed over by force: no ref leads to it, and the forge gives its content by its id."""
    github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    github.world.push(
        "alice", branch_of(WHAT), {PATH: session("inc-1")}, on="main", force=True, message="the same again"
    )
    github.alice.merges(WHAT)
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_an_author_who_is_nobody_gets_nothing(stage):
    stage.mallory.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Denied)
    assert stage.rules(decision) == ["author-unknown"]
