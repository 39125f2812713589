"""Laws of a Breakglass's status: whenever runs came by, the last one writes what it would have written alone."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import parse_time
from tests.unit.breakglass_statuses import MERGED, Resource, fails

TYPES = ["Approved", "Expired", "Failed", "RecurringActive", "RecurringPending"]
RECURRING = {
    *("RecurringScheduled", "RecurringWaiting", "RecurringActivated"),
    *("AccessExpired", "AccessRevoked", "MaxActivationsReached"),
}
REASONS = {
    "Approved": {"ManualApproval", "AccessGranted"},
    "Expired": {"AccessGranted", "AccessExpired", "AccessRevoked", "MaxActivationsReached"},
    "Failed": {
        *("RoleBindingFailed", "RBACForbidden", "RBACTimeout", "RevokeFailed", "RecurringInvalidSchedule"),
        *("AccessGranted", "AccessExpired", "AccessRevoked", "MaxActivationsReached"),
    },
    "RecurringActive": RECURRING,
    "RecurringPending": RECURRING,
}
CAMEL = re.compile(r"\A[A-Z][A-Za-z]+\Z")
START = parse_time(MERGED)

schedules = st.builds(
    Schedule,
    duration=st.integers(10, 300).map(lambda minutes: timedelta(minutes=minutes)),
    cron=st.sampled_from(["0 9 * * *", "30 2 * * *", "0 */4 * * *", "0 8,9,12 * * 1-5", "15 6 2 * *"]),
    location=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
    start=st.none() | st.integers(-10, 50).map(lambda hours: START + timedelta(hours=hours)),
    end=st.none() | st.integers(60, 200).map(lambda hours: START + timedelta(hours=hours)),
    max_activations=st.none() | st.integers(1, 5),
)
moments = st.lists(st.integers(60, 14 * 86400), min_size=1, max_size=12, unique=True).map(
    lambda some: [START + timedelta(seconds=each) for each in sorted(some)]
)


def runs(resource, at):
    """One run: what is over when it comes by has ended then."""
    if resource.ended_at is None and course_of(resource.statement, at).is_over:
        resource.ended_at = at
    return resource.at(at)


@given(schedule=schedules, at=moments)
def test_runs_that_came_before_leave_no_trace(schedule, at):
    often, once = Resource(schedule=schedule), Resource(schedule=schedule)
    seen = [runs(often, each) for each in at]
    once.ended_at = often.ended_at
    assert once.at(at[-1]) == seen[-1]


@given(schedule=schedules, at=moments, broken=st.sets(st.integers(0, 11)), revoked=st.none() | st.integers(0, 11))
def test_a_transition_has_a_time_of_its_own_and_every_other_look_keeps_it(schedule, at, broken, revoked):
    resource = Resource(schedule=schedule)
    before, last = {}, START
    for number, moment in enumerate(at):
        if number == revoked and resource.ended_at is None:
            resource.ended_at = resource.revoked_at = moment
        resource.ended_at = resource.ended_at or (moment if course_of(resource.statement, moment).is_over else None)
        status = resource.at(moment, failed=[fails(ending=number % 2 == 0)] if number in broken else [])
        now = {each["type"]: each for each in status["conditions"]}
        assert sorted(now) == [each for each in TYPES if each in now]
        assert len(now) == len(status["conditions"])
        for kind, each in now.items():
            assert each["reason"] in REASONS[kind]
            assert CAMEL.match(each["reason"])
            assert parse_time(each["lastTransitionTime"]) <= moment
            old = before.get(kind, each)
            if old["status"] == each["status"] and old["lastTransitionTime"] != each["lastTransitionTime"]:
                # A window, or a wait, came and went while no run looked.
                assert kind.startswith("Recurring")
                assert parse_time(each["lastTransitionTime"]) > last
        before, last = now, moment


@given(schedule=schedules, at=moments)
def test_pending_and_active_are_never_both_and_one_of_them_holds_until_the_end(schedule, at):
    resource = Resource(schedule=schedule)
    for moment in at:
        status = runs(resource, moment)
        holds = [each["type"] for each in status["conditions"] if each["status"] == "True"]
        course = course_of(resource.statement, moment)
        wanted = "RecurringActive" if course.open else "RecurringPending" if course.next else "Expired"
        assert holds == ["Approved", wanted]
        assert status["conditions"][-1]["type"] == wanted
        assert ("nextActivationAt" in status) == (course.next is not None)
        assert status["activationCount"] == course.begun
