"""The fake GitHub is honest: the real library finds in it what a real GitHub would say of the same deeds."""

import pytest

from tests.forges.github.conftest import BRANCH, PATH
from tests.forges.github.state import ACTIONS_BOT, WEB_FLOW


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_the_library_goes_through_the_whole_procedure(world, pr, client, method):
    world.review("ben", pr, "APPROVED", "INC-1: go ahead")
    landing = world.merge("ben", pr, method)
    github = client()
    repository = github.get_repo("acme/access")
    assert (repository.id, repository.default_branch) == (world.repository_id, "main")
    (found,) = repository.get_commit(landing).get_pulls()
    whole = repository.get_pull(found.number)
    assert (whole.merged, whole.merge_commit_sha, whole.merged_by.login) == (True, landing, "ben")
    assert (whole.commits, whole.changed_files, whole.base.ref, whole.base.repo.id) == (
        1,
        1,
        "main",
        world.repository_id,
    )
    assert [(each.filename, each.sha) for each in whole.get_files()] == [(PATH, world.bare.blob(landing, PATH))]
    assert [(each.sha, each.author.login) for each in whole.get_commits()] == [(whole.head.sha, "alice")]
    (review,) = whole.get_reviews()
    assert (review.user.login, review.state, review.commit_id) == ("ben", "APPROVED", whole.head.sha)
    assert whole.created_at < review.submitted_at < whole.merged_at
    assert [(each.event, each.commit_id) for each in whole.get_issue_events()] == [
        ("merged", landing),
        ("closed", None),
    ]
    team = github.get_organization("acme").get_team_by_slug("sre")
    assert team.get_team_membership("ben").state == "active"
    assert world.bare.head(f"refs/pull/{pr.number}/head") == whole.head.sha
    assert world.called["GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews"] == 1


def test_what_each_way_to_merge_leaves_in_git(world, pr):
    before, head = world.tip, pr.head
    merged = world.bare.stored(world.merge("ben", pr))
    assert (merged.parents, merged.author.name, merged.committer.email) == ((before, head), "ben", "noreply@github.com")
    assert merged.message.startswith(f"Merge pull request #1 from acme/{BRANCH}\n\nINC-1")
    world.push("alice", "two", {"b": "1\n"}, author=world.who("cleo"))
    second = world.open_pr("alice", "two", "Two", "Why")
    squashed = world.bare.stored(world.merge("ben", second, "squash"))
    assert (squashed.parents, squashed.author.name) == ((merged.id,), "alice")
    assert squashed.message == "Two (#2)\n\nWhy\n\nCo-authored-by: cleo <cleo@example.com>"
    assert squashed.coauthors == [world.who("cleo").name]
    world.push_all("alice", "three", [({"c": "1\n"}, "one"), ({"d": "1\n"}, "two")])
    world.push("cleo", "main", {"e": "1\n"})
    third = world.open_pr("alice", "three", "Three")
    landing = world.merge("ben", third, "rebase")
    assert [world.bare.stored(each).message for each in third.landed] == ["one", "two"]
    assert {world.bare.stored(each).committer.name for each in third.landed} == {"ben"}
    assert (third.landed[-1], third.merge_commit, world.tip) == (landing, landing, landing)
    assert third.head not in third.landed


def test_a_queue_lands_each_pull_request_by_itself_and_a_bot_merges(world, pr, client):
    world.push("alice", "two", {"b": "1\n"})
    second = world.open_pr("alice", "two", "Two")
    landings = world.queue_merge("ben", pr, second)
    repository = client().get_repo("acme/access")
    for landing, number in zip(landings, (1, 2), strict=True):
        (found,) = repository.get_commit(landing).get_pulls()
        whole = repository.get_pull(number)
        assert (found.number, whole.merged_by.login) == (number, "github-merge-queue[bot]")
        kinds = [(each.event, each.actor.login) for each in whole.get_issue_events()]
        assert kinds[:2] == [("added_to_merge_queue", "ben"), ("merged", "github-merge-queue[bot]")]
    (activity,) = [each for each in world.activities if each.ref == "refs/heads/main"]
    assert (activity.kind, activity.after) == ("merge_queue_merge", landings[-1])


def test_what_belongs_to_a_commit(world, pr, ask):
    """The pitfalls of the route: a stacked one, two by one commit, none for a push, none for an open one of a fork."""
    token = world.token("app")

    def of(commit):
        return [each["number"] for each in ask("GET", f"/commits/{commit}/pulls", token).json()]

    assert of(pr.head) == [1]
    world.push("cleo", "stacked", {"b": "1\n"}, on=BRANCH)
    stacked = world.open_pr("cleo", "stacked", "Stacked", base=BRANCH)
    twin = world.open_pr("ben", "stacked", "The same to main")
    world.merge("cleo", stacked)
    landing = world.merge("ben", pr)
    assert (of(landing), of(stacked.head)) == ([1, 3], [1, 2, 3])
    assert (twin.merged_by, twin.merge_commit) == (world.who("ben").id, landing)
    assert of(world.push("cleo", "main", {"c": "1\n"})) == []
    world.push("alice", "fork", {"d": "1\n"}, repository=(fork := world.fork("alice")))
    assert of(world.open_pr("alice", "fork", "From a fork", fork=fork).head) == []


def test_pushing_the_head_to_main_counts_as_a_merge(world, pr, client):
    """Whatever the rules say: nobody has approved anything."""
    world.protect("main", {"pull_request": {"required_approving_review_count": 2}}, bypass=["root"])
    world.push("root", "main", commit=pr.head)
    found = client().get_repo("acme/access").get_pull(1)
    assert (found.merged, found.merged_by.login, found.merge_commit_sha) == (True, "root", pr.head)
    assert [each.result for each in world.suites] == ["bypass"]


def test_a_merge_made_elsewhere_may_change_anything(world, pr):
    landing = world.push_merge("cleo", pr, {PATH: "evil\n"})
    assert (world.bare.content(landing, PATH), world.bare.stored(landing).parents[1]) == (b"evil\n", pr.head)
    assert (pr.merge_commit, world.associated(landing)) == (landing, [pr])


def test_reviews_are_of_the_head_at_their_time(world, pr, client):
    first = pr.head
    review = world.review("ben", pr, "APPROVED", "fine")
    world.push("alice", BRANCH, {PATH: "two\n"})
    world.review("cleo", pr, "APPROVED", commit=first)
    found = client().get_repo("acme/access").get_pull(1)
    assert found.head.sha != first
    assert [(each.state, each.commit_id) for each in found.get_reviews()] == [("APPROVED", first)] * 2
    world.edit_review("root", pr, review, "something else")
    world.dismiss("alice", pr, review, "not yet")
    assert [(each.state, each.body) for each in found.get_reviews()] == [
        ("DISMISSED", "something else"),
        ("APPROVED", ""),
    ]
    (event,) = found.get_issue_events()
    assert event.dismissed_review == {"state": "approved", "review_id": review.id, "dismissal_message": "not yet"}
    world.merge("alice", pr)
    late = world.review("ben", pr, "APPROVED", "after the fact")
    assert late.at > pr.merged


def test_a_review_that_is_not_submitted_is_its_authors_alone(world, pr, client):
    begun = world.begin_review("ben", pr)
    head = pr.head
    world.push("alice", BRANCH, {PATH: "two\n"})
    for login, states in (("ben", ["PENDING"]), ("cleo", [])):
        found = client("classic", login).get_repo("acme/access").get_pull(1)
        assert [each.state for each in found.get_reviews()] == states
    world.submit_review("ben", pr, begun, "APPROVED", "late")
    assert [(each.state, each.commit_id) for each in found.get_reviews()] == [("APPROVED", head)]


def test_renames_and_what_is_no_plain_file(world, client):
    text = "".join(f"line {number}\n" for number in range(20))
    world.push("cleo", "main", {"old.yaml": text, "run.sh": "x\n"})
    world.push(
        "alice",
        BRANCH,
        {"old.yaml": None, "new.yaml": text + "more\n", "run.sh": ("100755", "x\n"), "l": ("120000", "/etc")},
    )
    world.open_pr("alice", BRANCH, "Odd")
    files = client().get_repo("acme/access").get_pull(1).get_files()
    assert [(each.filename, each.status, each.previous_filename, each.additions) for each in files] == [
        ("l", "added", None, 1), ("new.yaml", "renamed", "old.yaml", 1), ("run.sh", "modified", None, 0),
    ]  # fmt: skip


def test_rules_that_dismiss_and_ask_for_others(world, pr):
    world.protect("main", {"pull_request": {"required_approving_review_count": 1, "require_last_push_approval": True,
                                            "dismiss_stale_reviews_on_push": True}})  # fmt: skip
    review = world.review("ben", pr, "APPROVED")
    world.push("ben", BRANCH, {PATH: "ben's\n"})
    assert (review.state, pr.events[-1].kind) == ("DISMISSED", "review_dismissed")
    world.review("ben", pr, "APPROVED")
    assert world.missing(pr) == "At least 1 approving review is required by reviewers with write access."
    world.review("cleo", pr, "APPROVED")
    assert world.missing(pr) is None


def test_who_pushed_is_told_by_the_activity_and_not_by_the_commit(world, pr, ask):
    spoofed = world.push("ben", BRANCH, {PATH: "two\n"}, author=world.who("alice"), date=1893456000)
    rewritten = world.push("ben", BRANCH, {PATH: "three\n"}, on="main", force=True)
    world.delete_branch("ben", BRANCH)
    token = world.token("app")
    listed = ask("GET", f"/commits/{spoofed}", token).json()
    assert (listed["author"]["login"], listed["commit"]["author"]["date"]) == ("alice", "2030-01-01T00:00:00Z")
    seen = ask("GET", f"/activity?ref=refs/heads/{BRANCH}&direction=asc", token).json()
    assert [(each["activity_type"], each["actor"]["login"]) for each in seen] == [
        ("branch_creation", "alice"), ("push", "ben"), ("force_push", "ben"), ("branch_deletion", "ben"),
    ]  # fmt: skip
    assert [(each.kind, each.commit) for each in pr.events] == [
        ("head_ref_force_pushed", rewritten), ("head_ref_deleted", None), ("closed", None),
    ]  # fmt: skip
    first = ask("GET", "/activity?per_page=3", token)
    second = ask("GET", "/" + first.links["next"]["url"].removeprefix(world.api_url), token)
    assert [each["activity_type"] for each in first.json() + second.json()] == [
        each["activity_type"] for each in seen[::-1]
    ]


def test_retargeting_by_hand_and_by_itself(world, pr, ask):
    world.push("cleo", "below", {"b": "1\n"})
    first = world.open_pr("cleo", "below", "Below")
    world.review("ben", pr, "APPROVED")
    world.retarget("alice", pr, "below")
    world.merge("cleo", first, delete_branch=True)
    events = ask("GET", "/issues/1/events", world.token("app")).json()
    assert [each["event"] for each in events] == ["base_ref_changed", "automatic_base_change_succeeded"]
    assert (pr.base, pr.open) == ("main", True)


def test_what_is_left_of_those_who_are_gone(world, client):
    fork = world.fork("alice")
    world.push("alice", "x", {PATH: "one\n"}, repository=fork)
    pr = world.open_pr("alice", "x", "INC-1", fork=fork)
    world.review("ben", pr, "APPROVED")
    found = client().get_repo("acme/access").get_pull(1)
    assert (found.head.repo.full_name, found.head.label) == ("alice/access", "alice:x")
    world.delete_fork("alice")
    world.delete_account("ben")
    found = client().get_repo("acme/access").get_pull(1)
    assert (found.head.repo, found.head.sha, world.bare.head("refs/pull/1/head")) == (None, pr.head, pr.head)
    assert [each.user for each in found.get_reviews()] == [None]


def test_a_commit_that_git_has_forgotten(world, pr, client):
    review = world.review("ben", pr, "APPROVED")
    world.push("alice", BRANCH, {PATH: "two\n"}, on="main", force=True)
    assert review.commit != pr.head
    world.collect_garbage()
    assert [each.commit_id for each in client().get_repo("acme/access").get_pull(1).get_reviews()] == [None]


def test_a_login_may_be_somebody_else_tomorrow(world, client):
    ben = world.who("ben").id
    world.rename_account("ben", "benjamin")
    other = world.recycle_login("ben")
    github = client()
    assert (github.get_user_by_id(ben).login, github.get_user("ben").id) == ("benjamin", other.id)
    assert other.id != ben
    team = github.get_organization("acme").get_team_by_slug("sre")
    assert [each.id for each in team.get_members()] == [ben]


def test_memberships_are_active_pending_inherited_or_none(world, ask):
    world.team("oncall", parent="sre")
    world.add_member("oncall", "cleo")
    world.invite("sre", "alice")
    token = world.token("app")
    org, team = world.organisation.id, world.team_of("sre").id
    states = {login: ask("GET", f"//organizations/{org}/team/{team}/memberships/{login}", token).json().get("state")
              for login in ("ben", "cleo", "alice", "root")}  # fmt: skip
    assert states == {"ben": "active", "cleo": "active", "alice": "pending", "root": None}
    members = ask("GET", f"//organizations/{org}/team/{team}/members", token).json()
    assert [(each["login"], each["inherited"]) for each in members] == [("ben", False), ("cleo", True)]
    world.delete_team("sre")
    again = world.team("sre")
    assert (again.id, ask("GET", f"//organizations/{org}/team/{team}", token).status_code) == (team + 2, 404)
    assert ask("GET", "//orgs/acme/teams/sre", token).json()["id"] == again.id
    assert [
        ask("GET", path, token).status_code
        for path in (f"//organizations/{org + 1}/team/{again.id}", "//repositories/7")
    ] == [404, 404]


def test_a_conversation(world, pr, client):
    github = client("app", permissions={"contents": "read", "pull_requests": "write", "checks": "write"})
    repository = github.get_repo("acme/access")
    found = repository.get_pull(1)
    made = found.create_issue_comment("two approvals are missing")
    made.edit("one approval is missing")
    world.edit_comment("root", world.comments[made.id], "none is missing")
    (comment,) = found.get_issue_comments()
    assert (comment.user.login, comment.body, comment.updated_at > comment.created_at) == (
        "breakglass[bot]", "none is missing", True,
    )  # fmt: skip
    run = repository.create_check_run("gate", pr.head, status="in_progress")
    run.edit(conclusion="failure", output={"title": "Refused", "summary": "…"})
    seen = [(each.name, each.conclusion) for each in repository.get_commit(pr.head).get_check_runs()]
    assert seen == [("gate", "failure")]


def test_a_pull_request_opened_and_closed_by_the_library(world, client):
    world.push("alice", BRANCH, {PATH: "one\n"})
    github = client("fine", "alice", permissions={"pull_requests": "write", "contents": "write"})
    repository = github.get_repo(world.repository_id)
    repository.create_git_ref("refs/heads/another", world.bare.head(BRANCH))
    opened = repository.create_pull("main", BRANCH, title="INC-1", body="Why")
    assert (opened.user.login, opened.state, opened.mergeable) == ("alice", "open", True)
    assert [each.number for each in repository.get_pulls(state="open", head=f"acme:{BRANCH}")] == [1]
    opened.edit(state="closed")
    assert [each.number for each in repository.get_pulls(state="closed", sort="updated", direction="desc")] == [1]
    assert world.pull(1).events[-1].actor == world.who("alice").id


def test_people_of_the_forge_itself(world, pr, ask):
    world.merge("ben", pr)
    told = ask("GET", f"/commits/{world.tip}", world.token("app")).json()
    assert (told["committer"]["id"], told["commit"]["verification"]["verified"]) == (WEB_FLOW, True)
    assert ask("GET", f"//user/{ACTIONS_BOT}", world.token("app")).json()["type"] == "Bot"
