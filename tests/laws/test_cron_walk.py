"""What is due when, beside a walk over every minute of a year in five zones, and beside the library's own counting."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from gitops_breakglass.core.schedule.ticks import count, nth, ticks
from tests.laws.cron_walk import walk, year

ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
FIXED = ("30 1 * * *", "30 2 * * *", "0,30 1,2 * * *", "0 9 * * 1-5", "0 0 29 2 *", "0 0 31 * *", "0 0 13 * 5")
BY_REAL_TIME = ("0 * * * *", "45 * * * *", "15 */2 * * *", "*/10 2 * * *", "*/15 4 * * SUN")
BEGIN, END = year(2024)


def due(cron, location):
    return list(takewhile(lambda at: at < END, ticks(cron, location, BEGIN)))


@pytest.mark.parametrize("location", ZONES)
def test_a_walk_over_every_minute_of_a_year_finds_the_same(location):
    for cron in FIXED + BY_REAL_TIME:
        assert due(cron, location) == walk(cron, location, BEGIN, END), cron


# Their clocks change at midnight.
@pytest.mark.parametrize("location", ["America/Havana", "Africa/Cairo"])
def test_a_walk_finds_the_same_where_clocks_change_at_midnight(location):
    for cron in ("0 0 * * *", "30 0,23 * * *", "*/20 0 * * *", "*/30 23 * * SAT", "*/20 0 * * 5,7"):
        assert due(cron, location) == walk(cron, location, BEGIN, END), cron


def test_a_day_that_a_zone_left_out_is_made_up_for_once_at_the_beginning_of_the_next():
    begin, end = datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC)
    for cron in ("0 0 * * *", "0 9 * * *", "0 0,9 30 12 *", "*/30 9 * * *"):
        found = list(takewhile(lambda at: at < end, ticks(cron, "Pacific/Apia", begin)))
        assert found == walk(cron, "Pacific/Apia", begin, end), cron
        assert count(cron, "Pacific/Apia", begin, end - timedelta(seconds=1)) == len(found)


@pytest.mark.parametrize("location", ZONES)
def test_moments_are_counted_and_numbered_as_they_come(location):
    for cron in FIXED + BY_REAL_TIME:
        moments = due(cron, location)
        assert count(cron, location, BEGIN, END - timedelta(microseconds=1)) == len(moments)
        for number in range(1, len(moments) + 1, 37):
            at = moments[number - 1]
            assert nth(cron, location, BEGIN, number) == at
            assert count(cron, location, BEGIN, at) == number
            assert count(cron, location, BEGIN, at - timedelta(microseconds=1)) == number - 1


def by_the_library(cron, location):
    """Return what the library finds by itself; it begins to count after the time that it is given."""
    found = (each.astimezone(UTC) for each in CronSim(cron, (BEGIN - timedelta(days=2)).astimezone(ZoneInfo(location))))
    return [each for each in takewhile(lambda at: at < END, found) if each >= BEGIN]


@pytest.mark.parametrize("location", ["America/New_York", "Europe/London", "Asia/Kolkata", "UTC"])
def test_the_library_finds_the_same_where_clocks_change_by_whole_hours(location):
    for cron in FIXED + BY_REAL_TIME:
        assert due(cron, location) == by_the_library(cron, location), cron


def test_the_library_loses_moments_where_clocks_change_by_half_an_hour():
    lost = {
        cron: len(set(due(cron, "Australia/Lord_Howe")) - set(by_the_library(cron, "Australia/Lord_Howe")))
        for cron in FIXED + BY_REAL_TIME
    }
    # What docs/adr/0017 says. A library that has got it right may do more of the work.
    assert lost == {
        **dict.fromkeys(FIXED, 0),
        "0 * * * *": 0,
        "45 * * * *": 2,
        "15 */2 * * *": 1,
        "*/10 2 * * *": 3,
        "*/15 4 * * SUN": 4,
    }
