"""Tokens, permissions, versions, limits, pages and faults: what comes between a question and its answer."""

import json
import subprocess
from datetime import timedelta

import pytest
import requests
from github import GithubException, GithubRetry, UnknownObjectException

from tests.forges import faults
from tests.forges.github import GithubWorld
from tests.forges.github.conftest import BRANCH, PATH
from tests.forges.github.contract import wrong_answer
from tests.forges.github.openapi.cut import OPERATIONS
from tests.forges.github.routing import routes
from tests.forges.github.tokens import NEEDS, WORKFLOW_PERMISSIONS, refusal
from tests.forges.github.troubles import secondary_limit


def test_every_described_operation_is_answered_and_has_its_permission():
    answered = {each.name.replace("+}", "}") for each in routes.all}
    assert answered == set(OPERATIONS)
    assert set(NEEDS) == answered | {"POST /graphql"}


def test_what_is_not_modelled_fails_the_test_that_asks_for_it(world, ask, complains):
    token = world.token("app")
    for path, headers in (("/labels", {}), ("/pulls?draft=true", {}), ("", {"Accept": "application/vnd.github.raw+json"}),
                          ("/pulls?sort=popularity", {}), ("/pulls?state=merged", {})):  # fmt: skip
        assert ask("GET", path, token, headers=headers).status_code in (501, 500)
    assert [each.split(":")[0] for each in complains()] == [
        "GET /repos/acme/access/labels is not modelled",
        "GET /repos/acme/access/pulls?draft=true is not modelled",
        "GET /repos/acme/access is not modelled",
        "GET /repos/acme/access/pulls?sort=popularity",
        "GET /repos/acme/access/pulls?state=merged is not modelled",
    ]


def test_leaving_the_world_tells_what_was_wrong_in_it(tmp_path):
    world = GithubWorld(tmp_path / "other")
    requests.get(f"{world.api_url}/repos/acme/access/labels", timeout=10)
    world.faults.add("GET /other", faults.cut())
    with pytest.raises(AssertionError, match=r"/labels is not modelled.*\n.*on GET /other was never met"):
        world.__exit__(None, None, None)


def test_who_does_not_say_who_they_are_gets_nothing(ask):
    assert ask("GET", "//rate_limit", headers={"User-Agent": ""}).status_code == 403


def test_every_route_answers_as_described(world, pr, ask):
    """What each says is held against the description by the server; here each is asked once, with something to tell."""
    token = world.token("fine", "root", **dict.fromkeys(
        ["actions", "administration", "checks", "contents", "issues", "members", "pull_requests"], "write"))  # fmt: skip
    world.protect(
        "main", {"pull_request": {}}, classic={"enforce_admins": {"url": "https://x.example.com", "enabled": True}}
    )
    review = world.review("ben", pr, "APPROVED")
    world.dismiss("alice", pr, review)
    world.edit_body("alice", pr, "Why", title="INC-1 again")
    comment = world.comment("ben", pr, "hm")
    world.workflow_ran("reconcile.yml")
    world.environment("breakglass", ["main"])
    run = ask("POST", "/check-runs", token, json={"name": "gate", "head_sha": pr.head}).json()
    given = {
        "owner": "acme", "repo": "access", "org": "acme", "branch": "main", "workflow_id": "reconcile.yml", "page": 1,
        "check_run_id": run["id"], "username": "ben", "ref": pr.head, "commit_sha": pr.head, "path": "README.md",
        "basehead": f"main...{pr.head}", "file_sha": world.bare.blob("main", "README.md"), "tree_sha": "main",
        "comment_id": comment.id, "issue_number": 1, "pull_number": 1, "team_slug": "sre", "account_id": review.user,
        "environment_name": "breakglass",
    }  # fmt: skip
    asked = [each.split(" ")[1] for each in OPERATIONS if each.startswith("GET ")]
    for path in asked:
        ref = {"ref": "heads/main"} if "/git/ref/" in path else {}
        said = ask("GET", "/" + path.format(**{**given, **ref}), token)
        assert said.status_code in (200, 204), path
    world.merge("ben", pr)
    for path in asked:
        if "pull_number" in path or "issue_number" in path or "commit_sha" in path:
            assert ask("GET", "/" + path.format(**given), token).json(), path


def test_versions(world, pr, ask):
    token = world.token("app")
    old, new, unknown = (ask("GET", "/pulls/1", token, headers=each) for each in (
        {}, {"X-GitHub-Api-Version": "2026-03-10"}, {"X-GitHub-Api-Version": "2030-01-01"}))  # fmt: skip
    assert {"merge_commit_sha", "assignee"} <= set(old.json())
    assert set(old.json()) - set(new.json()) == {"merge_commit_sha", "assignee"}
    assert (old.headers["X-GitHub-Api-Version-Selected"], new.headers["X-GitHub-Api-Version-Selected"]) == (
        "2022-11-28", "2026-03-10",
    )  # fmt: skip
    assert unknown.status_code == 400


def test_who_may_ask_for_what(world, pr, ask):
    world.protect(
        "main", {"pull_request": {}}, classic={"enforce_admins": {"url": "https://x.example.com", "enabled": True}}
    )
    tokens = {
        "actions": world.token("actions", contents="read", pull_requests="read"),
        "app": world.token("app"),
        "fine": world.token("fine", "ben", contents="read"),
        "classic": world.token("classic", "ben"),
        "scopeless": world.token("classic", "ben", scopes=()),
        "outsider": world.token("classic", world.account("eve", permission="none")),
        "admin": world.token("classic", "root"),
        "none": None,
        "wrong": "ghp_wrong",
    }
    org, team = world.organisation.id, world.team_of("sre").id
    expected = {
        "": "200 200 200 200 404 404 200 404 401",
        "/pulls/1/reviews": "200 200 403 200 404 404 200 404 401",
        "/activity": "200 200 200 200 404 404 200 404 401",
        "/rules/branches/main": "200 200 200 200 404 404 200 404 401",
        "/branches/main/protection": "403 403 403 403 404 404 200 404 401",
        "/rulesets/rule-suites": "403 403 403 403 404 404 200 404 401",
        f"//organizations/{org}/team/{team}": "403 200 403 200 404 404 200 401 401",
        "//user": "403 403 200 200 200 200 200 401 401",
        "//users/ben": "200 200 200 200 200 200 200 200 401",
        "//rate_limit": "200 200 200 200 200 200 200 200 401",
    }
    seen = {path: " ".join(str(ask("GET", path, each).status_code) for each in tokens.values()) for path in expected}
    assert seen == expected


def test_what_a_refusal_says(world, pr, ask):
    said = ask("GET", "//orgs/acme/teams/sre", world.token("actions"))
    assert said.json()["message"] == "Resource not accessible by integration"
    said = ask("GET", "/pulls/1", world.token("fine", "ben", contents="read"))
    assert said.json()["message"] == "Resource not accessible by personal access token"
    revoked = world.token("app")
    world.revoke_token(revoked)
    assert ask("GET", "", revoked).json()["message"] == "Bad credentials"
    mine = world.token("classic", "ben")
    world.delete_account("ben")
    assert ask("GET", "", mine).status_code == 401


def test_a_workflow_has_nothing_of_the_organisation(world):
    members = {name for name, (needs, _) in NEEDS.items() if "members" in needs}
    token = world.tokens[world.token("actions", **dict.fromkeys(WORKFLOW_PERMISSIONS, "write"))]
    assert {name for name in NEEDS if refusal(token, name, private=True)} == members | {
        "GET /user", "GET /repos/{owner}/{repo}/branches/{branch}/protection",
        "GET /repos/{owner}/{repo}/rulesets/rule-suites", "GET /repos/{owner}/{repo}/actions/permissions/workflow",
    }  # fmt: skip


def test_a_run_for_a_fork_writes_nothing(world, pr, ask):
    token = world.token("actions", fork=True, pull_requests="write", checks="write")
    assert ask("GET", "/issues/1/comments", token).status_code == 200
    assert ask("POST", "/issues/1/comments", token, json={"body": "hi"}).status_code == 403
    assert ask("POST", "/check-runs", token, json={"name": "gate", "head_sha": pr.head}).status_code == 403
    assert (world.comments, world.checks) == ({}, {})


def test_a_secret_team_is_hidden_from_people_outside(world, ask):
    world.team("hidden", privacy="secret")
    world.add_member("hidden", "cleo")
    seen = [ask("GET", "//orgs/acme/teams/hidden", each).status_code for each in
            (world.token("classic", "ben"), world.token("classic", "cleo"), world.token("app"))]  # fmt: skip
    assert seen == [404, 200, 200]


def test_a_public_repository_is_for_everybody_to_read(tmp_path):
    with GithubWorld(tmp_path / "public", private=False) as world:
        seen = requests.get(f"{world.api_url}/repos/acme/access", timeout=30).json()
        assert (seen["private"], seen["visibility"]) == (False, "public")


def test_what_is_sent_is_held_against_the_description(world, pr, ask, complains):
    token = world.token("app", pull_requests="write", checks="write")
    assert ask("POST", "/issues/1/comments", token, json={"text": "hi"}).status_code == 422
    assert '"body" is a required property' in complains()[0]
    many = [{"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}] * 51
    body = {"name": "gate", "head_sha": pr.head, "output": {"title": "t", "summary": "s", "annotations": many}}
    assert ask("POST", "/check-runs", token, json=body).status_code == 422
    assert complains(), "the description says at most 50"


def test_an_answer_that_github_would_not_give_fails_the_test(world, pr, ask, complains):
    """Neither a field that is missing, nor one of another type."""
    honest = ask("GET", "/pulls/1", world.token("app")).json()
    name = "GET /repos/{owner}/{repo}/pulls/{pull_number}"

    def wrong(**changed):
        told = {key: value for key, value in {**honest, **changed}.items() if value != "gone"}
        return wrong_answer(name, 200, json.dumps(told), "2022-11-28")

    assert wrong() == []
    assert wrong(state="gone") == [f'{name}: : "state" is a required property']
    for changed in ({"merged": "yes"}, {"created_at": "yesterday"}, {"head": {"sha": 1}}, {"user": 7}):
        assert wrong(**changed), changed
    assert wrong_answer(name, 201, "{}", "2022-11-28") == [f"{name}: 201 is not described"]
    world.pull(1).title = None
    assert ask("GET", "/pulls/1", world.token("app")).status_code == 500
    assert "title" in complains()[0]


def test_pages(world, pr, ask, client):
    for number in range(101):
        world.review("ben", pr, "COMMENTED", str(number))
    token = world.token("app")
    pages = [ask("GET", f"/pulls/1/reviews{query}", token) for query in
             ("", "?per_page=100", "?per_page=101", "?per_page=0", "?per_page=x", "?per_page=100&page=2", "?page=9")]  # fmt: skip
    assert [len(each.json()) for each in pages] == [30, 100, 100, 30, 30, 1, 0]
    number = world.repository_id
    assert pages[1].headers["Link"] == (
        f'<{world.api_url}/repositories/{number}/pulls/1/reviews?per_page=100&page=2>; rel="next", '
        f'<{world.api_url}/repositories/{number}/pulls/1/reviews?per_page=100&page=2>; rel="last"'
    )
    assert ask("GET", "/" + pages[1].links["next"]["url"].removeprefix(world.api_url), token).json() == pages[5].json()
    world.requests.clear()
    bodies = [each.body for each in client().get_repo("acme/access").get_pull(1).get_reviews()]
    assert bodies == [str(each) for each in range(101)]
    assert [each.line for each in world.requests][2:] == [
        "GET /repos/acme/access/pulls/1/reviews?per_page=100",
        f"GET /repositories/{number}/pulls/1/reviews?page=2&per_page=100",
    ]


def test_more_commits_than_the_route_tells(world, client):
    world.push_all("alice", "long", [({"a": f"{number}\n"}, str(number)) for number in range(251)])
    world.open_pr("alice", "long", "Long")
    found = client().get_repo("acme/access").get_pull(1)
    assert (found.commits, len(list(found.get_commits()))) == (251, 250)


def test_an_answer_that_one_has_already_costs_nothing(world, pr, ask, client):
    token = world.token("app")
    first = ask("GET", "/pulls/1", token)
    again = ask("GET", "/pulls/1", token, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["X-RateLimit-Remaining"]) == (304, b"", "4999")
    found = client(token=token).get_repo("acme/access").get_pull(1)
    assert found.update() is False
    world.edit_body("alice", pr, title="INC-1, again")
    assert (found.update(), found.title) == (True, "INC-1, again")


def test_limits(world, pr, ask, client):
    token = world.token("actions")
    assert ask("GET", "", token).headers["X-RateLimit-Remaining"] == "999"
    world.exhaust(token)
    refused = ask("GET", "", token)
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert ask("GET", "//rate_limit", token).json()["rate"]["remaining"] == 0
    patient = client(token=token, retry=GithubRetry(total=3, max_rate_limit_wait=5))
    with pytest.raises(GithubException, match="rate limit") as told:
        patient.get_repo("acme/access")
    assert "max" in type(told.value).__name__.lower()
    world.faults.add("GET /repos/acme/access", secondary_limit(7))
    assert ask("GET", "", world.token("app")).headers["Retry-After"] == "7"


def test_the_clock_of_the_forge(world, ask):
    assert ask("GET", "", world.token("app")).headers["Date"] == "Mon, 02 Mar 2026 09:00:10 GMT"
    world.faults.add("GET *", faults.skewed(timedelta(minutes=10)))
    assert ask("GET", "", world.token("app")).headers["Date"] == "Mon, 02 Mar 2026 09:10:10 GMT"


@pytest.mark.parametrize(
    "fault",
    [faults.status(code) for code in (401, 403, 404, 409, 422, 429, 500, 502, 503)]
    + [faults.page_of_html(502), faults.cut(), faults.truncated()],
    ids=["401", "403", "404", "409", "422", "429", "500", "502", "503", "html", "cut", "truncated"],
)  # fmt: skip
def test_the_library_meets_faults(world, pr, client, fault):
    repository = client().get_repo("acme/access")
    world.faults.add("GET */pulls/1", fault)
    with pytest.raises((GithubException, requests.RequestException, json.JSONDecodeError)):
        repository.get_pull(1)
    assert repository.get_pull(1).number == 1


def test_faults_that_the_library_does_not_notice(world, pr, client):
    for each in ("ben", "cleo"):
        world.review(each, pr, "APPROVED")
    found = client().get_repo("acme/access").get_pull(1)

    def seen(fault):
        world.faults.add("GET */reviews*", fault)
        return [each.user.login for each in found.get_reviews()]

    world.faults.add("GET */pulls/1", faults.page_of_html())
    assert client().get_repo("acme/access").get_pull(1).raw_data["data"].startswith("<!DOCTYPE html>")
    assert seen(faults.shrunk()) == ["ben"]
    assert seen(faults.backwards()) == ["cleo", "ben"]
    assert seen(faults.doubled()) == ["ben", "ben", "cleo", "cleo"]
    world.faults.add("GET */pulls/1", faults.without("merged_at", "head"))
    assert client().get_repo("acme/access").get_pull(1).merged_at is None


def test_another_host_in_a_body_and_behind_a_redirect(world, pr, client, ask):
    repository = client().get_repo("acme/access")
    world.faults.add("GET */pulls/1", faults.pointing_at("http://evil.example"))
    with pytest.raises(AssertionError, match="evil"):
        repository.get_pull(1).get_issue_events().totalCount  # noqa: B018
    world.faults.add("GET */pulls/1", faults.redirect("http://evil.example/x"))
    assert ask("GET", "/pulls/1", world.token("app")).headers["Location"] == "http://evil.example/x"


def test_a_team_that_the_token_can_not_see(world, client):
    world.faults.add("GET */teams/sre", faults.status(404, {"message": "Not Found"}))
    with pytest.raises(UnknownObjectException):
        client().get_organization("acme").get_team_by_slug("sre")


def test_settings(world, ask):
    world.protect("main", {"pull_request": {"required_approving_review_count": 1}, "non_fast_forward": {}})
    world.workflow_ran("reconcile.yml", conclusion="failure")
    world.workflow_ran("reconcile.yml")
    world.advance(hours=1)
    token = world.token("app", actions="read", contents="read", administration="read")
    rules = ask("GET", "/rules/branches/main", token).json()
    assert [each["type"] for each in rules] == ["pull_request", "non_fast_forward"]
    assert rules[0]["parameters"]["require_last_push_approval"] is False
    runs = ask("GET", "/actions/workflows/reconcile.yml/runs?status=success&per_page=1", token).json()
    assert [each["updated_at"] for each in runs["workflow_runs"]] == ["2026-03-02T09:00:30Z"]
    assert ask("GET", "/actions/workflows/other.yml/runs", token).status_code == 404
    assert ask("GET", "/branches/main", token).json()["protected"] is True
    assert ask("GET", "/branches/main/protection", token).status_code == 404


def test_git_over_http_wants_a_token_that_may(world, pr, tmp_path):
    world.protect("main", {"pull_request": {}})
    work = tmp_path / "clone"

    def git(*words, token=None, folder=None):
        url = world.git_url.replace("://", f"://x-access-token:{token}@") if token else world.git_url
        told = ["-c", "user.name=ben", "-c", "user.email=ben@example.com"]
        command = ["git", *told, *(url if each == "URL" else each for each in words)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert "Authentication failed" in git("ls-remote", "URL", token="wrong").stderr
    assert "could not read Username" in git("ls-remote", "URL").stderr
    assert git("ls-remote", "URL", token=world.token("app", issues="read")).returncode != 0
    assert pr.head in git("ls-remote", "URL", "refs/pull/1/head", token=world.token("actions", contents="read")).stdout
    token = world.token("fine", "ben", contents="write")
    assert git("clone", "-q", "-b", BRANCH, "URL", str(work), token=token).returncode == 0
    (work / PATH).write_text("ben's\n")
    assert git("commit", "-qam", "mine", folder=work).returncode == 0
    assert "rule violations" in git("push", "URL", "HEAD:main", token=token, folder=work).stderr
    assert git("push", "URL", f"HEAD:{BRANCH}", token=world.token("app"), folder=work).returncode != 0
    assert git("push", "-q", "URL", f"HEAD:{BRANCH}", token=token, folder=work).returncode == 0
    assert pr.head == world.bare.head("refs/pull/1/head") == git("rev-parse", "HEAD", folder=work).stdout.strip()
    assert (world.activities[-1].kind, world.activities[-1].actor) == ("push", world.who("ben").id)


def test_what_was_asked_is_kept_without_secrets(world, pr, ask):
    token = world.token("app")
    ask("GET", "/pulls/1", token, headers={"X-Other": "kept"})
    (seen,) = world.requests
    assert (seen.line, seen.headers["x-other"]) == ("GET /repos/acme/access/pulls/1", "kept")
    assert token not in repr(world.requests) and world.used == {token: 1}
