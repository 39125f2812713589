"""Nothing is told twice by one channel, and what was clearly refused is tried again for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.notices import marked, notices_of, stale, tellings
from gitops_breakglass.core.notices.tellings import MOST_TRIES, NO_WORD, after
from gitops_breakglass.core.record_told import MOST_TOLD
from gitops_breakglass.model.notice import Channel, Event, Notifications, Occasion, Progress, Told
from tests.unit.notices.grants import NOW, at, occurrence, record

EVERYWHERE = {each: frozenset(Event) for each in Channel}
GRANTED = Occasion(Event.GRANTED)
(NOTICE,) = notices_of(record(), NOW, Notifications())


def told(progress, *, channel=Channel.WEBHOOK, minutes=0, tries=1):
    return Told(GRANTED, channel, progress, at(minutes), tries)


def sent(marks, minutes=0, channels=EVERYWHERE):
    return [(each.channel, each.tries) for each in tellings([NOTICE], marks, channels, at(minutes))]


def test_each_channel_tells_the_events_that_it_is_for():
    channels = {Channel.COMMENT: frozenset(Event), Channel.WEBHOOK: frozenset({Event.COULD_NOT_END})}
    assert sent([], channels=channels) == [(Channel.COMMENT, 1)]


@pytest.mark.parametrize("progress", [Progress.SENT, Progress.UNSURE, Progress.GIVEN_UP])
@given(minutes=st.integers(0, 10**6))
def test_what_was_told_or_may_have_been_is_never_told_again(progress, minutes):
    assert sent([told(progress)], minutes, {Channel.WEBHOOK: frozenset(Event)}) == []


@given(minutes=st.integers(0, 10**6), channel=st.sampled_from([Channel.WEBHOOK, Channel.MAIL]))
def test_what_somebody_was_about_to_send_is_not_sent_by_another(minutes, channel):
    assert sent([told(Progress.SENDING, channel=channel)], minutes, {channel: frozenset(Event)}) == []


def test_a_comment_that_somebody_was_about_to_write_is_looked_for_and_written_later():
    marks = [told(Progress.SENDING, channel=Channel.COMMENT)]
    only = {Channel.COMMENT: frozenset(Event)}
    assert (sent(marks, 4, only), sent(marks, 5, only)) == ([], [(Channel.COMMENT, 2)])
    tired = [replace(marks[0], tries=MOST_TRIES)]
    assert sent(tired, 5, only) == []


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 2), (3, 4), (7, 60)])
def test_what_was_refused_is_tried_again_less_and_less_often(tries, minutes):
    marks, only = [told(Progress.FAILED, tries=tries)], {Channel.WEBHOOK: frozenset(Event)}
    assert sent(marks, minutes - 0.1, only) == []
    assert sent(marks, minutes, only) == [(Channel.WEBHOOK, tries + 1)]


def test_what_is_refused_too_often_is_given_up():
    assert after(told(Progress.SENDING, tries=MOST_TRIES - 1), Progress.FAILED, NOW).progress is Progress.FAILED
    assert after(told(Progress.SENDING, tries=MOST_TRIES), Progress.FAILED, NOW).progress is Progress.GIVEN_UP
    assert after(told(Progress.SENDING, tries=MOST_TRIES), Progress.SENT, NOW).progress is Progress.SENT


def test_what_nobody_says_more_of_is_told_as_unsure_after_a_while():
    mark = told(Progress.SENDING)
    assert stale([mark], (), NOW + NO_WORD - timedelta(seconds=1)) == ()
    assert stale([mark, told(Progress.SENT, channel=Channel.MAIL)], (), NOW + NO_WORD) == (mark,)


def test_a_mark_takes_the_place_of_the_one_before_it():
    first, other = told(Progress.SENDING), told(Progress.SENT, channel=Channel.MAIL)
    after_it = told(Progress.SENT, minutes=1)
    assert set(marked(record(told=(first, other)), after_it)) == {other, after_it}


def test_what_was_told_of_windows_long_gone_makes_room_and_nothing_else_does():
    past = tuple(
        Told(Occasion(Event.ENDED, at(-60 * 24 * day)), Channel.MAIL, Progress.SENT, at(-60 * 24 * day))
        for day in range(MOST_TOLD)
    )
    of_it = told(Progress.SENT, minutes=-60 * 24 * 900)
    mark = told(Progress.SENDING, channel=Channel.COMMENT)
    kept = marked(record(told=(*past, of_it), occurrences=(occurrence(-60 * 24 * 50, ended=0),)), mark)
    assert {mark, of_it, past[50], past[0], past[30]} <= set(kept)
    assert len(kept) == 31 + 3
    full = tuple(replace(each, at=NOW) for each in past)
    assert marked(record(told=full), mark) is None
