"""`Failed` of a Breakglass: which reason, since when, and when it is over."""

from dataclasses import replace

import pytest

from gitops_breakglass.core.render.breakglass_failure import attempts_of
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.outcome import Skipped, Trouble
from tests.unit.breakglass_statuses import BINDING, Resource, decided, fails, one

FIRST, LATER, LATEST = "2024-01-01T14:00:00Z", "2024-01-01T14:05:00Z", "2024-01-01T14:10:00Z"
NO_ENTRY = Trouble.FORBIDDEN
SLOW = Trouble.TIMED_OUT


def failed(status):
    return one(status, "Failed")


def test_before_anything_failed_it_is_not_there():
    assert failed(Resource().at(FIRST)) is None


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([fails()], "RoleBindingFailed"),
        ([fails(trouble=NO_ENTRY)], "RBACForbidden"),
        ([fails(trouble=SLOW)], "RBACTimeout"),
        ([fails(ending=True)], "RevokeFailed"),
        ([fails(ending=True, trouble=NO_ENTRY)], "RevokeFailed"),
        ([fails(trouble=SLOW), fails()], "RoleBindingFailed"),
        ([fails(), fails(trouble=NO_ENTRY)], "RBACForbidden"),
        ([fails(trouble=NO_ENTRY), fails(ending=True, trouble=SLOW)], "RevokeFailed"),
    ],
)
def test_what_failed_has_its_reason_and_what_was_refused_to_end_comes_first(outcomes, reason):
    status = Resource().at(FIRST, failed=outcomes)
    assert failed(status) == f"Failed True {reason} {FIRST}"
    assert status["conditions"][-1]["type"] == "Failed"


def test_the_message_names_the_object_and_says_how_much_more_there_is():
    status = Resource().at(FIRST, failed=[fails(error="no"), fails(error="nor this")])
    assert status["conditions"][-1]["message"] == f"{BINDING}: no (and 1 more)"


def test_it_stands_for_as_long_as_it_fails_and_is_over_when_it_does_not():
    resource = Resource()
    resource.at(FIRST, failed=[fails(trouble=NO_ENTRY)])
    assert failed(resource.at(LATER, failed=[fails(trouble=SLOW)])) == f"Failed True RBACTimeout {FIRST}"
    assert failed(resource.at(LATEST)) == f"Failed False AccessGranted {LATEST}"
    assert failed(resource.at("2024-01-01T15:00:00Z")) == f"Failed False AccessGranted {LATEST}"


def test_a_run_that_does_not_try_everything_leaves_it():
    resource = Resource()
    before = resource.at(FIRST, failed=[fails(ending=True)])
    assert resource.at(LATER, whole=False) == before


def test_an_end_that_was_refused_is_told_as_expired_only_when_nothing_is_left():
    resource = Resource()
    resource.revoked_at = decided().decided_at
    refused = resource.at(FIRST, failed=[fails(ending=True)])
    assert one(refused, "Expired") == "Expired False AccessGranted 2024-01-01T00:40:00Z"
    ended = resource.ends(LATER, revoked=True)
    assert failed(ended) == f"Failed False AccessRevoked {LATER}"
    assert one(ended, "Expired") == f"Expired True AccessRevoked {LATER}"


def test_a_schedule_that_can_t_be_read_any_more_is_told_and_opens_nothing():
    statement = decided()
    resource = Resource(replace(statement, recurrence=replace(statement.recurrence, location="Mars/Olympus")))
    status = resource.at(FIRST)
    assert resource.at(LATER) == status
    assert [one(status, kind) for kind in ("Failed", "RecurringPending", "RecurringActive")] == [
        f"Failed True RecurringInvalidSchedule {FIRST}",
        f"RecurringPending Unknown RecurringInvalidSchedule {FIRST}",
        f"RecurringActive False RecurringInvalidSchedule {FIRST}",
    ]
    assert not {"activationCount", "grantedAt", "nextActivationAt"} & set(status)
    readable = Resource(statement)
    readable.manifest = resource.manifest
    assert failed(readable.at(LATEST, whole=False)) == f"Failed False AccessGranted {LATEST}"


@pytest.mark.parametrize("since", ["2099-01-01T00:00:00Z", "soon", 7, None])
def test_a_time_that_is_none_or_has_not_come_is_written_anew(since):
    resource = Resource()
    before = resource.at(FIRST, failed=[fails()])
    before["conditions"][-1]["lastTransitionTime"] = since
    assert failed(resource.at(LATER, failed=[fails()])) == f"Failed True RoleBindingFailed {LATER}"


def test_a_failure_that_somebody_made_up_is_put_right():
    resource = Resource()
    made_up = {"type": "Failed", "status": "True", "reason": "MaxActivationsReached", "message": "so there"}
    resource.manifest = {**resource.manifest, "status": {"conditions": [made_up]}}
    assert failed(resource.at(FIRST, whole=False)) == f"Failed False AccessGranted {FIRST}"


def test_what_was_skipped_was_not_tried_and_records_give_no_access():
    record = ObjectKey("access.gitops-breakglass.dev/v1alpha1", "Grant", "gitops-breakglass", "bg-inc-1")
    tried = attempts_of(
        [
            replace(fails(), request="a"),
            Skipped(BINDING, "b", "a brake holds it"),
            replace(fails(key=record), request="c"),
        ],
        is_whole=True,
        of=["a", "b", "c"],
    )
    assert {uid: (len(each.failed), each.is_whole) for uid, each in tried.items()} == {
        "a": (1, True),
        "b": (0, False),
        "c": (0, True),
    }
