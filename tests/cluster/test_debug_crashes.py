"""Whatever a run that died had made of a debug session, the next makes it whole, and nothing of it outlives its end."""

import pytest

from tests.cluster.debug_crashes import ALL, Crashes, goes_on, is_left, is_swept, is_taken_back, tried

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def crashes(tmp_path_factory):
    found = Crashes(tmp_path_factory.mktemp("crashes"))
    yield found
    found.close()


@pytest.mark.parametrize(
    ("trial", "places"),
    [
        (goes_on, [40, 47, 52, 58, 100, ALL]),
        (is_left, [40, 47, 52, 58, 120]),
        (is_taken_back, [45, ALL]),
        (is_swept, [27, 33, ALL]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_session_whose_runs_die_becomes_what_it_would_be_and_ends(crashes, trial, places):
    assert tried(crashes, trial, places, at_once=10) == len(places)
