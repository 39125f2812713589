"""Whoever is killed at whatever moment: after one run of the sweeper nothing is overdue, and one more run makes all good."""

import pytest

from tests.cluster.killing import killed

TIMES = 30
SEED = 9


@pytest.mark.threat("E2")
def test_whatever_is_killed_at_any_moment_nothing_is_overdue_after_one_sweep_and_all_is_well_after_one_run(tmp_path):
    told = killed(tmp_path, TIMES, SEED)
    assert told.kills >= TIMES
    assert not told.failed, "\n\n".join(told.failed)
