"""The status of the `Breakglass` through the replayed year: the reference's fields, types and reasons, whole at each moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cluster.recurring_year import APPROVED, END, EXAMPLE, LATER, YEAR, Replay

DECIDED = "2024-01-01T12:00:00Z"
LATE = "2024-01-15T16:00:00Z"
CREATED = ["ClusterRole", "ClusterRoleBinding", "Role/production", "RoleBinding/production"]

SCHEDULED = ("RecurringScheduled", "The first window has not begun yet")
ACTIVATED = ("RecurringActivated", "A window is open")
WAITING = ("RecurringWaiting", "The next window has not begun yet")
TEN = ("MaxActivationsReached", "All activations that were asked for are over: 10")
LAST = ("AccessExpired", "The last window is over")


def condition(kind: str, status: str, what: tuple[str, str], since: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": what[0],
        "message": what[1],
        "lastTransitionTime": since,
        "observedGeneration": 1,
    }


def approved(since: str = DECIDED, by: str = "admin") -> dict[str, Any]:
    return condition("Approved", "True", ("ManualApproval", f"Approved by {by}"), since)


def pending(status: str, what: tuple[str, str], since: str) -> dict[str, Any]:
    return condition("RecurringPending", status, what, since)


def active(status: str, what: tuple[str, str], since: str) -> dict[str, Any]:
    return condition("RecurringActive", status, what, since)


def not_expired(words: str, since: str = DECIDED) -> dict[str, Any]:
    return condition("Expired", "False", ("AccessGranted", words), since)


def status(count: int, *conditions: dict[str, Any], by: str = "admin", **more: object) -> dict[str, Any]:
    return {
        "activationCount": count,
        "conditions": list(conditions),
        "observedGeneration": 1,
        "approvedBy": by,
        **more,
    }


def seen(year: Replay, name: str, at: datetime | str) -> dict[str, Any]:
    """The status; what was created is told without the ends of its names, which are hashes."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    found = year.looks[moment].statuses[name]
    if "createdResources" not in found:
        return found
    return {**found, "createdResources": [each.rpartition("/")[0] for each in found["createdResources"]]}


def test_approved_it_waits_for_its_first_window(year: Replay):
    assert seen(year, EXAMPLE, APPROVED) == status(
        0,
        approved(),
        active("False", SCHEDULED, DECIDED),
        not_expired("Access may still come"),
        pending("True", SCHEDULED, DECIDED),
        nextActivationAt="2024-01-01T14:00:00Z",
    )
    assert seen(year, EXAMPLE, "2024-01-01T13:59:59Z") == seen(year, EXAMPLE, APPROVED)


def test_a_window_that_is_open_says_since_when_and_until_when_and_which_comes_next(year: Replay):
    opened = status(
        1,
        approved(),
        pending("False", ACTIVATED, "2024-01-01T14:00:00Z"),
        not_expired("Access holds"),
        active("True", ACTIVATED, "2024-01-01T14:00:00Z"),
        grantedAt="2024-01-01T14:00:00Z",
        expiresAt="2024-01-01T22:00:00Z",
        nextActivationAt="2024-01-02T14:00:00Z",
        createdResources=CREATED,
    )
    for at in ("2024-01-01T14:00:00Z", "2024-01-01T18:00:00Z", "2024-01-01T21:59:59Z"):
        assert seen(year, EXAMPLE, at) == opened


def test_between_windows_it_waits_for_the_next(year: Replay):
    assert seen(year, EXAMPLE, "2024-01-05T22:00:00Z") == status(
        5,
        approved(),
        active("False", WAITING, "2024-01-05T22:00:00Z"),
        not_expired("Access may still come"),
        pending("True", WAITING, "2024-01-05T22:00:00Z"),
        grantedAt="2024-01-05T14:00:00Z",
        expiresAt="2024-01-05T22:00:00Z",
        nextActivationAt="2024-01-08T14:00:00Z",
    )


def test_the_last_window_names_no_next_one(year: Replay):
    assert seen(year, EXAMPLE, "2024-01-12T18:00:00Z") == status(
        10,
        approved(),
        pending("False", ACTIVATED, "2024-01-12T14:00:00Z"),
        not_expired("Access holds"),
        active("True", ACTIVATED, "2024-01-12T14:00:00Z"),
        grantedAt="2024-01-12T14:00:00Z",
        expiresAt="2024-01-12T22:00:00Z",
        createdResources=CREATED,
    )


def test_reaching_the_maximum_is_a_normal_end_and_says_so_for_good(year: Replay):
    ended = status(
        10,
        approved(),
        pending("False", TEN, "2024-01-12T14:00:00Z"),
        active("False", TEN, "2024-01-12T22:00:00Z"),
        condition("Expired", "True", TEN, "2024-01-12T22:00:00Z"),
        grantedAt="2024-01-12T14:00:00Z",
        expiresAt="2024-01-12T22:00:00Z",
    )
    for at in ("2024-01-12T22:00:00Z", "2024-03-11T13:00:00Z", END):
        assert seen(year, EXAMPLE, at) == ended


def test_one_that_was_approved_later_counts_from_there(year: Replay):
    assert seen(year, LATER, LATE) == status(
        0,
        approved(LATE),
        active("False", SCHEDULED, LATE),
        not_expired("Access may still come", LATE),
        pending("True", SCHEDULED, LATE),
        nextActivationAt="2024-01-16T14:00:00Z",
    )
    assert seen(year, LATER, "2024-01-29T22:00:00Z")["conditions"][-1] == condition(
        "Expired", "True", TEN, "2024-01-29T22:00:00Z"
    )


def test_the_year_ends_with_its_last_window_before_the_schedule_s_end(year: Replay):
    assert seen(year, YEAR, END) == status(
        262,
        approved(by="security"),
        pending("False", LAST, "2024-12-31T14:00:00Z"),
        active("False", LAST, "2024-12-31T22:00:00Z"),
        condition("Expired", "True", LAST, "2024-12-31T22:00:00Z"),
        by="security",
        grantedAt="2024-12-31T14:00:00Z",
        expiresAt="2024-12-31T22:00:00Z",
    )
