"""The fake GitHub is honest: it does what GitHub does, refuses what GitHub refuses, and says so when it can't."""

import pytest
from github import Auth, Github

from tests.forges.github import GithubWorld

PATH = "requests/prod/inc-1.yaml"
BRANCH = "breakglass/prod/inc-1"


@pytest.fixture
def world(tmp_path):
    with GithubWorld(tmp_path) as world:
        for login in ("alice", "ben", "cleo"):
            world.account(login)
        world.team("sre")
        world.add_member("sre", "ben")
        yield world


@pytest.fixture
def pr(world):
    world.push("alice", BRANCH, {PATH: "one\n"})
    return world.open_pr("alice", BRANCH, "INC-1", "Connections time out")


@pytest.fixture
def client(world):
    made = []

    def connect(kind="app", **options):
        auth = Auth.Token(world.token(kind, **options))
        made.append(Github(base_url=world.api_url, auth=auth, per_page=100, retry=None, seconds_between_requests=0,
                           seconds_between_writes=0))  # fmt: skip
        return made[-1]

    yield connect
    for each in made:
        each.close()


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
