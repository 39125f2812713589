"""Nothing that a process made before it died outlives a debug session, and no crash keeps a sweep from ending it."""

import sys

import pytest

from tests.cluster.debug_crashes import Crashes, all_endings, all_makings

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def crashes(tmp_path_factory):
    found = Crashes(tmp_path_factory.mktemp("crashes"))
    yield found
    found.close()


def test_what_a_dying_process_made_of_a_session_ends_by_the_sweep_alone(crashes):
    assert all_makings(crashes, [1, 3, 5, 7, 9, sys.maxsize]) == 6


def test_a_sweep_that_dies_is_finished_by_the_next(crashes):
    assert all_endings(crashes, [22, 27, 33, 55, sys.maxsize]) == 5
