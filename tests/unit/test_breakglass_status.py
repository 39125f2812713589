"""The whole status of a Breakglass, from the approval to the end, as the reference words it."""

from datetime import timedelta

import pytest

from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import parse_time
from tests.unit.breakglass_statuses import APPROVED, BINDING, MERGED, Resource, approval, decided, one, told

ONCE = Schedule(duration=timedelta(hours=1))
FIRST = "2024-01-01T14:00:00Z"
"""Nine o'clock in New York, on the first working day after the merge."""
FIRST_ENDS = "2024-01-01T22:00:00Z"
BY_ADMIN = f"Approved True ManualApproval {APPROVED}"


def condition(kind, status, reason, message, since):
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": since,
        "observedGeneration": 3,
    }


def test_an_open_window_of_the_reference_s_example_has_its_fields_and_spellings():
    assert Resource().at("2024-01-03T15:00:00Z") == {
        "conditions": [
            condition("Approved", "True", "ManualApproval", "Approved by admin@company.com", APPROVED),
            condition("RecurringPending", "False", "RecurringActivated", "A window is open", "2024-01-03T14:00:00Z"),
            condition("Expired", "False", "AccessGranted", "Access holds", MERGED),
            condition("RecurringActive", "True", "RecurringActivated", "A window is open", "2024-01-03T14:00:00Z"),
        ],
        "observedGeneration": 3,
        "activationCount": 3,
        "grantedAt": "2024-01-03T14:00:00Z",
        "expiresAt": "2024-01-03T22:00:00Z",
        "nextActivationAt": "2024-01-04T14:00:00Z",
        "approvedBy": "admin@company.com",
    }


def test_before_the_first_window_nothing_was_granted_yet():
    status = Resource().at("2024-01-01T10:00:00Z")
    assert told(status) == [
        BY_ADMIN,
        f"RecurringActive False RecurringScheduled {MERGED}",
        f"Expired False AccessGranted {MERGED}",
        f"RecurringPending True RecurringScheduled {MERGED}",
    ]
    assert (status["activationCount"], status["nextActivationAt"]) == (0, FIRST)
    assert not {"grantedAt", "expiresAt"} & set(status)


def test_between_windows_the_last_one_is_told_and_the_next():
    status = Resource().at("2024-01-02T03:00:00Z")
    assert told(status) == [
        BY_ADMIN,
        f"RecurringActive False RecurringWaiting {FIRST_ENDS}",
        f"Expired False AccessGranted {MERGED}",
        f"RecurringPending True RecurringWaiting {FIRST_ENDS}",
    ]
    assert (status["grantedAt"], status["expiresAt"]) == (FIRST, FIRST_ENDS)
    assert (status["activationCount"], status["nextActivationAt"]) == (1, "2024-01-02T14:00:00Z")


def test_the_last_activation_is_a_normal_end():
    resource = Resource()
    resource.at("2024-01-12T15:00:00Z")
    status = resource.ends("2024-01-12T22:00:20Z", "its window ended")
    assert told(status) == [
        BY_ADMIN,
        "RecurringPending False MaxActivationsReached 2024-01-12T14:00:00Z",
        "RecurringActive False MaxActivationsReached 2024-01-12T22:00:00Z",
        "Expired True MaxActivationsReached 2024-01-12T22:00:20Z",
    ]
    assert status["activationCount"] == 10
    assert (status["grantedAt"], status["expiresAt"]) == ("2024-01-12T14:00:00Z", "2024-01-12T22:00:00Z")
    assert "nextActivationAt" not in status


def test_a_schedule_that_ends_before_its_activations_are_used_up_has_expired():
    fridays = Schedule(timedelta(hours=8), cron="0 9 * * 5", end=parse_time("2024-01-12T12:00:00Z"), max_activations=9)
    resource = Resource(schedule=fridays)
    status = resource.ends("2024-01-12T12:00:00Z")
    assert one(status, "Expired") == "Expired True AccessExpired 2024-01-12T12:00:00Z"
    assert (status["activationCount"], status["expiresAt"]) == (2, "2024-01-12T12:00:00Z")


def test_what_is_ended_while_it_waits_was_revoked_and_the_count_stands_still():
    resource = Resource()
    resource.at("2024-01-02T03:00:00Z")
    resource.ends("2024-01-02T04:00:00Z", "its file was deleted")
    status = resource.at("2024-03-01T00:00:00Z")
    assert told(status) == [
        BY_ADMIN,
        "RecurringPending False AccessRevoked 2024-01-02T04:00:00Z",
        f"RecurringActive False AccessRevoked {FIRST_ENDS}",
        "Expired True AccessRevoked 2024-01-02T04:00:00Z",
    ]
    assert status["conditions"][-1]["message"] == "Access was revoked: its file was deleted"
    assert (status["activationCount"], status["expiresAt"]) == (1, FIRST_ENDS)
    assert "nextActivationAt" not in status


def test_what_is_ended_in_an_open_window_expired_at_that_moment():
    status = Resource().ends("2024-01-01T15:00:00Z", "it was revoked", revoked=True)
    assert told(status) == [
        BY_ADMIN,
        f"RecurringPending False AccessRevoked {FIRST}",
        "RecurringActive False AccessRevoked 2024-01-01T15:00:00Z",
        "Expired True AccessRevoked 2024-01-01T15:00:00Z",
    ]
    assert (status["grantedAt"], status["expiresAt"]) == (FIRST, "2024-01-01T15:00:00Z")


def test_one_time_access_has_no_recurring_conditions():
    resource = Resource(schedule=ONCE)
    assert resource.at("2024-01-01T01:00:00Z") == {
        "conditions": [
            condition("Expired", "False", "AccessGranted", "Access holds", MERGED),
            condition("Approved", "True", "ManualApproval", "Approved by admin@company.com", APPROVED),
        ],
        "observedGeneration": 3,
        "activationCount": 1,
        "grantedAt": MERGED,
        "expiresAt": "2024-01-01T01:40:00Z",
        "approvedBy": "admin@company.com",
    }
    assert told(resource.ends("2024-01-01T01:45:00Z")) == [
        BY_ADMIN,
        "Expired True AccessExpired 2024-01-01T01:45:00Z",
    ]


def test_everybody_who_approved_is_named_and_the_first_of_them_was_enough():
    people = [approval("ben@company.com", "2024-01-01T00:20:00Z"), approval("carol@company.com", APPROVED)]
    status = Resource(schedule=ONCE, approvals=people).at("2024-01-01T01:00:00Z")
    assert one(status, "Approved") == "Approved True ManualApproval 2024-01-01T00:20:00Z"
    assert status["approvedBy"] == "ben@company.com, carol@company.com"
    assert status["conditions"][-1]["message"] == "Approved by ben@company.com, carol@company.com"


def test_of_two_things_to_approve_the_later_one_counts():
    people = [
        approval("ben@company.com", "2024-01-01T00:20:00Z"),
        approval("carol@company.com", APPROVED, of="override"),
    ]
    assert one(Resource(schedule=ONCE, approvals=people).at("2024-01-01T01:00:00Z"), "Approved") == BY_ADMIN


def test_without_an_approval_the_merge_is_told_as_what_it_is():
    statement = decided(ONCE, approvals=())
    statement.evidence["mergedBy"] = "1001"
    status = Resource(statement).at("2024-01-01T01:00:00Z")
    assert one(status, "Approved") == f"Approved True AccessGranted {MERGED}"
    assert status["conditions"][-1]["message"] == "The offer asks for no approval: the merge granted it, by 1001"
    assert "approvedBy" not in status


def test_windows_that_run_into_one_another_are_one_stretch():
    hourly = Schedule(timedelta(hours=1), cron="0 9,10,11 * * *")
    status = Resource(schedule=hourly).at("2024-01-01T11:30:00Z")
    assert one(status, "RecurringActive") == "RecurringActive True RecurringActivated 2024-01-01T09:00:00Z"
    assert (status["activationCount"], status["grantedAt"]) == (3, "2024-01-01T11:00:00Z")
    waits = Resource(schedule=hourly).at("2024-01-01T13:00:00Z")
    assert one(waits, "RecurringPending") == "RecurringPending True RecurringWaiting 2024-01-01T12:00:00Z"


def test_what_of_it_is_on_the_cluster_is_listed():
    role = ObjectKey("rbac.authorization.k8s.io/v1", "Role", "shop", "bg-inc-1-9876543210")
    made = [LiveObject(key, "u", {"metadata": {}}) for key in (role, BINDING)]
    assert Resource().at(FIRST, made=made)["createdResources"] == [
        "ClusterRoleBinding/bg-inc-1-0123456789",
        "Role/shop/bg-inc-1-9876543210",
    ]


@pytest.mark.parametrize("generation", [None, "3", True, -1, 0])
def test_a_generation_that_is_none_counts_as_the_first(generation):
    resource = Resource()
    resource.manifest = {"metadata": {"generation": generation}}
    status = resource.at(FIRST)
    assert {status["observedGeneration"], *(each["observedGeneration"] for each in status["conditions"])} == {1}


def test_a_condition_that_somebody_wrote_is_put_right():
    resource = Resource()
    before = resource.at(FIRST)
    wrong = [
        {**each, "status": "Unknown", "lastTransitionTime": "1999-01-01T00:00:00Z"} for each in before["conditions"]
    ]
    resource.manifest = {
        **resource.manifest,
        "status": {**before, "conditions": [*wrong, "x", {"type": "Ours"}], "more": 1},
    }
    assert resource.at(FIRST) == before


def test_an_end_that_can_t_be_read_is_told_as_one_and_never_before_the_decision():
    resource = Resource()
    resource.revoked_at = resource.ended_at = parse_time("0001-01-01T00:00:00Z")
    status = resource.at(FIRST)
    assert one(status, "Expired") == "Expired True AccessRevoked 2024-01-01T00:41:00Z"
    assert status["activationCount"] == 0


def test_evidence_that_is_nonsense_keeps_no_status_from_being_written():
    statement = decided(approvals=[approval("ben", "yesterday"), 7], merged=MERGED)
    statement.evidence["mergedAt"] = 12
    assert one(Resource(statement).at(FIRST), "Approved") == "Approved True ManualApproval 2024-01-01T00:41:00Z"
