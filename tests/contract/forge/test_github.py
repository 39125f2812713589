"""What GitHub tells of what landed and what is proposed: the one pull request of it, its head, and what it costs to know."""

import subprocess

import pytest

from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.unread import Unread
from tests.contract.forge.calls import called
from tests.forges import faults
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC = path_of(WHAT)


def test_a_new_request_takes_nine_calls_and_none_when_it_is_looked_at_again(asked):
    forge, before = asked.forge(), len(asked.world.requests)
    change = asked.landed(forge=forge)
    own = "/repos/acme/access"
    assert called(asked, before) == [
        f"GET /repositories/{asked.repository_id}",
        f"GET {own}/commits/{change.landing}/pulls",
        f"GET {own}/pulls/1",
        f"GET {own}/issues/1/events",
        f"GET {own}/pulls/1/commits",
        "POST /graphql",
        f"GET {own}/pulls/1/reviews",
        f"GET {own}/activity",
        f"GET {own}/issues/1/comments",
    ]
    before = len(asked.world.requests)
    asked.landed(forge=forge)
    assert called(asked, before) == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"id": 4711}, "acme/access is not the repository"),
        ({"default_branch": "trunk"}, "the default branch of acme/access is trunk"),
        ({"archived": True}, "acme/access is archived"),
    ],
)
def test_another_repository_than_the_one_that_is_meant_is_not_reached(asked, edit, said):
    asked.world.faults.add("GET /repositories/*", faults.edited(lambda value: {**value, **edit}))
    with pytest.raises(UnreachableError, match=said):
        asked.landed()


def test_a_number_that_is_nobodys_is_not_reached(asked):
    asked.repository_id = 987654321
    with pytest.raises(UnreachableError, match="404"):
        asked.landed()


def test_a_head_that_is_not_the_one_that_was_reviewed_is_not_known(asked):
    asked.bare.move("refs/pull/1/head", asked.installed)
    assert asked.landed() == Unread("the head of #1 moved while it was read", "the next run reads it again")


def test_a_merge_whose_event_names_another_commit_is_none(asked):
    def elsewhere(events):
        return [{**each, "commit_id": asked.installed} if each["event"] == "merged" else each for each in events]

    asked.world.faults.add("GET /repos/*/issues/*/events*", faults.edited(elsewhere))
    assert asked.landed().message.startswith("GitHub knows no pull request whose merge made the commit")


def test_a_pull_request_for_another_branch_is_none_of_ours(asked):
    asked.world.faults.add(
        "GET /repos/*/pulls/1", faults.edited(lambda pull: {**pull, "base": {**pull["base"], "ref": "staging"}})
    )
    assert asked.landed().message.startswith("GitHub knows no pull request")


def test_a_commit_that_the_forge_does_not_list_has_nobody(asked):
    """One list is another commit's, or both are: git has one of which nobody has said whose it is."""

    def other(commits):
        return [{**each, "sha": asked.installed} for each in commits]

    def other_too(answer):
        (node,) = answer["data"]["repository"]["pullRequest"]["commits"]["nodes"]
        node["commit"]["oid"] = asked.installed
        return answer

    asked.world.faults.add("GET /repos/*/pulls/1/commits*", faults.edited(other), times=2)
    assert "it has commits that GraphQL does not know" in asked.landed().message
    asked.world.faults.add("POST /graphql", faults.edited(other_too))
    assert asked.landed().message.startswith("GitHub does not list the commit")


def test_a_commit_behind_a_squash_is_not_of_it(github):
    """Though GitHub names the pull request for it, something else landed in between."""
    github.setup({INC: session("inc-1")})
    behind = github.tip
    github.setup({"README.md": "in between\n"})
    github.erin.requests("prod/inc-2")
    for duration in ("30m", "45m"):
        github.erin.commits({path_of("prod/inc-2"): session("inc-2", duration=duration)}, on=branch_of("prod/inc-2"))
    github.ben.merges("prod/inc-2", "squash")
    named = [{"number": 1, "merged_at": "2026-03-02T09:01:00Z"}]
    github.world.faults.add(f"GET /repos/*/commits/{behind}/pulls*", faults.edited(lambda _: named), times=None)
    assert github.landed().message.startswith("GitHub knows no pull request whose merge made the commit")


@pytest.fixture
def over(github):
    """The approved commit was pushed over by the same content, and git serves no commit that no ref leads to."""
    github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    github.world.push("alice", branch_of(WHAT), {INC: session("inc-1")}, on="main", force=True, message="the same")
    github.ben.merges(WHAT)
    github.bare.git("config", "uploadpack.allowAnySHA1InWant", "false")
    # By the newest protocol every server gives any commit.
    subprocess.run(["git", "config", "protocol.version", "0"], cwd=github.clone, check=True)
    return github


def test_what_was_reviewed_and_pushed_over_is_had_from_the_forge_itself(over):
    (review,) = over.landed().reviews
    assert review.blob == over.bare.blob(over.tip, INC)


def test_what_was_reviewed_and_is_gone_is_no_content(over):
    over.world.faults.add("GET /repos/*/contents/*", faults.status(404))
    (review,) = over.landed().reviews
    assert review.blob is None


def test_a_reviewed_commit_that_can_t_be_asked_for_now_is_not_known(over):
    over.world.faults.add("GET /repos/*/contents/*", faults.status(403))
    assert isinstance(over.landed(), Unread)


def test_a_pull_request_is_found_by_its_branch_too(github):
    github.alice.requests(WHAT)
    forge = github.forge()
    found = forge.proposed(branch_of(WHAT), tip=github.tip, sights={}, now=github.clock.now())
    assert found.id == "#1"
    assert isinstance(forge.proposed("nothing", tip=github.tip, sights={}, now=github.clock.now()), Unread)


def test_a_pull_request_that_is_merged_is_not_proposed_any_more(asked):
    assert asked.proposed().message == "#1 is merged already"


def test_one_whose_head_can_t_be_had_may_be_a_request(github):
    github.erin.proposes({"policies/more.yaml": "a: 2\n"})
    since = github.clock.now()
    assert github.forge().unmerged(since=since) == ()
    github.bare.git("update-ref", "-d", "refs/pull/1/head")
    assert github.forge().unmerged(since=since) == ("#1",)
