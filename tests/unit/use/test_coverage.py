"""How far a log is whole, by our own calls that have to be in it."""

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.use.coverage import covered, with_mark
from gitops_breakglass.model.use import Batch, Call, Coverage, Mark, Stage, Target
from gitops_breakglass.model.window import parse_time

NOW = parse_time("2026-11-23T10:00:00Z")


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def our(minutes):
    return Mark(at(minutes), f"ours-{minutes}")


def seen(minutes, audit_id=None):
    name = audit_id or f"ours-{minutes}"
    return Call(name, Stage.COMPLETE, "us", "", Target("get", url="/version"), at(minutes), at(minutes), allowed=True)


def test_a_log_is_whole_up_to_our_newest_call_in_it():
    coverage = Coverage(pending=(our(1), our(2), our(3)))
    found = covered(coverage, Batch((seen(0, "x"), seen(1), seen(2), seen(9, "y")), begins=at(0)))
    assert found == Coverage(at(0), at(2), (our(3),))


def test_a_log_that_grows_without_our_calls_proves_nothing():
    coverage = covered(Coverage(pending=(our(1),)), Batch((seen(0, "x"), seen(9, "y")), begins=at(0)))
    assert (coverage.since, coverage.until) == (at(0), None)


def test_a_log_that_is_silent_proves_no_more_than_before():
    before = Coverage(at(0), at(2), (our(3),))
    assert covered(before, Batch()) == before


def test_reading_that_does_not_go_on_proves_from_its_new_beginning_on():
    found = covered(Coverage(at(0), at(2), (our(8),)), Batch((seen(7, "x"), seen(8)), begins=at(7)))
    assert found == Coverage(at(7), at(8))


def test_a_log_is_whole_from_what_was_told_first_and_not_from_when_that_began():
    watch = replace(seen(5, "watch"), received=at(-60))
    assert covered(Coverage(), Batch((watch, seen(6, "x")))).since == at(5)


def test_a_log_that_lacks_one_of_our_calls_does_not_show_every_call():
    # As the log of one of several API servers does.
    before = Coverage(at(0), at(2), (our(3), our(9)))
    assert covered(before, Batch((seen(9),))) == Coverage(at(9), at(9))


def test_a_call_that_may_still_be_on_its_way_is_waited_for():
    before = Coverage(at(0), at(2), (our(3), our(4)))
    assert covered(before, Batch((seen(4),))) == Coverage(at(0), at(4), (our(3),))


def test_where_events_overtake_each_other_the_last_of_it_is_not_proved():
    found = covered(Coverage(at(0), at(1), (our(5),)), Batch((seen(5),)), slack=timedelta(minutes=1))
    assert found.until == at(4)


def test_no_more_calls_of_ours_are_looked_for_than_would_be_found():
    coverage = Coverage()
    for number in range(300):
        coverage = with_mark(coverage, our(number))
    assert (len(coverage.pending), coverage.pending[-1]) == (200, our(299))
