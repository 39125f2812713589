"""A stage at each forge, and one at GitHub and at GitLab for what only that one has."""

import pytest

from tests.contract.forge.words import STAGES
from tests.forges.github_stage import GithubStage
from tests.forges.gitlab_stage import GitlabStage


@pytest.fixture(params=STAGES)
def forge(request):
    """The class of a stage, for tests that begin with a policy of their own."""
    return STAGES[request.param]


@pytest.fixture
def stage(forge, tmp_path):
    with forge(tmp_path) as stage:
        yield stage


@pytest.fixture
def github(tmp_path):
    with GithubStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def gitlab(tmp_path):
    with GitlabStage(tmp_path) as stage:
        yield stage
