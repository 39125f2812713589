"""The laws of a server's time: what is reckoned from whole seconds always holds the true time, and narrows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_breakglass.core.server_time import DRIFT, bounds_of, learn, server_time
from gitops_breakglass.model.server_time import OffsetBounds, TimeSample

START = datetime(2026, 11, 22, 5, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

offsets = st.timedeltas(timedelta(hours=-30), timedelta(hours=30))
short = st.timedeltas(timedelta(), timedelta(seconds=3))
"""How long an answer takes, on each of its two ways, and how long nobody asks."""


@st.composite
def asked(draw, most=12):
    """When each question was sent, how long it was on its way there, and back."""
    moment, questions = START, []
    for _ in range(draw(st.integers(1, most))):
        moment += draw(short)
        there, back = draw(short), draw(short)
        questions.append((moment, there, back))
        moment += there + back
    return questions


def answer(question, offset):
    """What an API server answers whose clock is ahead by so much: the second that it is in."""
    sent, there, back = question
    return TimeSample(sent, sent + there + back, (sent + there + offset).replace(microsecond=0))


@given(asked(), offsets)
def test_the_true_time_always_lies_within_the_bounds(questions, offset):
    known = None
    for question in questions:
        sample = answer(question, offset)
        known = learn(known, sample)
        told = server_time(known, sample.received)
        assert told.earliest <= sample.received + offset <= told.latest


@given(asked(), offsets, st.floats(-DRIFT, DRIFT))
def test_it_does_so_where_one_clock_is_faster_than_the_other(questions, offset, rate):
    known = None
    for sent, there, back in questions:
        at, received = sent + there, sent + there + back
        ahead = offset + (at - START) * rate
        known = learn(known, TimeSample(sent, received, (at + ahead).replace(microsecond=0)))
        now = received + offset + (received - START) * rate
        told = server_time(known, received)
        # A microsecond for each sum that was rounded.
        slack = timedelta(microseconds=4 * len(questions))
        assert told.earliest - slack <= now <= told.latest + slack


@given(asked(), offsets)
def test_no_answer_makes_it_know_less_than_the_answer_alone_says(questions, offset):
    known = None
    for question in questions:
        sample = answer(question, offset)
        known = learn(known, sample)
        alone = bounds_of(sample)
        assert alone.lower <= known.lower <= known.upper <= alone.upper


@given(asked(), offsets, offsets, st.timedeltas(timedelta(), timedelta(hours=1)))
def test_after_a_clock_was_set_by_much_the_next_answer_alone_counts(questions, before, after, later):
    """By more than a second and the time that answers take; what is less shows as soon as an answer contradicts it."""
    assume(abs(before - after) > timedelta(seconds=15))
    known = None
    for question in questions:
        known = learn(known, answer(question, before))
    sent = known.at + later
    sample = answer((sent, MILLISECOND, MILLISECOND), after)
    assume(not _agree(known, sample, later))
    told = server_time(learn(known, sample), sample.received)
    assert told.earliest <= sample.received + after <= told.latest


def _agree(known, sample, later):
    alone, drift = bounds_of(sample), (later + 2 * MILLISECOND) * DRIFT
    return alone.lower <= known.upper + drift and known.lower - drift <= alone.upper


def test_a_second_of_questions_tells_the_time_to_a_few_hundredths_of_one():
    offset, known = timedelta(hours=-3, milliseconds=137), None
    for step in range(50):
        known = learn(known, answer((START + step * 20 * MILLISECOND, MILLISECOND, MILLISECOND), offset))
    assert known.upper - known.lower < 25 * MILLISECOND


def test_an_answer_during_which_our_clock_was_set_back_says_nothing():
    known = OffsetBounds(timedelta(), timedelta(seconds=1), START)
    sample = TimeSample(START, START - MILLISECOND, START + timedelta(hours=1))
    assert learn(known, sample) == known
    assert learn(None, sample) is None


@pytest.mark.parametrize("rate", [DRIFT, -DRIFT])
def test_what_was_known_well_an_hour_ago_still_holds_where_clocks_came_apart_since(rate):
    known = None
    for step in range(50):
        known = learn(known, answer((START + step * 20 * MILLISECOND, MILLISECOND, MILLISECOND), timedelta()))
    later = timedelta(hours=1)
    told = server_time(known, known.at + later)
    true = known.at + later + later * rate
    assert told.earliest <= true <= told.latest
    assert told.latest - told.earliest < timedelta(seconds=4)
