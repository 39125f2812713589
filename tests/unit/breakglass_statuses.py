"""Requests of the reference and what their resources' status says at a moment, for tests to compare."""

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.breakglass_failure import Attempt
from gitops_breakglass.core.render.status import resource_status
from gitops_breakglass.core.schedule.recurring import recurrence_of
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Failed, Trouble
from gitops_breakglass.model.request import RequestId, Schedule, Subject
from gitops_breakglass.model.window import Window, parse_time

NEW_YORK = Schedule(
    duration=timedelta(hours=8),
    cron="0 9 * * 1-5",
    location="America/New_York",
    start=parse_time("2024-01-01T00:00:00Z"),
    end=parse_time("2024-12-31T23:59:59Z"),
    max_activations=10,
)
"""The schedule of the reference's complete example."""
APPROVED, MERGED = "2024-01-01T00:30:00Z", "2024-01-01T00:40:00Z"
BINDING = ObjectKey("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", "bg-inc-1-0123456789")


def approval(person, at, **more):
    """An approval as a signed decision keeps it."""
    return {"person": person, "approvedAt": at, "reason": "", **more}


def decided(schedule=NEW_YORK, *, merged=MERGED, approvals=None):
    """A granted request with that schedule; one without cron has one window from its merge on."""
    at = parse_time(merged)
    recurring = schedule.cron is not None
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="u",
        request=RequestId("prod", "inc-1"),
        kind="Breakglass",
        uid="1" * 32,
        path="requests/prod/inc-1.yaml",
        blob="b",
        landing="c",
        decided_at=at + timedelta(minutes=1),
        outcome="granted",
        subject=Subject("User", "alice@company.com"),
        windows=() if recurring else (Window(at, at + schedule.duration),),
        recurrence=recurrence_of(schedule, schedule.duration, at) if recurring else None,
        evidence={
            "mergedAt": merged,
            "approvals": [approval("admin@company.com", APPROVED)] if approvals is None else list(approvals),
        },
    )


class Resource:
    """One request's resource over time: each look writes the status that a run writes then."""

    def __init__(self, statement=None, **words):
        self.statement = statement or decided(**words)
        self.revoked_at = None
        self.ended_at = None
        self.why = ""
        self.manifest = {"metadata": {"name": "inc-1", "generation": 3}}
        empty = LiveObject(ObjectKey("v1", "Grant", "", "inc-1"), "u", {"metadata": {}})
        self._record = replace(read_unproved(empty), statement=self.statement)

    def at(self, moment, *, failed=(), whole=True, made=()):
        """Run at that moment; the status that is there after it."""
        now = parse_time(moment) if isinstance(moment, str) else moment
        live = LiveObject(ObjectKey("access.cloudnimbus.io/v1alpha1", "Breakglass", "", "inc-1"), "u", self.manifest)
        around = Around(self.ended_at, self.why, Attempt(tuple(failed), whole), made)
        record = replace(self._record, revoked_at=self.revoked_at)
        status = resource_status(record, now, live=live, around=around)
        self.manifest = {**self.manifest, "status": status}
        return status

    def ends(self, moment, why="", *, revoked=False):
        """Have nothing left since that moment, and run."""
        self.ended_at, self.why = parse_time(moment), why
        self.revoked_at = self.ended_at if revoked else None
        return self.at(moment)


def told(status):
    """The conditions in short: type, status, reason, since when."""
    return [
        " ".join(each[name] for name in ("type", "status", "reason", "lastTransitionTime"))
        for each in status["conditions"]
    ]


def one(status, kind):
    """The condition of a type, in short; None where there is none."""
    return next((each for each in told(status) if each.startswith(f"{kind} ")), None)


def fails(*, ending=False, trouble=Trouble.OTHER, error="refused", key=BINDING):
    """Something that failed."""
    return Failed(key, "1" * 32, error, trouble=trouble, ending=ending)
