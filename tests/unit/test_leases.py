"""Leases and heartbeats: who may take one, how it is written, and who is missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.core.doctor.actors import judge_actors
from gitops_breakglass.core.heartbeat import GRACE, heartbeat
from gitops_breakglass.core.lease import empty_lease, given_back, noted, read_lease, taken, written_lease
from gitops_breakglass.flows.beat import actors_of, beat, note_run, pulse_of
from gitops_breakglass.model.doctor import Verdict
from gitops_breakglass.model.lease import Lease, Pulse, SeenLease
from gitops_breakglass.model.unread import Unread
from tests.unit.memory_leases import MemoryLeases

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LASTS = 15 * SECOND
FRESH = Lease("reconciler")
HELD = Lease("reconciler", "pod-a", NOW - 60 * SECOND, NOW - 5 * SECOND, LASTS, transitions=2)


def seen(lease, at=NOW):
    return SeenLease(lease, at, written_lease(lease, None))


def test_a_lease_that_nobody_held_is_taken():
    assert taken(seen(FRESH), "pod-a", LASTS) == Lease("reconciler", "pod-a", NOW, NOW, LASTS, transitions=0)


def test_a_lease_that_somebody_else_holds_is_left():
    assert taken(seen(HELD), "pod-b", LASTS) is None
    assert taken(seen(HELD, HELD.renewed + LASTS), "pod-b", LASTS) is None


def test_a_lease_whose_holder_is_gone_goes_to_the_next():
    later = HELD.renewed + LASTS + SECOND
    assert taken(seen(HELD, later), "pod-b", LASTS) == Lease("reconciler", "pod-b", later, later, LASTS, transitions=3)


def test_a_lease_that_was_given_back_is_taken_at_once():
    back = given_back(seen(HELD), "pod-a")
    assert back == replace(HELD, holder="", renewed=NOW)
    assert taken(seen(back), "pod-b", LASTS) == Lease("reconciler", "pod-b", NOW, NOW, LASTS, transitions=3)


def test_nobody_gives_back_what_somebody_else_holds():
    assert given_back(seen(HELD), "pod-b") is None


def test_a_holder_renews_and_stays_the_same_holder():
    assert taken(seen(HELD), "pod-a", LASTS) == replace(HELD, renewed=NOW)


def test_a_time_from_the_future_keeps_nobody_out_for_longer_than_it_stands_still():
    ahead = replace(HELD, renewed=NOW + timedelta(days=365))
    assert taken(seen(ahead), "pod-b", LASTS, still=LASTS) is None
    assert taken(seen(ahead), "pod-b", LASTS, still=LASTS + SECOND).holder == "pod-b"


TIMES = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.builds(
        Lease,
        name=st.sampled_from(["reconciler", "sweeper"]),
        holder=st.text(max_size=9),
        acquired=TIMES,
        renewed=TIMES,
        duration=st.none() | st.integers(1, 10**6).map(lambda each: timedelta(seconds=each)),
        transitions=st.integers(0, 99),
        ran=TIMES,
        next_run=TIMES,
    )
)
def test_what_is_written_is_read_again(lease):
    assert read_lease(written_lease(lease, None)) == lease


def test_a_written_lease_keeps_what_others_wrote_beside_it():
    theirs = {
        **empty_lease("reconciler"),
        "metadata": {
            **empty_lease("reconciler")["metadata"],
            "annotations": {"team": "red", "gitops-breakglass.dev/next-run": "2020-01-01T00:00:00.000000Z"},
            "resourceVersion": "7",
            "uid": "u",
        },
    }
    written = written_lease(replace(HELD, ran=NOW), theirs)
    assert written["metadata"] == {
        **theirs["metadata"],
        "annotations": {"team": "red", "gitops-breakglass.dev/ran-at": "2026-03-10T03:00:00.000000Z"},
    }
    assert written["spec"] == {
        "holderIdentity": "pod-a",
        "acquireTime": "2026-03-10T02:59:00.000000Z",
        "renewTime": "2026-03-10T02:59:55.000000Z",
        "leaseDurationSeconds": 15,
        "leaseTransitions": 2,
    }


@pytest.mark.parametrize("text", ["", "soon", "2026-03-10T03:00:00", 7, None])
def test_a_time_that_can_t_be_read_was_never_told(text):
    assert read_lease({"metadata": {"name": "sweeper"}, "spec": {"renewTime": text}}) == Lease("sweeper")


# -- heartbeats


@pytest.mark.parametrize(
    ("lease", "pulse", "says"),
    [
        (FRESH, Pulse.NEVER, "the reconciler was never seen"),
        (HELD, Pulse.ALIVE, "the reconciler is at work, last seen 2026-03-10T02:59:55Z"),
        (
            replace(HELD, renewed=NOW - 16 * SECOND),
            Pulse.MISSING,
            "the reconciler is missing since 2026-03-10T02:59:44Z: it was expected until 2026-03-10T02:59:59Z",
        ),
        (
            replace(FRESH, ran=NOW - 60 * SECOND, next_run=NOW - 30 * SECOND),
            Pulse.ALIVE,
            "the reconciler is at work, last seen 2026-03-10T02:59:00Z",
        ),
        (
            replace(FRESH, ran=NOW - 60 * SECOND, next_run=NOW - 31 * SECOND),
            Pulse.MISSING,
            "the reconciler is missing since 2026-03-10T02:59:00Z: it was expected until 2026-03-10T02:59:59Z",
        ),
        (
            replace(FRESH, ran=NOW - 60 * SECOND),
            Pulse.NO_PROMISE,
            "the reconciler ran at 2026-03-10T02:59:00Z and did not say when it would again",
        ),
    ],
)
def test_how_it_stands_with_an_actor(lease, pulse, says):
    found = heartbeat(lease, NOW)
    assert (found.pulse, str(found), found.is_missing) == (pulse, says, pulse is Pulse.MISSING)


def test_a_single_run_that_promised_nothing_takes_the_place_of_a_loop_that_was_there_before():
    stopped = replace(HELD, holder="", ran=NOW - SECOND)
    assert heartbeat(stopped, NOW + LASTS).pulse is Pulse.NO_PROMISE


def test_a_loop_that_died_is_missing_although_a_single_run_came_after_it():
    assert heartbeat(replace(HELD, ran=NOW - SECOND), NOW + LASTS).pulse is Pulse.MISSING
    assert heartbeat(replace(HELD, ran=NOW - 6 * SECOND), NOW + LASTS).pulse is Pulse.MISSING


def test_a_loop_that_went_away_is_not_missed_while_single_runs_keep_their_promise():
    both = replace(HELD, ran=NOW, next_run=NOW + 300 * SECOND)
    assert heartbeat(both, NOW + 300 * SECOND + GRACE).pulse is Pulse.ALIVE
    assert heartbeat(both, NOW + 301 * SECOND + GRACE).pulse is Pulse.MISSING


@pytest.mark.threat("D5")
@pytest.mark.parametrize(
    "spec",
    [
        {"renewTime": "9999-12-31T23:59:59.000000Z", "leaseDurationSeconds": 15},
        {"renewTime": "2027-01-01T00:00:00.000000Z", "leaseDurationSeconds": 15},
    ],
)
def test_a_beat_from_the_future_hides_nobody_s_absence(spec):
    forged = read_lease({"metadata": {"name": "sweeper"}, "spec": {"holderIdentity": "pod", **spec}})
    told = heartbeat(forged, NOW)
    assert (told.is_missing, told.seen) == (True, None)
    says = "the sweeper is missing: its Lease tells of a time that has not come yet, so somebody else wrote it"
    assert str(told) == says


@pytest.mark.threat("D5")
def test_one_beat_does_not_count_for_longer_than_minutes_whatever_it_promises():
    forged = replace(HELD, duration=timedelta(seconds=2**31 - 1))
    assert heartbeat(forged, NOW + timedelta(minutes=4)).pulse is Pulse.ALIVE
    assert heartbeat(forged, NOW + timedelta(minutes=6)).is_missing


@pytest.mark.threat("D5")
@pytest.mark.parametrize(
    ("ran", "following", "pulse"),
    [
        ("0001-01-01T00:00:00+14:00", "2026-03-11T00:00:00Z", Pulse.NEVER),
        ("2026-03-10T02:00:00Z", "9999-12-31T23:59:59Z", Pulse.ALIVE),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", Pulse.NEVER),
        ("2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z", Pulse.MISSING),
    ],
)
def test_notes_of_times_that_no_clock_shows_stop_nobody(ran, following, pulse):
    notes = {"gitops-breakglass.dev/ran-at": ran, "gitops-breakglass.dev/next-run": following}
    assert heartbeat(read_lease({"metadata": {"name": "sweeper", "annotations": notes}}), NOW).pulse is pulse


def test_each_actor_is_told_by_itself():
    found = actors_of(MemoryLeases(HELD, Lease("sweeper"), clock=SimulatedClock(NOW)))
    assert [(each.actor, each.pulse) for each in found] == [("reconciler", Pulse.ALIVE), ("sweeper", Pulse.NEVER)]


# -- how they get there


def test_an_actor_beats_beside_others_of_its_kind():
    leases = MemoryLeases(Lease("sweeper"), clock=SimulatedClock(NOW))
    beat(leases, "sweeper", "pod-a", LASTS)
    leases.clock.sleep(1)
    beat(leases, "sweeper", "pod-b", LASTS)
    assert leases.leases["sweeper"] == Lease("sweeper", "pod-b", NOW + SECOND, NOW + SECOND, LASTS, transitions=1)
    leases.clock.sleep(1)
    beat(leases, "sweeper", "pod-b", LASTS)
    assert leases.leases["sweeper"] == Lease("sweeper", "pod-b", NOW + SECOND, NOW + 2 * SECOND, LASTS, transitions=1)
    assert pulse_of(leases, "sweeper").pulse is Pulse.ALIVE


def test_a_beat_that_comes_second_is_dropped():
    leases = MemoryLeases(Lease("sweeper"), clock=SimulatedClock(NOW))
    rival = leases.rival = Lease("sweeper", "pod-b", NOW, NOW, LASTS)
    beat(leases, "sweeper", "pod-a", LASTS)
    assert leases.leases["sweeper"] == rival


def test_a_single_run_notes_that_it_ran_and_leaves_the_holder():
    leases = MemoryLeases(HELD, clock=SimulatedClock(NOW))
    note_run(leases, "reconciler", 300 * SECOND)
    assert leases.leases["reconciler"] == replace(HELD, ran=NOW, next_run=NOW + 300 * SECOND)
    note_run(leases, "reconciler", None)
    assert leases.leases["reconciler"] == replace(HELD, ran=NOW)


def test_a_note_that_comes_second_is_dropped():
    leases = MemoryLeases(HELD, clock=SimulatedClock(NOW))
    rival = leases.rival = replace(HELD, renewed=NOW)
    note_run(leases, "reconciler", None)
    assert leases.leases["reconciler"] == rival


def test_a_note_without_a_promise_makes_none():
    assert noted(seen(FRESH), None) == replace(FRESH, ran=NOW)


# -- what doctor says of it


@pytest.mark.parametrize(
    ("leases", "verdict"),
    [
        ([HELD, replace(HELD, name="sweeper")], Verdict.OK),
        ([HELD, Lease("sweeper")], Verdict.WARNING),
        ([HELD, replace(HELD, name="sweeper", renewed=NOW - 60 * SECOND)], Verdict.WARNING),
        ([Lease("reconciler", ran=NOW), replace(HELD, name="sweeper")], Verdict.OK),
    ],
)
def test_doctor_warns_of_an_actor_that_is_missing_or_never_came(leases, verdict):
    found = judge_actors([heartbeat(each, NOW) for each in leases], "prod")
    assert (found.check, found.about, found.verdict) == ("actors", "prod", verdict)
    assert ("reconciler" in found.message) == (verdict is Verdict.OK)


def test_doctor_does_not_know_of_leases_that_can_t_be_read():
    assert judge_actors(Unread("prod: forbidden", "ask"), "prod").verdict is Verdict.UNKNOWN
