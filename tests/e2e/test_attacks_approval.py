"""Attacks on approvals: tags by the wrong people, in the wrong place, or at the wrong time."""

import pytest

from tests.e2e.attacks import WHAT, asks_and_gets, ends_on_time, in_force, names, refused
from tests.e2e.stage import POD_SHELL, Stage
from tests.git.world import branch_of, path_of, session


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


@pytest.mark.parametrize(
    ("who", "rules"),
    [
        ("mallory", ["ApprovalRequired", "unknown-approver"]),
        ("erin", ["ApprovalRequired", "not-an-approver"]),
        ("alice", ["ApprovalRequired", "not-an-approver"]),
    ],
)
def test_an_approval_by_somebody_who_may_not(stage, who, rules):
    stage.alice.requests(WHAT)
    getattr(stage, who).approves(WHAT, ref=f"breakglass/approve/{WHAT}/ben")
    stage.world.merge(WHAT)
    assert refused(stage) == rules


def test_a_signature_over_another_commit_of_the_same_content(stage):
    stage.alice.requests(WHAT)
    twin = stage.alice.commits({path_of(WHAT): session("inc-1")}, on="twin", message="The same bytes elsewhere")
    stage.ben.approves(WHAT, on=twin)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_a_signature_over_the_default_branch(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, on=stage.world.tip)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_a_signed_release_tag_put_under_the_approval_s_name(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, inner="v1.0")
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_the_approval_of_another_request_put_under_this_one_s_name(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, inner="breakglass/approve/prod/inc-2/ben")
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_an_approval_that_nobody_signed(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, signed=False)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


@pytest.mark.parametrize("kind", ["commit", "blob"])
def test_a_lightweight_tag_on_anything(stage, kind):
    head = stage.alice.requests(WHAT)
    there = head if kind == "commit" else stage.world.blob(head, path_of(WHAT))
    stage.world.git("update-ref", f"refs/tags/breakglass/approve/{WHAT}/ben", there)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_an_expired_key_with_a_back_dated_tagger_does_not_count(stage):
    entry = f'{{key: {stage.ben.public_key}, validBefore: "2026-03-10T02:00:00Z"}}'
    other = stage.world.person("carol")
    stage.groups["team-leads"] = ["ben", "carol"]
    in_force(stage, {"identities.yaml": stage.identities(keys={"ben": [entry]})})
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, date="2026-03-09T12:00:00Z")
    stage.world.merge(WHAT)
    stage.ben = other
    assert refused(stage) == ["ApprovalRequired", "unknown-approver"]


def test_an_approval_that_is_seen_after_the_merge_is_too_late(stage):
    stage.alice.requests(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired"]
    stage.passes(minutes=1)
    stage.ben.approves(WHAT)
    stage.reconcile()
    assert names(stage) == {"honest"}


def test_an_approval_after_the_timeout_does_not_count(tmp_path):
    policies = POD_SHELL.replace("  maxValidFor: 2h\n", "  maxValidFor: 2h\n  approvalTimeout: 30m\n")
    stage = Stage(tmp_path, policies=policies)
    stage.alice.requests(WHAT)
    stage.reconcile()
    stage.passes(minutes=31)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "ApprovalTimeout"]


def test_a_new_push_does_not_start_the_timeout_again(tmp_path):
    policies = POD_SHELL.replace("  maxValidFor: 2h\n", "  maxValidFor: 2h\n  approvalTimeout: 30m\n")
    stage = Stage(tmp_path, policies=policies)
    stage.alice.requests(WHAT)
    stage.reconcile()
    stage.passes(minutes=31)
    stage.alice.commits({}, on=branch_of(WHAT), message="Push again")
    stage.reconcile()
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "ApprovalTimeout"]


def without_ben(stage):
    """A policy side on which carol leads in ben's place."""
    carol = stage.world.person("carol")
    stage.groups = {**stage.groups, "team-leads": ["carol"]}
    in_force(stage, {"identities.yaml": stage.identities()})
    return carol


def test_an_approver_who_left_before_the_decision_does_not_count(stage):
    asks_and_gets(stage)
    stage.ben = without_ben(stage)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_an_approver_who_leaves_after_the_decision_changes_nothing_that_was_granted(stage):
    stage.granted(WHAT)
    without_ben(stage)
    assert stage.reconcile().plan.ends == ()
    assert names(stage) == {"inc-1"}
    ends_on_time(stage)


def test_a_tag_that_is_moved_after_the_decision_changes_nothing(stage):
    stage.granted(WHAT)
    stage.mallory.approves(WHAT, ref=f"breakglass/approve/{WHAT}/ben", on=stage.world.tip, force=True)
    assert stage.plan().is_empty
    stage.world.git("tag", "-d", f"breakglass/approve/{WHAT}/ben")
    assert stage.plan().is_empty
    ends_on_time(stage)


def test_a_branch_that_is_used_again_does_not_bring_its_approval_along(stage):
    stage.granted(WHAT)
    stage.alice.commits({path_of("prod/inc-2"): session("inc-2", reason="INC-2")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT, force=True)
    stage.world.merge(WHAT)
    report = stage.reconcile()
    assert stage.rules(stage.decision(report, "prod/inc-2")) == ["ApprovalRequired"]
    assert names(stage) == {"inc-1"}


def test_an_approval_for_the_policy_side_approves_no_request(stage):
    stage.alice.requests(WHAT)
    stage.ben.tags("breakglass/approve/policy/inc-1/ben", stage.world.head(branch_of(WHAT)))
    stage.dana.tags(f"breakglass/approve/policy/{WHAT}/dana", stage.world.head(branch_of(WHAT)))
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired"]
