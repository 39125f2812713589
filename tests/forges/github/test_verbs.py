"""What GitHub refuses to let people do, the fake refuses too."""

import pytest

from tests.forges.bare import Refused
from tests.forges.github.conftest import BRANCH, PATH
from tests.forges.github.state import ACTIONS_BOT


def refuses(match, status=422):
    return pytest.raises(Refused, match=match)


def test_nobody_approves_their_own(world, pr):
    for state, said in (("APPROVED", "approve"), ("CHANGES_REQUESTED", "request changes on")):
        with refuses(f"Can not {said} your own pull request"):
            world.review("alice", pr, state, "mine")
    assert world.review("alice", pr, "COMMENTED", "as you see").state == "COMMENTED"
    assert world.push("ben", BRANCH, {PATH: "ben's\n"}) and world.review("ben", pr, "APPROVED"), (
        "only the opener is refused"
    )


def test_actions_may_approve_only_where_that_is_allowed(world, pr, ask):
    bot = world.people[ACTIONS_BOT]
    with refuses("GitHub Actions is not permitted"):
        world.review(bot, pr, "APPROVED")
    world.allow_actions_to_approve()
    world.review(bot, pr, "APPROVED")
    token = world.token("app", administration="read", pull_requests="read")
    assert ask("GET", "/pulls/1/reviews", token).json()[0]["user"]["type"] == "Bot"
    assert ask("GET", "/actions/permissions/workflow", token).json()["can_approve_pull_request_reviews"] is True


def test_what_is_over_is_not_merged_again(world, pr):
    world.close("alice", pr)
    with refuses("not mergeable"):
        world.merge("ben", pr)
    with refuses("closed already"):
        world.close("alice", pr)
    world.reopen("alice", pr)
    world.merge("ben", pr)
    for again in (lambda: world.merge("ben", pr), lambda: world.close("ben", pr), lambda: world.reopen("ben", pr),
                  lambda: world.retarget("alice", pr, "main")):  # fmt: skip
        with pytest.raises(Refused):
            again()
    assert [each.kind for each in pr.events] == ["closed", "reopened", "merged", "closed"]


def test_a_branch_that_changed_while_closed_is_not_reopened(world, pr):
    world.close("alice", pr)
    later = world.push("alice", BRANCH, {PATH: "two\n"})
    world.reopen("alice", pr)
    assert pr.head == later
    world.close("alice", pr)
    world.push("alice", BRANCH, {PATH: "three\n"}, on="main", force=True)
    with refuses("can't be reopened"):
        world.reopen("alice", pr)


def test_rules_stand_in_the_way_of_all_but_those_who_bypass_them(world, pr):
    world.protect("main", {"pull_request": {"required_approving_review_count": 1, "allowed_merge_methods": ["squash"]}})
    with refuses("through a pull request"):
        world.push("alice", "main", {"x": "1\n"})
    with refuses("approving review is required"):
        world.merge("ben", pr, "squash")
    with refuses("merge merges are not allowed"):
        world.merge("ben", pr)
    with refuses("may bypass"):
        world.bypass_merge("ben", pr, "squash")
    world.review("cleo", pr, "CHANGES_REQUESTED", "no")
    with refuses("Changes were requested"):
        world.merge("ben", pr, "squash")
    world.bypass_merge("root", pr, "squash")
    assert [(each.result, each.actor) for each in world.suites] == [
        ("fail", world.who("alice").id), ("bypass", world.who("root").id),
    ]  # fmt: skip
    world.push("ben", "two", {"b": "1\n"})
    second = world.open_pr("ben", "two", "Two")
    world.review("alice", second, "APPROVED")
    world.merge("ben", second, "squash")
    assert world.suites[-1].result == "pass"


def test_pushes_that_git_or_the_forge_turns_down(world, pr):
    world.account("guest", permission="read")
    for refused in (
        lambda: world.push("guest", BRANCH, {PATH: "two\n"}),
        lambda: world.push("alice", BRANCH, {PATH: "two\n"}, on="main"),
        lambda: world.push("ben", "main", {"x": "1\n"}, repository=world.fork("alice")),
        lambda: world.delete_branch("alice", "nowhere"),
    ):
        with pytest.raises(Refused):
            refused()


def test_pull_requests_that_can_not_be(world, pr):
    world.account("stranger", permission="none")
    world.account("guest", permission="read")
    world.push("alice", "same", commit=world.tip)
    for refused, said in (
        (lambda: world.open_pr("alice", BRANCH, "again"), "already exists"),
        (lambda: world.open_pr("alice", "nowhere", "no"), "invalid"),
        (lambda: world.open_pr("alice", "same", "nothing"), "No commits between"),
        (lambda: world.open_pr("stranger", BRANCH, "who?", base=BRANCH), "Not Found"),
        (lambda: world.merge("guest", pr), "write access"),
        (lambda: world.close("guest", pr), "write access"),
        (lambda: world.review("ben", pr, "CHANGES_REQUESTED"), "Body is required"),
        (lambda: world.review("ben", pr, "LGTM"), "not a review's state"),
        (lambda: world.review("ben", pr, "APPROVED", commit=world.push("ben", "x", {"x": "1\n"})), "not part of"),
        (lambda: world.dismiss("root", pr, world.review("ben", pr, "COMMENTED", "hm")), "Can not dismiss"),
        (lambda: world.edit_review("guest", pr, world.review("ben", pr, "APPROVED"), "x"), "write access"),
        (lambda: world.comment("ben", pr, "x" * 65537), "too long"),
        (lambda: world.submit_review("ben", pr, world.review("ben", pr, "APPROVED"), "APPROVED"), "Can not submit"),
        (lambda: world.pull(7), "Not Found"),
        (lambda: world.review("nobody", pr, "APPROVED"), "nobody is called nobody"),
        (lambda: world.merge("ben", world.open_pr("ben", "x", "X", draft=True)), "draft"),
    ):
        with refuses(said):
            refused()


def test_what_conflicts_is_not_merged(world, pr, client):
    world.push("cleo", "main", {PATH: "other\n"})
    found = client().get_repo("acme/access").get_pull(1)
    assert (found.mergeable, found.mergeable_state) == (False, "dirty")
    for method in ("merge", "squash", "rebase"):
        with refuses("conflict"):
            world.merge("ben", pr, method)


def test_names_are_taken_once(world):
    for refused in (
        lambda: world.team("sre"),
        lambda: world.account("BEN"),
        lambda: world.account("other", world.who("ben").id),
        lambda: world.rename_account("alice", "ben"),
        lambda: world.team_of("nowhere"),
        lambda: world.token("actions", members="read"),
    ):
        with pytest.raises(Refused):
            refused()


def test_time_goes_by_with_every_deed_and_the_same_each_time(world, pr):
    before = world.clock.now
    review = world.review("ben", pr, "APPROVED")
    assert (review.at - before).total_seconds() == 10
    assert (world.advance(hours=2) - review.at).total_seconds() == 7200
    assert (pr.number, world.repository_id, world.who("alice").id) == (1, 2000001, 1000002)
    assert pr.head == "a272f4588537c0736293a2829d5037361dc8aa77"
