"""The status of a `Breakglass` as its reference has it: derived anew from the signed decision, the clock and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.breakglass_failure import KEPT, Attempt, failure_of
from gitops_breakglass.core.render.conditions import Condition, Held, held_conditions, print_second, written
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.recurrence import Course
from gitops_breakglass.model.window import parse_time

_LONGEST = 8192
_ORDER = ("Approved", "RecurringPending", "RecurringActive", "Expired", "Failed")
_TELLING = ("Expired", "Failed", "RecurringActive", "RecurringPending", "Approved")


@dataclass(frozen=True)
class _Facts:
    statement: Statement
    now: datetime
    course: Course
    """At the end, where it has ended or was revoked: no window begins after that."""
    ended_at: datetime | None
    end: tuple[str, str]
    """By which reason and in which words it ends, or would."""
    approved_at: datetime
    granted_at: datetime
    before: Mapping[str, Held]

    @property
    def is_revoked(self) -> bool:
        return self.end[0] == "AccessRevoked"


def breakglass_status(
    statement: Statement, record: Record, now: datetime, *, live: LiveObject, around: Around
) -> dict[str, Any]:
    """Return the whole status to have. What the resource's own says counts only for how long something has failed."""
    facts = _facts(statement, record, now, live, around)
    course = facts.course
    conditions = [_approved(facts), *_recurring(facts), _expired(facts)]
    if (failed := _failed(facts, around.attempt)) is not None:
        conditions.append(failed)
    generation = _generation(live)
    status: dict[str, Any] = {
        "conditions": [written(each, generation) for each in _in_order(conditions)],
        "observedGeneration": generation,
    }
    if course.problem is None:
        status["activationCount"] = course.begun
    if course.latest is not None:
        end = min(each for each in (course.latest.end, facts.ended_at) if each is not None)
        status |= {"grantedAt": print_second(course.latest.start), "expiresAt": print_second(end)}
    if statement.recurrence is not None and course.next is not None and not facts.is_revoked:
        status["nextActivationAt"] = print_second(course.next.start)
    if people := _people(statement):
        status["approvedBy"] = people
    if around.made:
        status["createdResources"] = sorted(
            "/".join(filter(None, (each.key.kind, each.key.namespace, each.key.name))) for each in around.made
        )
    return status


def _facts(statement: Statement, record: Record, now: datetime, live: LiveObject, around: Around) -> _Facts:
    # A status, or the time of a revocation, may say anything: nothing ended before it was decided, or later than now.
    first = statement.decided_at
    ended_at = None if around.ended_at is None else min(max(around.ended_at, first), now)
    revoked_at = None if record.revoked_at is None else min(max(record.revoked_at, first), now)
    at = min(each for each in (ended_at, revoked_at, now) if each is not None)
    course = course_of(statement, at)
    approved_at = _approved_at(statement)
    stopped = revoked_at is not None or ended_at is not None
    return _Facts(
        statement=statement,
        now=now,
        course=course,
        ended_at=ended_at,
        end=_end(statement, course, at, stopped=stopped, why=around.why),
        approved_at=approved_at,
        granted_at=max(approved_at, _time(statement.evidence.get("mergedAt"), first)),
        before=held_conditions(live, now),
    )


def _end(statement: Statement, course: Course, at: datetime, *, stopped: bool, why: str) -> tuple[str, str]:
    expires_at = statement.expires_at
    is_over = course.is_over or (expires_at is not None and expires_at <= at)
    if stopped and not is_over:
        more = f": {why}" if why not in ("", "it was revoked") else ""
        return "AccessRevoked", f"Access was revoked{more}"
    if statement.recurrence is None:
        return "AccessExpired", "The window is over"
    if statement.recurrence.max_activations is not None and course.begun >= statement.recurrence.max_activations:
        return "MaxActivationsReached", f"All activations that were asked for are over: {course.begun}"
    return "AccessExpired", "The last window is over"


def _approved(facts: _Facts) -> Condition:
    if people := _people(facts.statement):
        return Condition("Approved", "True", "ManualApproval", f"Approved by {people}", facts.approved_at)
    merged_by = facts.statement.evidence.get("mergedBy")
    by = f", by {merged_by[:_LONGEST]}" if isinstance(merged_by, str) and merged_by else ""
    words = f"The offer asks for no approval: the merge granted it{by}"
    return Condition("Approved", "True", "AccessGranted", words, facts.granted_at)


def _expired(facts: _Facts) -> Condition:
    if facts.ended_at is not None:
        return Condition("Expired", "True", *facts.end, facts.ended_at)
    words = "Access holds" if facts.course.open else "Access may still come"
    if facts.course.is_over or facts.is_revoked:
        words = f"{facts.end[1]}, and something of it is still on the cluster"
    return Condition("Expired", "False", "AccessGranted", words, facts.granted_at)


def _recurring(facts: _Facts) -> list[Condition]:
    """Return how recurring access stands. Its transitions are at the windows' boundaries, whenever a run comes by."""
    course = facts.course
    if facts.statement.recurrence is None:
        return []
    if course.problem is not None:
        what = ("RecurringInvalidSchedule", course.problem)
        pending, active = ("False", "False") if facts.ended_at is not None else ("Unknown", "False")
        return [
            Condition("RecurringPending", pending, *what, _since(facts, "RecurringPending", pending)),
            Condition("RecurringActive", active, *what, _since(facts, "RecurringActive", active)),
        ]
    begun_at, over_at = (
        (course.stretch.start, course.stretch.end) if course.stretch else (facts.granted_at, facts.granted_at)
    )
    waits = course.next is not None and not course.open
    if facts.ended_at is not None:
        pending_since = facts.ended_at if waits else begun_at
        active_since = facts.ended_at if course.open else over_at
        return _both("False", "False", facts.end, pending_since, active_since)
    if course.open:
        return _both("False", "True", ("RecurringActivated", "A window is open"), begun_at, begun_at)
    if waits:
        scheduled = ("RecurringScheduled", "The first window has not begun yet")
        what = ("RecurringWaiting", "The next window has not begun yet") if course.begun else scheduled
        return _both("True", "False", what, over_at, over_at)
    return _both("False", "False", facts.end, begun_at, over_at)


def _both(
    pending: str, active: str, what: tuple[str, str], pending_since: datetime, active_since: datetime
) -> list[Condition]:
    return [
        Condition("RecurringPending", pending, *what, pending_since),
        Condition("RecurringActive", active, *what, active_since),
    ]


def _failed(facts: _Facts, attempt: Attempt) -> Condition | None:
    """Return what failed, for as long as it does; nothing where nothing ever did."""
    before = facts.before.get("Failed")
    if facts.ended_at is None:
        what = failure_of(attempt)
        if what is None and facts.course.problem is not None:
            what = "RecurringInvalidSchedule", facts.course.problem
        if what is None and before is not None and before.status == "True" and not attempt.is_whole:
            what = (before.reason, before.message) if before.reason in KEPT else None
        if what is not None:
            return Condition("Failed", "True", what[0], what[1][:_LONGEST], _since(facts, "Failed", "True"))
    if before is None:
        return None
    what = facts.end if facts.ended_at is not None else ("AccessGranted", "What failed before has been done since")
    return Condition("Failed", "False", *what, _since(facts, "Failed", "False"))


def _since(facts: _Facts, kind: str, status: str) -> datetime:
    before = facts.before.get(kind)
    return before.since if before is not None and before.status == status and before.since else facts.now


def _in_order(conditions: Sequence[Condition]) -> list[Condition]:
    """Put the one that tells most last: tools that read one condition only, the operator's among them, read that."""
    holding = {each.type for each in conditions if each.status == "True"}
    telling = next(kind for kind in _TELLING if kind in holding)
    return sorted(conditions, key=lambda each: (each.type == telling, _ORDER.index(each.type)))


def _approved_at(statement: Statement) -> datetime:
    """Return when it was approved: one approval is needed of each thing that has to be approved."""
    first: dict[str, datetime] = {}
    for each in statement.approvals:
        what, at = str(each.get("of", "")), _time(each.get("approvedAt"), statement.decided_at)
        first[what] = min(at, first.get(what, at))
    return max(first.values(), default=_time(statement.evidence.get("mergedAt"), statement.decided_at))


def _people(statement: Statement) -> str:
    return ", ".join(dict.fromkeys(str(each.get("person")) for each in statement.approvals))[:_LONGEST]


def _time(value: object, instead: datetime) -> datetime:
    try:
        return parse_time(value) if isinstance(value, str) else instead
    except ValueError:
        return instead


def _generation(live: LiveObject) -> int:
    found = live.manifest["metadata"].get("generation")
    return found if type(found) is int and found > 0 else 1
