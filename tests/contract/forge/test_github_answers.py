"""What GitHub answers wrongly, late, or not at all, and where the token goes."""

import pytest

from gitops_breakglass.adapters.forge.github.connection import Limits, Line
from gitops_breakglass.adapters.forge.github.unanswered import Unanswered
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.errors import UnreachableError, UsageError
from gitops_breakglass.model.unread import Unread
from tests.contract.forge.calls import called
from tests.forges import faults
from tests.forges.github_stage import QUICK
from tests.git.world import path_of, session

CANARY = "canary-1b3f"


@pytest.mark.parametrize("kind", ["actions", "app", "fine", "classic"])
def test_what_landed_is_told_to_every_kind_of_token(asked, kind):
    asked.world.account("robot")
    asked.token = asked.world.token(kind, **({"login": "robot"} if kind in {"fine", "classic"} else {}))
    change = asked.landed()
    assert isinstance(change, Change), change
    assert [each.account for each in change.reviews] == [asked.ben.account]


@pytest.mark.parametrize(
    ("without", "hint"),
    [("pull_requests", "Pull requests: read"), ("contents", "Contents: read")],
)
def test_a_token_that_lacks_a_permission_is_told_which(asked, without, hint):
    usual = {"pull_requests": "read", "contents": "read", "metadata": "read"}
    asked.token = asked.world.token("app", **{name: each for name, each in usual.items() if name != without})
    try:
        told = asked.landed()
    except UnreachableError as error:
        told = error
    assert hint in told.hint


def counting(name):
    """GraphQL's answer with one more in a count than there are."""

    def more(answer):
        connection = answer["data"]["repository"]["pullRequest"][name]
        connection["totalCount"] += 1
        return answer

    return faults.edited(more)


@pytest.mark.parametrize("name", ["reviews", "commits"])
def test_a_count_of_graphql_that_is_not_what_came_is_not_known(asked, name):
    asked.world.faults.add("POST /graphql", counting(name))
    assert f"it counts 2 {name} and has 1" in asked.landed().message


@pytest.mark.parametrize(
    ("kind", "said"),
    [("FORBIDDEN", "did not let"), ("RATE_LIMITED", "rate limit is used up"), ("ODD", "it came with errors")],
)
def test_graphql_that_answers_with_errors_is_not_known(asked, kind, said):
    asked.world.faults.add("POST /graphql", faults.edited(lambda told: {**told, "errors": [{"type": kind}]}))
    assert said in asked.landed().message


def test_an_answer_that_is_never_ready_is_not_waited_for(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(202))
    assert "it is not ready to" in asked.landed().message


@pytest.mark.parametrize("code", [403, 429, 503])
def test_a_forge_that_asks_to_wait_for_long_is_not_waited_for(asked, code):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(code, Retry_After=3))
    assert "rate limit" in asked.landed().message


def test_a_short_wait_is_waited_for(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(503))
    assert isinstance(asked.landed(), Change)


def test_a_forge_that_goes_down_is_not_asked_about_the_rest(github):
    for number in range(5):
        github.setup({path_of(f"prod/inc-{number}"): session(f"inc-{number}")})
    touches = github.repository_now().touches(github.tip)
    github.world.faults.add("GET /repos/*/commits/*/pulls*", faults.status(503), times=None)
    forge, before = github.forge(), len(github.world.requests)
    told = forge.landed(touches, tip=github.tip, sights={}, now=github.clock.now())
    assert all(isinstance(each, Unread) for each in told.values())
    assert len(set(called(github, before))) == 2


def test_nothing_that_github_says_of_an_error_is_repeated(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(403, {"message": CANARY}))
    change = asked.landed()
    assert CANARY not in f"{change}"
    assert asked.token not in f"{change} {asked.forge().__dict__} {asked.access()}"


def test_a_request_that_would_go_elsewhere_is_not_sent():
    line = Line("https://api.example.com", Limits())
    for url in ("https://other.example.com/x", "http://api.example.com/x", "https://api.example.com:444/x"):
        with pytest.raises(Unanswered, match="would go to another host"):
            line.send("GET", url, {}, None)


def test_a_token_goes_nowhere_without_tls(asked):
    asked.api_url = "http://github.example.com"
    with pytest.raises(UsageError, match="unencrypted"):
        asked.landed()


def test_the_limits_of_tests_are_those_of_runs_but_shorter():
    assert (Limits().reserve, Limits().most_new) == (QUICK.reserve, QUICK.most_new)


def of_another_repository(repository):
    repository["databaseId"] += 1


def with_an_author_less(repository):
    repository["pullRequest"]["commits"]["nodes"][0]["commit"]["authors"]["totalCount"] += 1


def of_another_commit(repository):
    repository["pullRequest"]["commits"]["nodes"][0]["commit"]["oid"] = "0" * 40


def with_a_review_twice(repository):
    reviews = repository["pullRequest"]["reviews"]
    reviews |= {"nodes": reviews["nodes"] * 2, "totalCount": 2}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_another_repository, "acme/access is another repository now"),
        (with_an_author_less, "it leaves authors of a commit out"),
        (of_another_commit, "it has commits that GraphQL does not know"),
        (with_a_review_twice, "it has a review twice"),
    ],
)
def test_graphql_that_tells_of_something_else_is_not_known(asked, change, said):
    def changed(answer):
        change(answer["data"]["repository"])
        return answer

    asked.world.faults.add("POST /graphql", faults.edited(changed))
    assert said in asked.landed().message
