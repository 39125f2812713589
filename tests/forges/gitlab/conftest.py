"""A GitLab with people in it, for the tests of the fake itself."""

import gitlab
import pytest

from tests.forges.gitlab import GitlabWorld

REQUEST = "requests/prod/inc-1.yaml"
BRANCH = "breakglass/prod/inc-1"


@pytest.fixture
def make(tmp_path):
    """Make worlds in which alice and ben are developers and mia is a maintainer; each fails at the end if it complains."""
    made = []

    def world(**options):
        one = GitlabWorld(tmp_path / f"gitlab-{len(made)}", **options)
        made.append(one)
        for name, level in (("alice", 30), ("ben", 30), ("mia", 40)):
            one.account(name)
            one.add_member(None, name, level)
        return one

    yield world
    for each in made:
        each.__exit__(None, None, None)


@pytest.fixture
def world(make):
    return make()


@pytest.fixture
def iid(world):
    return request_by(world, "alice")


def request_by(world, who, branch=BRANCH, **options):
    """Push a request and open a merge request for it."""
    world.push(who, branch, {f"requests/{branch.removeprefix('breakglass/')}.yaml": f"{branch}\n"}, message="Ask")
    return world.open_mr(who, branch, f"Access: {branch}", **options)


@pytest.fixture
def connect():
    """python-gitlab for a world, with a token (or none); never patient, since nothing here is slow for long."""

    def client(world, token=None, **options):
        told = {"job_token": token} if token and token.startswith("glcbt-") else {"private_token": token}
        return gitlab.Gitlab(world.url, timeout=30, **told, **options)

    return client
