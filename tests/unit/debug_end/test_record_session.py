"""What a record's status says of a debug session: it is read back as it was written, and whatever else lies there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.record_session import read_session, session_status, with_done
from gitops_breakglass.model.debug_state import (
    NO_SESSION,
    Done,
    NotReady,
    Remaining,
    Remains,
    SessionPod,
    SessionState,
)
from gitops_breakglass.model.kube import ObjectKey

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
words = st.text("abc-0", min_size=1, max_size=5)
times = st.integers(0, 10**6).map(lambda some: NOW + timedelta(seconds=some))
states = st.builds(
    SessionState,
    st.lists(st.builds(Done, words, words, words, st.just("") | words, times), unique_by=lambda each: each.name).map(
        lambda found: tuple(sorted(found, key=lambda each: each.name))
    ),
    st.lists(
        st.builds(SessionPod, words, words, words, st.just("") | words, st.just("") | words, st.booleans()),
        unique_by=lambda each: (each.namespace, each.name),
    ).map(lambda found: tuple(sorted(found, key=lambda each: (each.namespace, each.name)))),
    st.lists(st.builds(NotReady, st.builds(ObjectKey, words, words, words, words), words)).map(tuple),
    st.lists(
        st.builds(Remains, words, words, words, words, st.sampled_from(Remaining), times),
        unique_by=lambda each: each.name,
    ).map(lambda found: tuple(sorted(found, key=lambda each: each.name))),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["operations", "pod", "name", "at"]), inner),
)


@given(states)
def test_what_is_written_of_a_session_is_read_back(state):
    assert read_session(session_status(state)) == state


@given(anything)
def test_whatever_lies_there_is_read_as_a_session_or_as_none(data):
    assert isinstance(read_session(data), SessionState)


def test_a_record_of_before_tells_of_no_session():
    assert read_session(None) == NO_SESSION


@given(states)
def test_everything_that_is_written_is_in_the_schema_of_records(state):
    schema = json.loads(Path("schemas/grant.schema.json").read_text())
    known = schema["properties"]["status"]["properties"]["session"]["properties"]
    for name, entries in session_status(state).items():
        fields = known[name]["items"]
        assert all(set(each) <= set(fields["properties"]) for each in entries)
        assert all(set(fields["required"]) <= set(each) for each in entries)


@pytest.mark.parametrize("state", ["", "gone?", None])
def test_a_container_of_which_nothing_readable_is_said_counts_as_still_there(state):
    (found,) = read_session({"remains": [{"container": "bg-x", "state": state}]}).remains
    assert found.state is Remaining.STILL_THERE


def test_what_was_done_once_keeps_its_pod_and_its_time():
    first = Done("shop", "web-0", "uid-1", "bg-x", NOW)
    later = Done("shop", "web-0", "uid-2", "bg-x", NOW + timedelta(hours=1))
    other = Done("shop", "bg-copy", "uid-3", "", NOW)
    assert with_done(SessionState((first,)), [later, other]).operations == (other, first)
