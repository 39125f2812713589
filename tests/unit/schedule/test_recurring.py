"""Recurring windows at their edges."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time

import pytest

from gitops_breakglass.core.outlook import outlook_of
from gitops_breakglass.core.schedule import recurrence_of, recurring_course
from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.schedule.recurring import window_number, windows
from gitops_breakglass.core.schedule.standing import coverage_of
from gitops_breakglass.core.schedule.ticks import nth, ticks
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import Window, print_time

HOUR = timedelta(hours=1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def starts(cron, zone, since, many):
    return [print_time(each) for each in islice(ticks(cron, zone, since), many)]


def example(merged, **bounds):
    schedule = Schedule(
        8 * HOUR,
        start=utc(2024, 1, 1),
        end=utc(2024, 12, 31, 23, 59, 59),
        cron="0 9 * * 1-5",
        location="America/New_York",
        **bounds,
    )
    return recurrence_of(schedule, 8 * HOUR, merged)


def test_the_complete_example_is_ten_working_days_and_then_over():
    recurrence = example(utc(2023, 12, 1), max_activations=10)
    found = list(windows(recurrence))
    assert [print_time(each.start) for each in found] == [
        f"2024-01-{day:02}T14:00:00Z" for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)
    ]
    assert recurrence.ends_by == found[-1].end == utc(2024, 1, 12, 22)
    # The number holds also without the end that comes of it.
    assert list(windows(replace(recurrence, ends_by=None))) == found
    assert recurring_course(replace(recurrence, ends_by=None), utc(2024, 6, 1)).begun == 10
    course = recurring_course(recurrence, utc(2024, 6, 1))
    assert (course.begun, course.open, course.next, course.is_over) == (10, (), None, True)


def test_a_merge_after_the_start_begins_the_count():
    assert next(windows(example(utc(2024, 1, 15, 17), max_activations=10))).start == utc(2024, 1, 16, 14)
    assert next(windows(example(utc(2024, 1, 15, 14)))).start == utc(2024, 1, 15, 14)
    assert next(windows(example(utc(2024, 1, 15, 14, 0, 0, 1)))).start == utc(2024, 1, 16, 14)


def test_a_year_of_working_days_follows_the_clock_through_both_changes():
    found = list(windows(example(utc(2023, 12, 1))))
    assert len(found) == 262
    assert {
        (each.start.month in range(4, 11), each.start.hour) for each in found if each.start.month not in (3, 11)
    } == {
        (False, 14),
        (True, 13),
    }


def test_an_end_cuts_the_window_that_is_open_and_lets_none_begin():
    recurrence = Recurrence("0 * * * *", "UTC", 2 * HOUR, utc(2024, 1, 1), until=utc(2024, 1, 1, 2))
    assert list(islice(windows(recurrence), 5)) == [
        Window(utc(2024, 1, 1), utc(2024, 1, 1, 2)),
        Window(utc(2024, 1, 1, 1), utc(2024, 1, 1, 2)),
    ]
    assert recurring_course(recurrence, utc(2024, 1, 1, 2)).is_over


def test_what_begins_inside_a_repeated_hour_does_not_find_it_again():
    # 05:30 UTC is the first 01:30 in New York, 06:30 the second.
    assert starts("30 1 * * *", "America/New_York", utc(2024, 11, 3, 5, 30), 2) == [
        "2024-11-03T05:30:00Z",
        "2024-11-04T06:30:00Z",
    ]
    assert starts("30 1 * * *", "America/New_York", utc(2024, 11, 3, 5, 31), 1) == ["2024-11-04T06:30:00Z"]
    assert starts("30 * * * *", "America/New_York", utc(2024, 11, 3, 5, 31), 2) == [
        "2024-11-03T06:30:00Z",
        "2024-11-03T07:30:00Z",
    ]


def test_fixed_times_that_fall_on_one_moment_are_one():
    assert starts("0,30 2,3 10 3 *", "America/New_York", utc(2024, 3, 10), 3) == [
        "2024-03-10T07:00:00Z",
        "2024-03-10T07:30:00Z",
        "2025-03-10T06:00:00Z",
    ]


def test_windows_longer_than_the_time_between_them_are_all_open():
    course = recurring_course(Recurrence("0 * * * *", "UTC", 3 * HOUR, utc(2024, 1, 1)), utc(2024, 1, 1, 5, 30))
    assert [each.start.hour for each in course.open] == [3, 4, 5]
    assert (course.begun, course.latest.start.hour, course.next.start.hour) == (6, 5, 6)
    assert course.stretch == Window(utc(2024, 1, 1), utc(2024, 1, 1, 8))


def test_a_stretch_of_many_windows_goes_back_to_its_beginning():
    recurrence = Recurrence("*/10 8-17 * * *", "UTC", timedelta(minutes=10), utc(2024, 1, 1))
    assert recurring_course(recurrence, utc(2024, 3, 1, 17, 55)).stretch == Window(
        utc(2024, 3, 1, 8), utc(2024, 3, 1, 18)
    )


def test_the_calendar_ends_without_a_mistake():
    for since in (utc(9998, 12, 29), utc(9999, 12, 31, 23)):
        assert len(list(ticks("0 0 * * *", "America/New_York", since))) <= 3
    recurrence = recurrence_of(Schedule(HOUR, cron="0 0 * * *", max_activations=5), HOUR, utc(9999, 12, 1))
    assert list(windows(recurrence)) == []
    assert recurring_course(recurrence, utc(9999, 12, 31)).is_over
    assert next(ticks("0 0 * * *", "Asia/Kolkata", datetime.min.replace(tzinfo=UTC))) == utc(1, 12, 31, 18, 6, 32)


def test_an_end_at_the_beginning_of_the_calendar_is_one():
    recurrence = recurrence_of(Schedule(HOUR, cron="0 9 * * *", end=utc(1, 1, 1)), HOUR, utc(2024, 1, 1))
    assert recurring_course(recurrence, utc(2024, 1, 2)).is_over


@pytest.mark.parametrize("end, more", [(utc(2043, 12, 1), 7271), (utc(9999, 12, 31), None)])
def test_what_comes_in_decades_is_not_counted_where_it_is_only_shown(end, more):
    recurrence = recurrence_of(Schedule(HOUR, cron="0 9 * * *", end=end), HOUR, utc(2024, 1, 1))
    began = process_time()
    assert outlook_of(recurrence, utc(2024, 1, 1), 3).more == more
    assert process_time() - began < 2


def test_no_more_windows_are_looked_at_than_rules_let_be_open_at_once_or_in_a_row():
    began = process_time()
    row = recurring_course(Recurrence("* * * * *", "UTC", timedelta(minutes=1), utc(2001, 1, 1)), utc(2024, 1, 1))
    assert utc(2023, 12, 1) < row.stretch.start < utc(2024, 1, 1)
    heap = recurring_course(Recurrence("* * * * *", "UTC", timedelta(days=365), utc(2001, 1, 1)), utc(2024, 1, 1))
    assert (len(heap.open), heap.begun) == (2048, 12096001)
    assert process_time() - began < 5


def test_the_rarest_day_is_found():
    found = nth("0 0 29 2 */7", "UTC", utc(2073, 1, 1), 2)
    assert found == utc(2128, 2, 29)


@pytest.mark.parametrize(
    "cron",
    [
        "0 0 30 2 *",
        "0 9 * *",
        "0 0 9 * * 1",
        "@daily",
        "0 0 L * *",
        "0 0 * * 5#2",
        "5/15 * * * *",
        "0 9 * * 8",
        "",
        "٣ * * * *",
    ],
)
def test_what_is_no_expression_opens_nothing(cron):
    recurrence = Recurrence(cron, "UTC", HOUR, utc(2024, 1, 1))
    with pytest.raises(ScheduleError):
        next(ticks(cron, "UTC", utc(2024, 1, 1)))
    course = recurring_course(recurrence, utc(2024, 1, 2))
    assert course.problem and not course.open and not course.is_over


def test_a_zone_that_is_gone_opens_nothing():
    course = recurring_course(Recurrence("0 * * * *", "Mars/Olympus", HOUR, utc(2024, 1, 1)), utc(2024, 1, 2))
    assert (course.problem, course.open) == ("there is no time zone 'Mars/Olympus'", ())


def test_a_count_that_no_lifetime_sees_has_no_end():
    assert (
        recurrence_of(Schedule(HOUR, cron="0 9 * * *", max_activations=2**31 - 1), HOUR, utc(2024, 1, 1)).ends_by
        is None
    )
    bounded = Schedule(HOUR, cron="0 9 * * *", end=utc(2024, 1, 3), max_activations=2**31 - 1)
    assert recurrence_of(bounded, HOUR, utc(2024, 1, 1)).ends_by == utc(2024, 1, 2, 10)
    never = Schedule(HOUR, cron="0 9 * * *", end=utc(2024, 1, 1, 8), max_activations=3)
    assert recurrence_of(never, HOUR, utc(2024, 1, 1)).ends_by == utc(2024, 1, 1)


def test_there_is_no_window_of_a_number_that_is_not_there():
    recurrence = example(utc(2023, 12, 1), max_activations=10)
    assert [window_number(recurrence, number) for number in (-1, 0, 11)] == [None, None, None]


@pytest.mark.parametrize(
    "cron, duration, most, stretch, share",
    [
        ("0 9 * * 1-5", 8 * HOUR, None, 8 * HOUR, 40 / 169),
        ("0 * * * *", HOUR / 2, None, HOUR / 2, 0.5),
        ("0 * * * *", 8 * HOUR, 3, 10 * HOUR, 24 / 169),
        ("0 0 * * *", 24 * HOUR, None, 397 * 24 * HOUR, 1.0),
        ("* * * * *", timedelta(seconds=30), None, timedelta(seconds=30), 0.5),
        ("0,10,30-50/5 * * * *", timedelta(minutes=5), None, timedelta(minutes=25), 35 / 60),
        ("0 * 1-7 1 *", 59 * HOUR / 60, None, 59 * HOUR / 60, 0.978),
        ("0 0 1,31 1,12 *", 24 * HOUR, None, 48 * HOUR, 48 / 169),
        ("0 0 1 * *", 240 * HOUR, None, 240 * HOUR, 240 / 481),
    ],
    ids=[
        "working-days",
        "hourly",
        "three-in-a-row",
        "every-day-whole",
        "each-minute-half",
        "uneven",
        "one-week",
        "new-year",
        "one-long-window",
    ],
)
def test_what_a_schedule_covers_of_the_time(cron, duration, most, stretch, share):
    found = coverage_of(Schedule(duration, cron=cron, max_activations=most), duration)
    assert found.stretch == stretch
    assert found.share == pytest.approx(share, abs=0.007)


def test_zones_are_there_on_a_machine_that_has_none():
    code = "from gitops_breakglass.core.zones import is_zone; print(is_zone('Australia/Lord_Howe'), is_zone('Mars/Olympus'))"
    bare = {**os.environ, "PYTHONTZPATH": ""}
    assert (
        subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=True).stdout
        == "True False\n"
    )
    lock = Path(__file__).parents[3] / "requirements" / "lock.txt"
    assert "\ntzdata==" in lock.read_text(encoding="utf-8")
