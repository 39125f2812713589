"""A notice in words: what people read, and that nothing which others wrote is more than words."""

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitops_breakglass.core.notices import notices_of
from gitops_breakglass.model.notice import Event, Notifications, Occasion
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.notices import message_of
from tests.unit.gate.test_reports import HOSTILE
from tests.unit.notices.grants import at, granted, occurrence, record, refused

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "data" / "notices"
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "schemas" / "output" / "notice.schema.json").read_text()))
SETTINGS = Notifications()


def first(the_record, minutes, event, **words):
    (notice,) = (each for each in notices_of(the_record, at(minutes), SETTINGS, **words) if each.event is event)
    return notice


def hostile(event):
    """Everything in it is a stranger's."""
    notice = first(record(), 61, Event.COULD_NOT_END, failed=[refused()])
    return replace(
        notice, occasion=Occasion(event), request=RequestId(HOSTILE, HOSTILE), cluster=HOSTILE, subject=HOSTILE,
        source=HOSTILE, why=HOSTILE, still=(HOSTILE,), schedule=HOSTILE, approvers=(HOSTILE,), ended_at=at(61),
    )  # fmt: skip


USED = "granted 14 rights, used 2\nask next time for: get pods"
CASES = {
    "granted": (first(record(), 1, Event.GRANTED), ""),
    "granted-later": (first(record(granted(start=600, end=660), made=False), 1, Event.GRANTED), ""),
    "granted-over": (first(record(granted(decided=59), ended=61), 61, Event.GRANTED), ""),
    "granted-recurring": (first(record(granted(recurs=True)), 1, Event.GRANTED), ""),
    "granted-window": (first(record(granted(recurs=True), occurrences=(occurrence(0),)), 1, Event.GRANTED), ""),
    "reminder": (first(record(), 50, Event.REMINDER), ""),
    "ended": (first(record(ended=60), 61, Event.ENDED), USED),
    "ended-late": (first(record(ended=75), 76, Event.ENDED), ""),
    "ended-early": (first(record(ended=20, ended_why="it was not used for 10m"), 21, Event.ENDED), ""),
    "could-not-end": (first(record(), 61, Event.COULD_NOT_END, failed=[refused()]), ""),
    "hostile": (hostile(Event.COULD_NOT_END), HOSTILE),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_in_full(name):
    notice, used = CASES[name]
    message = message_of(notice, summary=used)
    for ending, text in (("md", message.markdown), ("txt", f"Subject: {message.title}\n\n{message.text}")):
        golden = GOLDEN / f"{name}.{ending}"
        if os.environ.get("UPDATE_CASES") == "1":
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_what_is_posted_is_what_its_schema_says(name):
    notice, used = CASES[name]
    data = json.loads(message_of(notice, summary=used).payload)
    assert [error.message for error in SCHEMA.iter_errors(data)] == []
    assert not SCHEMA.is_valid({**data, "surprise": 1})


@pytest.mark.threat("E11")
@pytest.mark.parametrize("event", Event)
def test_e11_no_line_of_a_notice_is_one_that_a_runner_obeys(event):
    message = message_of(hostile(event), summary=HOSTILE)
    for text in (message.title, message.text, message.markdown, message.payload):
        assert not re.search(r"##\w*\[", text)
        assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []
        assert not set("\r\x1b\u202e\u2028") & set(text)
    assert "\n" not in message.title


@pytest.mark.threat("E12")
@pytest.mark.parametrize("event", Event)
def test_e12_a_comment_has_no_mention_link_or_html_of_a_stranger(event):
    markdown = message_of(hostile(event), summary=HOSTILE).markdown
    assert outside_of_code(markdown) & {"link_open", "image", "html_inline", "html_block"} == set()
    plain = "".join(words_outside_of_code(markdown))
    assert not set("@<>[]|$#`") & set(plain)
    assert "example" not in plain


@pytest.mark.threat("E12")
@given(st.text(max_size=60))
def test_e12_whatever_somebody_writes_a_comment_says_it_in_code(text):
    notice = replace(hostile(Event.COULD_NOT_END), why=text, still=(text,), subject=text, source=text)
    ours = replace(notice, why="a", still=("a",), subject="a", source="a")
    told, expected = (message_of(each).markdown for each in (notice, ours))
    # An empty name stands nowhere.
    if text:
        assert words_outside_of_code(told) == words_outside_of_code(expected)


@pytest.mark.threat("E12")
def test_e12_the_text_for_chat_programs_mentions_nobody():
    text = json.loads(message_of(hostile(Event.COULD_NOT_END), summary="<!channel> @here").payload)["text"]
    assert not set("@<>") & set(text)


def test_a_comment_is_never_too_long_for_a_forge():
    long = "`x" * 40_000
    notice = replace(hostile(Event.COULD_NOT_END), why=long, still=(long,) * 10, subject=long)
    assert len(message_of(notice, summary=f"{long}\n" * 50).markdown) <= 65_536


def test_how_late_an_end_came_is_told_as_people_count():
    notice = first(record(ended=60), 61, Event.ENDED)
    for late, words in ((0.4, "0.4 s"), (59.9, "59.9 s"), (61.4, "1m1s"), (7322, "2h2m2s")):
        text = message_of(replace(notice, late=timedelta(seconds=late))).text
        assert f", {words} after it was due." in text


def outside_of_code(markdown):
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return {child.type for token in parsed for child in (token, *(token.children or ()))}


def words_outside_of_code(markdown):
    parsed = MarkdownIt("commonmark").parse(markdown)
    return [child.content for token in parsed for child in token.children or () if child.type == "text"]
