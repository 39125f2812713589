"""What there is to tell of a request at a moment, whatever was told of it before."""

from datetime import timedelta

import pytest

from gitops_breakglass.core.notices import notices_of
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.notice import Event, Notifications
from gitops_breakglass.model.window import Window
from tests.unit.notices.grants import BINDING, UID, at, granted, occurrence, record, refused

SETTINGS = Notifications()


def due(the_record, minutes, *, settings=SETTINGS, **words):
    return notices_of(the_record, at(minutes), settings, **words)


def ids(the_record, minutes, **words):
    return [each.id.removeprefix(f"{UID}/") for each in due(the_record, minutes, **words)]


def test_a_grant_is_told_once_its_access_is_there():
    (notice,) = due(record(), 1)
    assert (notice.id, notice.event, notice.at) == (f"{UID}/granted", Event.GRANTED, at(1))
    assert (notice.change, notice.subject, notice.source) == ("#7", "alice@example.com", "escalation/shell")
    assert (notice.requester, notice.approvers, notice.window) == ("alice", ("ben",), Window(at(0), at(60)))


def test_a_grant_that_waits_is_told_when_it_is_decided():
    assert ids(record(granted(start=600, end=660), made=False), 1) == ["granted"]


def test_access_that_could_not_be_made_yet_is_not_told_as_granted():
    assert ids(record(made=False), 1) == []


def test_what_was_refused_or_proves_nothing_is_nobodys_news():
    assert ids(record(granted(outcome="denied"), ended=1), 1) == []


def test_what_is_years_old_is_no_news_when_notices_are_switched_on():
    old = record(granted(decided=-9000, start=-9000, end=-8000), ended=-8000)
    assert ids(old, 0) == []


@pytest.mark.parametrize(("minutes", "told"), [(44, False), (45, True), (59, True), (60, False), (61, False)])
def test_a_reminder_comes_within_its_lead_and_never_after_the_end(minutes, told):
    assert ("reminder" in ids(record(), minutes)) is told


def test_the_lead_of_reminders_is_as_configured():
    settings = Notifications(reminder=timedelta(minutes=30))
    assert "reminder" in ids(record(), 31, settings=settings)


@pytest.mark.parametrize(
    "grant",
    [
        record(granted(end=15)),
        record(granted(end=60, decided=50)),
        record(revoked=40),
        record(made=False),
        record(ended=50),
    ],
    ids=["short", "late", "revoked", "never-made", "ended"],
)  # fmt: skip
def test_nobody_is_reminded_of_what_was_just_said_or_is_not_there(grant):
    assert "reminder" not in ids(grant, 55 if grant.statement.windows[0].end > at(15) else 5)


def test_an_end_is_told_with_how_late_it_came_and_why():
    _, notice = due(record(ended=61, ended_why="its window ended"), 62)
    assert (notice.event, notice.late, notice.ended_at) == (Event.ENDED, timedelta(minutes=1), at(61))
    assert notice.why == "its window ended"


def test_an_end_before_its_time_says_whatever_ended_it():
    _, notice = due(record(ended=20, ended_why="it was not used for 10m"), 21)
    assert (notice.late, notice.why) == (None, "it was not used for 10m")


def test_what_came_and_went_between_two_runs_is_told_as_both():
    assert ids(record(granted(decided=59), made=False, ended=61), 61) == ["granted", "ended"]


def test_access_that_is_over_and_refused_to_go_is_told_with_what_keeps_it():
    (_, notice) = due(record(), 61, failed=[refused()])
    assert (notice.id, notice.since, notice.still) == (f"{UID}/could-not-end", at(60), (str(BINDING),))
    assert notice.why == "admission webhook denied the request"


def test_a_failure_that_leaves_no_access_is_no_alarm():
    gone = refused()
    assert ids(record(), 61, failed=[type(gone)(gone.key, UID, "x", ending=True)]) == ["granted"]


def test_an_end_that_worked_in_the_end_is_no_alarm_any_more():
    assert ids(record(ended=61), 61, failed=[refused()]) == ["granted", "ended"]


def test_an_alarm_waits_as_long_as_it_is_told_to():
    settings = Notifications(overdue_after=timedelta(minutes=5))
    assert ids(record(), 64, settings=settings, failed=[refused()]) == ["granted"]
    assert ids(record(), 65, settings=settings, failed=[refused()]) == ["granted", "could-not-end"]


def test_a_revocation_that_does_not_work_is_told_since_it_was_asked_for():
    (_, notice) = due(record(revoked=10), 11, failed=[refused()])
    assert notice.since == at(10)


def test_of_recurring_access_each_window_is_told():
    recurs = granted(recurs=True)
    other = ObjectKey(BINDING.api_version, "RoleBinding", "shop", "bg-other")
    first, second = occurrence(0, ended=60, objects=(other,)), occurrence(1440)
    assert ids(record(recurs), 1) == ["granted"]
    assert ids(record(recurs, occurrences=(first, second)), 1440 + 50) == [
        "granted/2026-03-10T03:00:00Z",
        "granted/2026-03-11T03:00:00Z",
        "reminder/2026-03-11T03:00:00Z",
        "ended/2026-03-10T03:00:00Z",
    ]
    late = record(recurs, occurrences=(second,))
    assert ids(late, 1440 + 61, failed=[refused()])[-1] == "could-not-end/2026-03-11T03:00:00Z"


def test_the_last_window_ends_with_its_request():
    last = occurrence(0, ended=61)
    assert ids(record(granted(recurs=True), occurrences=(last,), ended=61), 62) == [
        "granted/2026-03-10T03:00:00Z",
        "ended",
    ]


def test_a_window_that_the_ledger_took_off_the_list_is_told_from_what_the_run_found():
    before = record(granted(recurs=True), occurrences=(occurrence(0, ended=60), occurrence(60)))
    after = record(granted(recurs=True), occurrences=(occurrence(60),))
    assert "ended/2026-03-10T03:00:00Z" in ids(after, 90, earlier=before)
