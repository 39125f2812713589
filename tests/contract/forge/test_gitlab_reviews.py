"""What GitLab's approvals, log and versions are told as, by every tier and every way to merge."""

from dataclasses import replace

import pytest

from gitops_breakglass.model.change import Change, ReviewState
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.forges.bare import Name
from tests.forges.gitlab_stage import QUICK, GitlabStage
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC, BRANCH = path_of(WHAT), branch_of(WHAT)
APPROVED, DISMISSED, CHANGES = ReviewState.APPROVED, ReviewState.DISMISSED, ReviewState.CHANGES_REQUESTED


@pytest.fixture
def make(tmp_path):
    made = []

    def stage(**options):
        made.append(GitlabStage(tmp_path / str(len(made)), **options))
        made[-1].alice.requests(WHAT)
        return made[-1]

    yield stage
    for each in made:
        each.__exit__(None, None, None)


@pytest.fixture
def stage(make):
    return make()


def relisted(change):
    """Another list, with the count that it has."""

    def other(request, answer):
        items = change(answer.json)
        return answer.saying(items).having(X_Total=len(items))

    return faults.Fault(other, instead=False)


def told(stage):
    """The reviews of the open request, oldest first: whose, what, and the words or what is wrong."""
    change = stage.proposed()
    assert isinstance(change, Change), change
    return [
        (each.account.login, each.state, each.problem or each.body)
        for each in sorted(change.reviews, key=lambda each: (each.submitted_at, each.state))
    ]


@pytest.mark.parametrize("tier", ["free", "premium", "ultimate"])
def test_an_approval_is_told_alike_on_every_tier(make, tier):
    stage = make(tier=tier)
    stage.ben.approves(WHAT)
    assert told(stage) == [("ben", APPROVED, "go ahead")]


def test_nobody_s_approval_is_no_approval_whatever_gitlab_calls_the_merge_request(make):
    stage = make(tier="premium")
    stage.world.approval_rule("impossible", 2, users=["alice"])
    assert told(stage) == []


def test_an_instance_that_tells_no_times_of_approvals_has_them_in_its_log(make):
    stage = make(old=True)
    stage.ben.approves(WHAT, "")
    (review,) = stage.proposed().reviews
    assert (review.commit, review.problem) == (stage.bare.head(BRANCH), None)
    assert review.submitted_at <= stage.clock.now()


@pytest.mark.parametrize(("minutes", "is_clear"), [(0, False), (9, False), (11, True)])
def test_such_an_instance_can_t_tell_an_approval_from_a_push_about_the_same_time(make, minutes, is_clear):
    stage = make(old=True)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    stage.passes(minutes=minutes)
    stage.ben.approves(WHAT, "")
    (review,) = stage.proposed().reviews
    assert (review.problem is None) is is_clear


def test_an_approval_without_any_time_is_told_without_one(make):
    stage = make(old=True)
    stage.ben.approves(WHAT, "")
    stage.world.faults.add("GET */notes*", relisted(lambda notes: []))
    (review,) = stage.proposed().reviews
    assert (review.state, review.submitted_at, review.commit, review.blob) == (APPROVED, None, None, None)


def test_an_approval_that_was_taken_back_is_told_as_dismissed(stage):
    stage.ben.approves(WHAT)
    stage.world.unapprove("ben", 1)
    assert [each[:2] for each in told(stage)] == [("ben", DISMISSED), ("ben", DISMISSED)]
    stage.ben.approves(WHAT, "")
    assert [each[:2] for each in told(stage)] == [("ben", DISMISSED), ("ben", APPROVED)]


def test_an_approval_that_is_still_listed_after_it_was_taken_back_is_older_than_that(stage):
    stage.ben.approves(WHAT)
    listed = stage.proposed().reviews[0]
    stage.world.unapprove("ben", 1)
    at = listed.submitted_at.isoformat()
    user = {"id": int(stage.ben.account.id), "username": "ben", "state": "active"}
    stage.world.faults.add(
        "GET */approvals", faults.edited(lambda value: {**value, "approved_by": [{"user": user, "approved_at": at}]})
    )
    assert [each[:2] for each in told(stage)] == [("ben", APPROVED), ("ben", DISMISSED)]


def test_approvals_that_a_push_reset_are_told_as_dismissed(make):
    stage = make(tier="premium")
    stage.world.set_project(reset_approvals_on_push=True)
    stage.ben.approves(WHAT)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    assert [each[:2] for each in told(stage)] == [("ben", DISMISSED), ("ben", DISMISSED)]


def test_an_approval_is_of_the_version_that_was_there_when_it_was_given(stage):
    stage.ben.approves(WHAT)
    seen = stage.bare.head(BRANCH)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    change = stage.proposed()
    (review,) = change.reviews
    assert (review.commit, review.blob) == (seen, stage.bare.blob(seen, INC))
    assert review.blob != change.blob_head


def test_a_version_that_was_pushed_away_by_force_is_still_what_was_approved(stage):
    stage.ben.approves(WHAT)
    seen = stage.bare.head(BRANCH)
    stage.world.push("alice", BRANCH, {INC: session("inc-1", duration="30m")}, force=True)
    (review,) = stage.proposed().reviews
    assert (review.commit, review.blob) == (seen, stage.bare.blob(seen, INC))


def test_who_asked_for_changes_is_told(stage):
    stage.ben.approves(WHAT, "")
    ask = relisted(lambda notes: [*notes, {**notes[-1], "id": 99, "body": "requested changes"}])
    stage.world.faults.add("GET */notes*", ask)
    assert {each[:2] for each in told(stage)} == {("ben", APPROVED), ("ben", CHANGES)}


def test_an_approver_who_was_blocked_since_is_told_as_a_problem(stage):
    stage.ben.approves(WHAT)
    stage.world.block_user("ben")
    (review,) = stage.proposed().reviews
    assert "blocked" in review.problem


# Reasons.


def reason(stage):
    (review,) = stage.proposed().reviews
    return review.problem or review.body


def test_the_reason_is_the_note_that_says_so_whenever_it_was_written(stage):
    stage.world.note("ben", 1, "Breakglass-Reason: INC-1, the shop is down\nas agreed")
    stage.passes(minutes=10)
    stage.world.note("ben", 1, "looks good")
    stage.ben.approves(WHAT, "")
    assert reason(stage) == "INC-1, the shop is down\nas agreed"


def test_the_reason_is_else_the_note_that_was_submitted_with_the_approval(stage):
    stage.world.note("ben", 1, "what is this about?")
    stage.passes(minutes=10)
    stage.ben.approves(WHAT, "")
    stage.world.note("ben", 1, "the shop is down")
    assert reason(stage) == "the shop is down"


def test_what_was_written_for_an_older_version_or_by_others_is_no_reason(stage):
    stage.world.note("ben", 1, "breakglass-reason: for the first version")
    stage.passes(minutes=10)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    stage.world.note("alice", 1, "breakglass-reason: please")
    stage.ben.approves(WHAT, "")
    assert reason(stage) == ""


def test_a_reason_that_somebody_changed_proves_nothing(stage):
    stage.world.note("ben", 1, "breakglass-reason: no")
    stage.ben.approves(WHAT, "")
    stage.world.edit_note("dana", 1, stage.world.mr(1).notes[0].id, "breakglass-reason: yes")
    assert "changed after it was written" in reason(stage)


def test_a_note_beside_the_approval_that_was_changed_is_no_reason(stage):
    stage.ben.approves(WHAT, "")
    note = stage.world.note("ben", 1, "fine")
    stage.world.edit_note("dana", 1, note, "fine, for a week")
    assert reason(stage) == ""


def test_a_reason_after_the_merge_is_none(stage):
    stage.ben.approves(WHAT, "")
    stage.ben.merges(WHAT)
    stage.world.note("ben", 1, "breakglass-reason: I forgot")
    (review,) = stage.landed().reviews
    assert review.body == ""


def test_what_people_write_is_never_taken_for_the_log(stage):
    stage.world.note("ben", 1, "approved this merge request")
    stage.world.note("ben", 1, "changed target branch from `a` to `main`")
    stage.world.note("mallory", 1, "reset approvals from @ben by pushing to the branch")
    stage.world.note("alice", 1, "added 3 commits")
    change = stage.proposed()
    assert (change.reviews, change.retargeted_at, change.pushers) == ((), None, ())


# Pushes, targets, commits.


def test_every_push_by_the_author_is_the_authors_alone(stage):
    assert stage.proposed().pushed_by_author_only is True
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    assert stage.proposed().pushed_by_author_only is True


def test_a_push_by_somebody_else_is_not_the_authors_alone_whoever_merges(stage):
    stage.erin.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    assert stage.proposed().pushed_by_author_only is False
    assert stage.proposed().pushers == (stage.erin.account,)
    stage.world.add_member(None, "alice", 40)
    stage.alice.merges(WHAT)
    assert stage.landed().pushed_by_author_only is False


def test_a_version_whose_push_the_log_does_not_have_is_by_nobody_who_is_known(stage):
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    stage.world.faults.add("GET */notes*", relisted(lambda notes: []))
    assert stage.proposed().pushed_by_author_only is None


def test_an_author_who_merges_stands_for_pushes_of_which_nobody_else_s_are_known(stage):
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    stage.world.add_member(None, "alice", 40)
    stage.alice.merges(WHAT)
    stage.world.faults.add("GET */notes*", relisted(lambda notes: []))
    assert stage.landed().pushed_by_author_only is True


def test_committers_of_every_version_are_told(stage):
    stage.world.push("ben", BRANCH, {INC: session("inc-1", duration="30m")})
    stage.setup({"README.md": "more\n"})
    stage.world.rebase("erin", 1)
    change = stage.proposed()
    assert {mail for each in change.commits for mail in each.emails} == {
        "alice@example.com",
        "ben@example.com",
        "erin@example.com",
    }


def test_a_merge_request_with_too_many_versions_is_not_looked_at(stage):
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    for most, kind in ((2, Change), (1, Unread)):
        forge = stage.forge(limits=replace(QUICK, versions=most))
        assert isinstance(forge.proposed("1", tip=stage.tip, sights={}, now=stage.clock.now()), kind)


def test_an_address_that_gitlab_made_for_an_account_is_that_account_s(stage):
    hidden = Name("Ben", f"{stage.ben.account.id}-ben@users.noreply.gitlab.example.com")
    stage.world.push("alice", BRANCH, {INC: session("inc-1", duration="30m")}, author=hidden)
    newest = stage.proposed().commits[0]
    assert newest.accounts == (stage.ben.account,)


def test_a_new_target_has_its_time(stage):
    stage.world.push("root", "next", {})
    stage.ben.approves(WHAT)
    stage.world.retarget("alice", 1, "next")
    assert "goes to next" in stage.proposed().message
    stage.world.retarget("alice", 1, "main")
    assert stage.proposed().retargeted_at == stage.clock.now()


def test_while_gitlab_computes_what_a_push_did_nothing_is_known(make):
    stage = make(tier="premium")
    stage.ben.approves(WHAT)
    for word in ("checking", "approvals_syncing"):
        stage.world.keep_busy(1, word)
        assert "still computing" in stage.proposed().message
        stage.world.catch_up(1)
        assert isinstance(stage.proposed(), Change)


def test_a_landed_version_that_gitlab_still_computes_is_not_known(stage):
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    stage.world.keep_busy(1)
    assert "still computing" in stage.landed().message
    stage.world.catch_up(1)
    assert isinstance(stage.landed(), Change)


@pytest.mark.parametrize("how", ["merge", "squash", "semi-linear", "ff", "squash_ff"])
def test_every_way_to_merge_is_found(stage, how):
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=BRANCH)
    base = stage.tip
    stage.ben.approves(WHAT)
    stage.world.merge("ben", 1, how)
    change = stage.landed()
    assert isinstance(change, Change), change
    assert (change.base, change.blob_landing) == (base, change.blob_head)
    assert len(change.landed_as) == (2 if how == "ff" else 0)
    assert len(change.commits) == 2


@pytest.mark.parametrize("how", ["merge", "squash", "ff", "squash_ff"])
def test_a_head_whose_ref_gitlab_let_go_is_found_by_its_commit(stage, how):
    stage.ben.approves(WHAT)
    stage.world.merge("ben", 1, how)
    before = stage.landed()
    stage.bare.move("refs/merge-requests/1/head", None)
    assert stage.landed() == before


def test_what_came_along_with_another_merge_request_did_not_land_as_its_merge(stage):
    stage.world.push_commit("mallory", "more", stage.bare.head(BRANCH))
    stage.world.push("mallory", "more", {"more.txt": "x\n"})
    stage.mallory.opens("more")
    stage.ben.merges("more")
    assert stage.world.mr(1).state == "merged"
    change = stage.landed()
    assert (change.id, change.author) == ("!2", stage.mallory.account)


def test_two_merge_requests_with_one_head_can_t_be_told_apart(stage):
    stage.world.push_commit("mallory", "same", stage.bare.head(BRANCH))
    stage.mallory.opens("same")
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    found = stage.landed()
    assert isinstance(found, Unread)
    assert "!1, !2" in found.message


def test_a_merge_request_is_found_by_its_branch_or_its_number(stage):
    forge, now = stage.forge(), stage.clock.now()
    by = [forge.proposed(name, tip=stage.tip, sights={}, now=now) for name in ("1", "!1", BRANCH)]
    assert by[0] == by[1] == by[2]
    for name in ("elsewhere", "!", "1/approve", "2"):
        assert isinstance(forge.proposed(name, tip=stage.tip, sights={}, now=now), Unread)
    stage.ben.merges(WHAT)
    assert "merged already" in stage.forge().proposed("1", tip=stage.tip, sights={}, now=now).message
