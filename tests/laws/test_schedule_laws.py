"""The laws of recurring windows: whoever asks, when and in what order, finds the same ones, and none is longer or later than agreed."""

from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.core.schedule import recurrence_of, recurring_course, union
from gitops_breakglass.core.schedule.overlap import COUNTED_AT_ONCE
from gitops_breakglass.core.schedule.recurring import begun_by, window_number, windows
from gitops_breakglass.core.schedule.standing import coverage_of
from gitops_breakglass.core.schedule.ticks import count, ticks
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import Window
from tests.laws.cron_walk import walk

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Havana",
    "Africa/Cairo",
)
# Near changes of clocks as often as not.
CHANGES = [
    datetime(2024, *day, tzinfo=UTC)
    for day in ((3, 10, 7), (11, 3, 6), (3, 31, 1), (10, 27, 1), (4, 6, 15), (10, 5, 15, 30), (4, 25, 22), (10, 31, 21))
]
near = st.sampled_from(CHANGES).flatmap(
    lambda at: st.integers(-4000, 4000).map(lambda minutes: at + timedelta(minutes=minutes))
)
moments = st.one_of(
    near, st.integers(0, 1_500_000).map(lambda minutes: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
)


def field(low, high):
    values = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        values.map(str),
        st.integers(2, 20).map("*/{}".format),
        st.lists(values, min_size=1, max_size=3).map(lambda some: ",".join(map(str, some))),
        st.tuples(values, values).map(lambda two: f"{min(two)}-{max(two)}"),
    )


crons = st.builds(
    "{} {} {} {} {}".format,
    field(0, 59),
    field(0, 23),
    st.one_of(st.just("*"), field(1, 28)),
    st.one_of(st.just("*"), st.just("3,4,10,11"), st.just("2-11/3")),
    st.one_of(st.just("*"), field(0, 7)),
)
durations = st.one_of(
    st.integers(1, 3000).map(lambda minutes: timedelta(minutes=minutes)), st.just(timedelta(seconds=1, microseconds=7))
)
recurrences = st.builds(
    lambda cron, zone, duration, since, until, most: recurrence_of(
        Schedule(duration, since, until and since + until, cron, zone, most), duration, since
    ),
    crons,
    st.sampled_from(ZONES),
    durations,
    moments.map(lambda at: at.replace(microsecond=3) if at.minute % 7 == 0 else at),
    st.none() | st.integers(1, 60_000).map(lambda minutes: timedelta(minutes=minutes)),
    st.none() | st.integers(1, 40),
)
later = st.integers(-3000, 30_000).map(lambda minutes: timedelta(minutes=minutes))


def plainly(recurrence, most=400):
    """Return the first windows by their definition, without a number or a shortcut."""
    found = []
    for start in islice(ticks(recurrence.cron, recurrence.location, recurrence.since), recurrence.max_activations):
        end = start + recurrence.duration
        if recurrence.until is not None:
            if start >= recurrence.until:
                break
            end = min(end, recurrence.until)
        found.append(Window(start, end))
        if len(found) == most:
            break
    return found


@settings(deadline=None, max_examples=40)
@given(crons, st.sampled_from(ZONES), near, st.integers(1, 3 * 1440))
def test_what_is_due_is_what_a_walk_over_every_minute_finds(cron, zone, begin, minutes):
    end = begin + timedelta(minutes=minutes)
    found = list(takewhile(lambda at: at < end, ticks(cron, zone, begin)))
    assert found == walk(cron, zone, begin, end)
    assert count(cron, zone, begin, end - timedelta(microseconds=1)) == len(found)


@settings(deadline=None)
@given(recurrences, later)
def test_what_a_course_says_is_what_enumeration_finds(recurrence, after):
    now = recurrence.since + after
    some = plainly(recurrence)
    begun = [each for each in some if each.start <= now]
    course = recurring_course(recurrence, now)
    if len(begun) == 400:
        return
    assert course.begun == len(begun)
    assert course.open == tuple(each for each in begun if each.contains(now))
    assert course.latest == (begun[-1] if begun else None)
    assert course.next == (some[len(begun)] if len(begun) < len(some) else None)
    assert course.stretch == (union(begun)[-1] if begun else None)
    assert course.is_over == (not course.open and len(begun) == len(some))


@settings(deadline=None)
@given(recurrences, st.lists(later, min_size=2, max_size=5))
def test_asked_at_any_moment_and_in_any_order_it_is_the_same_windows(recurrence, after):
    some = plainly(recurrence, 60)
    for each in after:
        now = recurrence.since + each
        ahead = [window for window in some if window.end > now]
        assert list(islice(windows(recurrence, after=now), len(ahead))) == ahead[: len(ahead)]
    assert [window_number(recurrence, number) for number in range(1, len(some) + 1)] == some
    begun = [begun_by(recurrence, recurrence.since + each) for each in sorted(after)]
    assert begun == sorted(begun)


@settings(deadline=None)
@given(recurrences)
def test_no_window_is_longer_or_later_than_agreed(recurrence):
    some = list(islice(windows(recurrence), 100))
    for each in some:
        assert timedelta() < each.end - each.start <= recurrence.duration
        assert recurrence.since <= each.start
        assert recurrence.until is None or each.end <= recurrence.until
        assert recurrence.ends_by is None or each.end <= recurrence.ends_by
    assert all(one.start < other.start for one, other in pairwise(some))
    if recurrence.max_activations is not None:
        assert len(some) <= recurrence.max_activations
        if recurrence.ends_by is not None and some:
            assert max(each.end for each in some) == recurrence.ends_by


@settings(deadline=None)
@given(recurrences, later)
def test_an_end_that_was_granted_holds_whatever_the_zones_say_later(recurrence, after):
    # As where the zone has moved by an hour since: all that begins later ends no later.
    ends_by = recurrence.since + abs(after)
    for each in islice(windows(replace(recurrence, ends_by=ends_by)), 50):
        assert each.end <= ends_by


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12))
def test_a_union_is_disjoint_in_order_and_covers_the_same_moments(pairs):
    minute = timedelta(minutes=1)
    begin = CHANGES[0]
    some = [Window(begin + first * minute, begin + (first + long) * minute) for first, long in pairs]
    joined = union(some)
    assert all(one.end < other.start for one, other in pairwise(joined))
    for number in range(170):
        at = begin + number * minute / 2
        assert any(each.contains(at) for each in some) == any(each.contains(at) for each in joined)


@settings(deadline=None, max_examples=30)
@given(crons, st.sampled_from(ZONES), durations, st.none() | moments)
def test_what_a_schedule_covers_is_what_the_union_of_its_windows_does(cron, zone, duration, start):
    begin = start or datetime(2024, 1, 1, tzinfo=UTC)
    year = timedelta(days=397)
    recurrence = Recurrence(cron, zone, duration, begin)
    some = list(islice(takewhile(lambda each: each.start < begin + year, windows(recurrence)), 20_000))
    if len(some) == 20_000:
        return
    joined = union(some)
    found = coverage_of(Schedule(duration, start, None, cron, zone), duration)
    longest = max((each.end - each.start for each in joined), default=timedelta())
    assert found.windows == len(some)
    assert found.stretch == longest
    assert found.begins == next((each.start for each in joined if each.end - each.start == longest), None)
    span = max(timedelta(days=7), 2 * duration)
    midnight, whole = begin.astimezone(ZoneInfo(zone)), sum((each.end - each.start for each in joined), timedelta())
    midnight = (midnight + timedelta(days=3)).replace(hour=0, minute=0).astimezone(UTC)
    held = sum(
        (max(timedelta(), min(each.end, midnight + span) - max(each.start, midnight)) for each in joined), timedelta()
    )
    assert (held - duration - timedelta(days=1)) / (span + timedelta(hours=1)) <= found.share <= whole / span + 1e-9
    starts = [each.start for each in some]
    at_once = [number + 1 - bisect_right(starts, at - duration) for number, at in enumerate(starts)]
    assert found.at_once == min(max(at_once, default=0), COUNTED_AT_ONCE)


@settings(deadline=None, max_examples=30)
@given(crons, st.sampled_from(ZONES), durations, moments, st.integers(1, 20), later)
def test_so_many_windows_never_hold_longer_than_is_said_wherever_they_begin(cron, zone, duration, start, most, after):
    said = coverage_of(Schedule(duration, start, None, cron, zone, most), duration).stretch
    since = start + abs(after)
    joined = union(
        windows(Recurrence(cron, zone, duration, since, until=start + timedelta(days=366), max_activations=most))
    )
    assert max((each.end - each.start for each in joined), default=timedelta()) <= said
