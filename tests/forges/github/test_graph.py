"""GraphQL says what REST does not: who edited a review, whether it came by e-mail, who a commit's co-authors are."""

import pytest
from github import GithubException

from tests.forges.github.conftest import BRANCH, PATH
from tests.forges.github.state import ACTIONS_BOT

REVIEWS = """
query($number: Int!, $first: Int!, $after: String) {
  repository(owner: "acme", name: "access") { databaseId pullRequest(number: $number) {
    reviews(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes { fullDatabaseId lastEditedAt createdViaEmail
              editor { login ... on User { databaseId } } author { __typename login } commit { oid } }
    }
    commits(first: 100) { totalCount nodes { commit { oid authors(first: 10) { nodes { email user { databaseId } } } } } }
  } }
}"""
LANDING = """
query($oid: GitObjectID!) {
  repository(owner: "acme", name: "access") { object(oid: $oid) { ... on Commit { associatedPullRequests(first: 10) {
    totalCount nodes { number state mergeCommit { oid } files(first: 10) { nodes { path changeType } }
      timelineItems(first: 10, itemTypes: [MERGED_EVENT, BASE_REF_CHANGED_EVENT]) { totalCount nodes { __typename
        ... on BaseRefChangedEvent { previousRefName currentRefName actor { login } }
        ... on MergedEvent { commit { oid } actor { login } } } } } } } } }
}"""


@pytest.fixture
def graph(client):
    github = client("actions", permissions={"contents": "read", "pull_requests": "read"})

    def asked(query, **variables):
        return github.requester.graphql_query(query, variables)[1]["data"]["repository"]

    return asked


def test_edits_mails_and_coauthors(world, pr, graph):
    edited = world.review("ben", pr, "APPROVED", "fine")
    world.edit_review("root", pr, edited, "INC-1")
    world.review("cleo", pr, "APPROVED", "ok", by_email=True)
    world.push("alice", BRANCH, {PATH: "two\n"}, message="Fix\n\nCo-authored-by: Ben <ben@example.com>")
    told = graph(REVIEWS, number=1, first=1)["pullRequest"]
    (first,) = told["reviews"]["nodes"]
    assert told["reviews"]["totalCount"] == 2 and told["reviews"]["pageInfo"]["hasNextPage"]
    assert first["fullDatabaseId"] == str(edited.id) and first["commit"]["oid"] == edited.commit
    assert first["editor"] == {"login": "root", "databaseId": world.who("root").id}
    cursor = told["reviews"]["pageInfo"]["endCursor"]
    (second,) = graph(REVIEWS, number=1, first=1, after=cursor)["pullRequest"]["reviews"]["nodes"]
    assert (second["createdViaEmail"], second["editor"], second["lastEditedAt"]) == (True, None, None)
    authors = told["commits"]["nodes"][1]["commit"]["authors"]["nodes"]
    assert [each["user"]["databaseId"] for each in authors] == [world.who("alice").id, world.who("ben").id]


def test_bots_and_those_who_are_gone(world, pr, graph):
    world.allow_actions_to_approve()
    world.review("github-actions[bot]", pr, "APPROVED")
    world.review("ben", pr, "APPROVED")
    world.delete_account("ben")
    reviews = graph(REVIEWS, number=1, first=10)["pullRequest"]["reviews"]["nodes"]
    assert [each["author"] for each in reviews] == [{"__typename": "Bot", "login": "github-actions"}, None]


def test_from_a_commit_to_its_pull_request(world, pr, graph):
    world.push("cleo", "other", commit=world.tip)
    world.retarget("alice", pr, "other")
    world.retarget("alice", pr, "main")
    landing = world.merge("ben", pr, "squash")
    found = graph(LANDING, oid=landing)["object"]["associatedPullRequests"]
    assert found == {"totalCount": 1, "nodes": [{
        "number": 1, "state": "MERGED", "mergeCommit": {"oid": landing},
        "files": {"nodes": [{"path": PATH, "changeType": "ADDED"}]},
        "timelineItems": {"totalCount": 3, "nodes": [
            {"__typename": "BaseRefChangedEvent", "previousRefName": "main", "currentRefName": "other", "actor": {"login": "alice"}},
            {"__typename": "BaseRefChangedEvent", "previousRefName": "other", "currentRefName": "main", "actor": {"login": "alice"}},
            {"__typename": "MergedEvent", "commit": {"oid": landing}, "actor": {"login": "ben"}},
        ]},
    }]}  # fmt: skip


def test_each_field_asks_for_its_permission(world, pr, client, ask):
    with pytest.raises(GithubException, match="Resource not accessible by integration"):
        client("actions", permissions={"contents": "read"}).requester.graphql_query(REVIEWS, {"number": 1, "first": 1})
    assert ask("POST", "//graphql", json={"query": "{ rateLimit { remaining } }"}).status_code == 401
    query = {"query": "{ rateLimit { remaining } viewer { login databaseId } }"}
    seen = ask("POST", "//graphql", world.token("actions"), json=query).json()["data"]
    assert seen == {
        "rateLimit": {"remaining": 1000}, "viewer": {"login": "github-actions[bot]", "databaseId": ACTIONS_BOT},
    }  # fmt: skip


def test_connections_are_asked_for_in_pages(world, pr, graph):
    with pytest.raises(GithubException, match="exceeds the `first` limit"):
        graph(REVIEWS, number=1, first=101)
    with pytest.raises(GithubException, match="properly paginate"):
        graph(REVIEWS.replace("first: 10)", ")").replace("authors()", "authors"), number=1, first=1)


def test_a_field_beyond_the_part_fails_the_test(world, pr, client, complains):
    with pytest.raises(GithubException):
        client().requester.graphql_query('{ repository(owner: "acme", name: "access") { stargazerCount } }', {})
    assert complains() == ["POST /graphql: Cannot query field 'stargazerCount' on type 'Repository'."]
