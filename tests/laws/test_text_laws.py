"""The laws of text: what is written is read as it was, and what nobody signed can be anything."""

import contextlib
import json
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.rbac.algebra import from_manifest, to_manifest
from gitops_breakglass.core.record import (
    CHECKPOINT_TYPE,
    DECISION_TYPE,
    checkpoint_manifest,
    print_checkpoint,
    read_checkpoint,
    read_unproved,
    record_manifest,
)
from gitops_breakglass.core.statement import parse_statement, print_statement
from gitops_breakglass.model.grant import Checkpoint, Envelope
from gitops_breakglass.model.window import LONGEST, parse_duration, parse_time, print_duration, print_time
from tests.laws.drawn_statements import TRUST, hexes, live, rules, statements, times


@given(st.integers(1, LONGEST // timedelta(microseconds=1)).map(lambda some: timedelta(microseconds=some)))
def test_a_duration_is_read_as_it_was_written(duration):
    assert parse_duration(print_duration(duration)) == duration


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_as_it_was_written(time):
    assert parse_time(print_time(time)) == time


@given(st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z"))
def test_what_looks_like_a_time_is_one_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_time(text).tzinfo is UTC


@given(statements())
def test_a_statement_is_read_as_it_was_written(statement):
    text = print_statement(statement)
    assert parse_statement(text) == statement
    assert print_statement(parse_statement(text)) == text


@given(
    st.builds(
        Checkpoint,
        st.just("acme/access"),
        st.just("uid-1"),
        hexes,
        hexes,
        hexes,
        st.dictionaries(st.text(), times, max_size=3),
        st.lists(hexes, max_size=3).map(tuple),
        st.text(),
    )
)
def test_a_checkpoint_is_read_as_it_was_written(checkpoint):
    written = checkpoint_manifest(Envelope(CHECKPOINT_TYPE, print_checkpoint(checkpoint), "key", "signature"))
    assert read_checkpoint([live(written)], TRUST, lambda _envelope, _keys: True) == (checkpoint, None)


@given(rules)
def test_rules_are_read_as_they_were_written(some):
    assert from_manifest(to_manifest(some)) == some


# -- what nobody signed

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
FIELDS = ("request", "evidence", "windows", "scopes", "reasons", "spec", "subject", "kind", "decidedAt", "outcome")


@given(statements(), st.sampled_from(FIELDS), anything, anything, anything)
def test_a_record_that_nobody_signed_can_be_anything_and_is_read(statement, field, value, inventory, status):
    payload = json.dumps(json.loads(print_statement(statement)) | {field: value})
    manifest = record_manifest(statement, Envelope(DECISION_TYPE, payload, "key", "signature"), ())
    spec = {**manifest["spec"], "inventory": inventory, "revokedAt": value}
    assert read_unproved(live({**manifest, "spec": spec, "status": status})).problem is not None
    assert read_unproved(live({**manifest, "spec": value, "status": {"inventory": inventory}})).problem is not None
