"""A repository in which alice asks and ben approves."""

import pytest

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
