"""The reference's complete example, replayed: a real API server, a real repository, and a year that takes a minute.

The time of each run is an argument, so the guard that compares windows with the API server's own clock is taken away: it
would find every window of 2024 long over. It has tests of its own, with windows of seconds.
"""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from gitops_breakglass.model.window import print_time
from tests.cluster.recurring_year import (
    EXAMPLE,
    LATER,
    SUBJECTS,
    TRIED,
    WANTED,
    YEAR,
    Replay,
    moments,
    wanted,
)

KINDS = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", SUBJECTS)
def test_after_each_run_exactly_the_windows_that_are_open_have_their_objects(year: Replay, name: str):
    seen = {moment: year.open(name, moment) for moment in year.looks}
    assert seen == {moment: wanted(name, moment) for moment in year.looks}
    assert all(sorted(kinds) == KINDS for each in year.looks.values() for kinds in each.kinds.get(name, {}).values())


@pytest.mark.not_even_once
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_subject_s_own_calls_pass_within_a_window_and_at_no_other_time(year: Replay, name: str):
    assert {moment: calls[name] for moment, calls in year.calls.items()} == {
        moment: bool(wanted(name, moment)) for moment in moments(TRIED)
    }


def test_the_example_is_open_ten_times_from_nine_to_five_in_new_york(year: Replay):
    opened = sorted({end for look in year.looks.values() for end in look.kinds.get(EXAMPLE, {})})
    assert opened == [
        *(f"2024-01-{day:02}T22:00:00Z" for day in (1, 2, 3, 4, 5)),
        *(f"2024-01-{day:02}T22:00:00Z" for day in (8, 9, 10, 11, 12)),
    ]


def test_an_approval_within_a_window_opens_none_before_the_next_morning(year: Replay):
    opened = sorted({end for look in year.looks.values() for end in look.kinds.get(LATER, {})})
    assert (opened[0], opened[-1], len(opened)) == ("2024-01-16T22:00:00Z", "2024-01-29T22:00:00Z", 10)


def test_windows_keep_to_the_clocks_of_the_zone_and_last_eight_hours_all_the_same(year: Replay):
    seen = {look for look in year.looks if year.open(YEAR, look)}
    assert {at("2024-03-08T14:00:00Z"), at("2024-03-11T13:00:00Z"), at("2024-11-01T13:00:00Z")} <= seen
    assert {at("2024-11-04T14:00:00Z")} <= seen
    assert year.open(YEAR, at("2024-03-08T21:59:59Z")) == ["2024-03-08T22:00:00Z"]
    assert year.open(YEAR, at("2024-03-11T20:59:59Z")) == ["2024-03-11T21:00:00Z"]
    assert year.open(YEAR, at("2024-11-04T13:59:59Z")) == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_activations_are_counted_from_the_approval_whether_or_not_a_run_saw_them(year: Replay, name: str):
    counted = {
        moment: each.statuses[name]["activationCount"] for moment, each in year.looks.items() if name in each.statuses
    }
    assert counted == {moment: sum(each.start <= moment for each in WANTED[name]) for moment in counted}
    assert list(counted.values())[-1] == len(WANTED[name])


def test_nothing_failed_and_nothing_is_left(year: Replay):
    assert [failed for each in year.looks.values() for failed in each.failed] == []
    assert year.left == []


def test_a_record_lists_the_occurrence_that_is_open_and_the_one_before_and_does_not_grow(year: Replay):
    states = {moment: each.states[YEAR] for moment, each in year.looks.items()}
    for moment, state in states.items():
        begun = [each for each in WANTED[YEAR] if each.start <= moment and each.start in year.looks]
        listed = [each["start"] for each in state.get("occurrences", ())]
        assert listed in (
            [print_time(each.start) for each in begun[-1:]],
            [print_time(each.start) for each in begun[-2:]],
        )
    assert max(len(json.dumps(state)) for state in states.values()) < 8 * 1024
