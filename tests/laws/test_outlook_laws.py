"""What is shown of recurring windows agrees with all of them, however they lie."""

from datetime import UTC, datetime, timedelta
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.outlook import outlook_of
from gitops_breakglass.core.schedule import recurrence_of
from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.core.schedule.union import union
from gitops_breakglass.model.request import Schedule

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CRONS = ("30 1 * * *", "0 9 * * 1-5", "0 */6 * * *", "15 2 29 * 0", "*/20 8-10 * * *", "0 0 31 * *")


@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(("UTC", "Europe/London", "Australia/Lord_Howe")),
    minutes=st.integers(1, 900),
    most=st.none() | st.integers(1, 40),
    days=st.integers(1, 60),
    late=st.integers(-2000, 100_000),
    count=st.integers(1, 12),
)
def test_what_is_shown_is_the_first_of_all_stretches_that_end_later_and_the_rest_is_counted(
    cron, zone, minutes, most, days, late, count
):
    duration = timedelta(minutes=minutes)
    schedule = Schedule(duration, None, BEGIN + timedelta(days), cron, zone, most)
    recurrence = recurrence_of(schedule, duration, BEGIN)
    at = BEGIN + timedelta(minutes=late)
    outlook = outlook_of(recurrence, at, count)
    every = tuple(islice(windows(recurrence), 100_000))
    coming = tuple(each for each in every if each.end > at)
    assert outlook.stretches == union(coming)[:count]
    assert outlook.occurrences == coming[: len(outlook.occurrences)]
    assert union(outlook.occurrences) == outlook.stretches
    if outlook.occurrences:
        assert outlook.more == len(coming) - len(outlook.occurrences)
