"""Repositories in which alice asks and ben approves: plain git, and one at GitHub."""

import pytest

from tests.forges.github_stage import GithubStage
from tests.git.world import World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.person("alice")
    world.person("ben")
    world.policy({"identities.yaml": world.identities(), "policies/view.yaml": "a: 1\n"})
    return world


@pytest.fixture
def alice(world):
    return world.person("alice")


@pytest.fixture
def ben(world):
    return world.person("ben")


@pytest.fixture
def github(tmp_path):
    """A stage at GitHub at which nothing has happened yet."""
    with GithubStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def asked(github):
    """The stage with one request that was approved and merged."""
    github.alice.requests("prod/inc-1")
    github.ben.approves("prod/inc-1")
    github.ben.merges("prod/inc-1")
    return github
