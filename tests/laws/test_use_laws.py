"""The laws of use: calls may be told in any order and as often as somebody likes, and what a record keeps is what was known."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.record_use import read_use, use_status
from gitops_breakglass.core.use.tally import added, watched
from gitops_breakglass.model.use import (
    MOST_SEEN,
    MOST_STREAMS,
    MOST_USED,
    NO_USE,
    Allowance,
    Call,
    Coverage,
    Stage,
    Target,
    Use,
)
from tests.unit.use.test_tally import ACCOUNT, ALICE, NOW, OTHER, OURS, VIA

texts = st.text(max_size=8)
times = st.integers(0, 100).map(lambda some: NOW + timedelta(seconds=some))
targets = st.builds(
    Target,
    st.sampled_from(["get", "list", "watch", "delete"]),
    st.just(""),
    st.sampled_from(["pods", "secrets"]),
    st.sampled_from(["", "exec"]),
    st.sampled_from(["shop", "cart", ""]),
    texts,
)
vias = st.sampled_from([VIA, Allowance(OTHER, "Role", "bg-b-1", ALICE), None])


@st.composite
def stories(draw):
    """Calls with all their stages, as an API server would tell them in order."""
    told = []
    for number in range(draw(st.integers(0, 12))):
        received, lasts, refused = draw(times), draw(st.integers(0, 50)), draw(st.booleans())
        one = Call(
            draw(st.sampled_from([f"a-{number}", "mine"])),
            Stage.COMPLETE,
            "alice",
            draw(st.sampled_from(["", "robot"])),
            draw(targets),
            received,
            received + timedelta(seconds=lasts),
            allowed=True,
            code=403 if refused else 200,
            refused=refused,
            via=draw(vias),
        )
        stages = draw(st.sampled_from(["started", "complete", "both"]))
        if stages != "complete":
            told.append(replace(one, stage=Stage.STARTED, at=received, code=101, refused=False))
        if stages != "started":
            told.append(one)
    return told


def total(calls, use=NO_USE):
    return added(use, calls, ACCOUNT, OURS)


@given(stories(), st.data())
def test_the_order_and_the_number_of_times_make_no_difference(calls, data):
    again = data.draw(st.lists(st.sampled_from(calls), max_size=10)) if calls else []
    shuffled = data.draw(st.permutations([*calls, *again]))
    assert total(shuffled) == total(calls)


@given(stories(), st.data())
def test_bit_by_bit_through_the_record_is_the_same_as_at_once(calls, data):
    use = NO_USE
    for call in data.draw(st.permutations([*calls, *calls])):
        use = read_use(json.loads(json.dumps(use_status(total([call], use)))))
    assert use == total(calls)


@given(stories(), stories())
def test_more_calls_never_take_use_away(calls, more):
    before, after = total(calls), total([*calls, *more])
    assert after.calls >= before.calls
    assert set(after.used) >= set(before.used)
    assert before.last is None or after.last >= before.last


uses = st.builds(
    lambda calls, at, lasts, idle: replace(total(calls), since=at, until=at + timedelta(seconds=lasts), idle_at=idle),
    stories(),
    times,
    st.integers(0, 100),
    st.none() | times,
)


@given(uses)
def test_a_record_keeps_what_is_known(use):
    assert read_use(use_status(use)) == use


@given(uses, times, st.integers(0, 100))
def test_watching_never_claims_time_that_nobody_watched(use, since, lasts):
    coverage = Coverage(since, since + timedelta(seconds=lasts))
    after = watched(use, coverage)
    for second in range(220):
        moment = NOW + timedelta(seconds=second)
        if after.since <= moment <= after.until:
            assert use.since <= moment <= use.until or coverage.since <= moment <= coverage.until


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.just("2026-11-23T10:00:00Z a over"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(use_status(Use(since=NOW)))) | texts, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(anything, stories())
def test_a_status_that_anybody_wrote_is_read_and_never_grows_without_bound(data, calls):
    use = total(calls, read_use(data))
    assert len(use.seen) <= MOST_SEEN and len(use.streams) <= MOST_STREAMS and len(use.used) <= MOST_USED
