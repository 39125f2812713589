"""What a record's status says of what people were told: it is read back as it was written, and whatever else lies there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.record_told import read_told, told_status
from gitops_breakglass.model.notice import Channel, Event, Occasion, Progress, Told

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
times = st.integers(0, 10**6).map(lambda some: NOW + timedelta(seconds=some))
tellings = st.builds(
    Told,
    st.builds(Occasion, st.sampled_from(Event), st.none() | times),
    st.sampled_from(Channel),
    st.sampled_from(Progress),
    times,
    st.integers(1, 9),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["event", "channel", "progress", "at"]), inner),
)


@given(st.lists(tellings, max_size=8))
def test_what_is_written_of_tellings_is_read_back(tellings):
    written = told_status(tellings)
    assert set(read_told(written)) == set(tellings)
    assert told_status(read_told(written)) == written


@given(anything)
def test_whatever_lies_there_is_read_as_tellings_or_as_none(data):
    assert all(isinstance(each, Told) for each in read_told(data))


@given(tellings)
def test_everything_that_is_written_is_in_the_schema_of_records(telling):
    schema = json.loads(Path("schemas/grant.schema.json").read_text())
    fields = schema["properties"]["status"]["properties"]["told"]["items"]
    (written,) = told_status([telling])
    assert set(fields["required"]) <= set(written) <= set(fields["properties"])


@pytest.mark.parametrize("progress", ["", "perhaps", None, 3])
def test_a_telling_of_which_nobody_can_read_how_far_it_came_is_not_repeated(progress):
    data = {"event": "ended", "channel": "webhook", "progress": progress, "at": "x"}
    (told,) = read_told([data])
    assert (told.occasion.event, told.progress) == (Event.ENDED, Progress.UNSURE)
