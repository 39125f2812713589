"""Records of grants as notices are made from, in a line each."""

from datetime import UTC, datetime, timedelta

from gitops_breakglass.model.grant import Occurrence, Record, Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
UID = "1" * 32
BINDING = ObjectKey("rbac.authorization.k8s.io/v1", "RoleBinding", "shop", "bg-inc-1-0123456789")
RECORD = ObjectKey("access.gitops-breakglass.dev/v1alpha1", "Grant", "gitops-breakglass", "bg-inc-1")
HOUR = timedelta(hours=1)


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def granted(*, start=0, end=60, decided=0, recurs=False, **words):
    """A decision; its times are in minutes after NOW."""
    return Statement(
        repository="acme/access", cluster="prod", cluster_uid="c", request=RequestId("prod", "inc-1"),
        kind="Breakglass" if recurs else "BreakglassSession", uid=UID, path="requests/prod/inc-1.yaml", blob="b",
        landing="l", decided_at=at(decided), outcome=words.pop("outcome", "granted"),
        subject=Subject("User", "alice@example.com"),
        windows=() if recurs else (Window(at(start), at(end)),),
        recurrence=Recurrence("0 3 * * *", "UTC", HOUR, at(decided)) if recurs else None,
        evidence={
            "change": "#7", "author": "alice", "source": "escalation/shell", "mergedAt": "2026-03-10T03:00:00Z",
            "approvals": [{"person": "ben", "approvedAt": "2026-03-10T02:59:00Z", "reason": ""}],
        },
        **words,
    )  # fmt: skip


def record(statement=None, *, made=True, revoked=None, ended=None, occurrences=(), told=(), **words):
    live = LiveObject(RECORD, "u", {"metadata": {}})
    return Record(
        "bg-inc-1", UID, None, statement or granted(), "", (BINDING,), {BINDING: "b-1"} if made else {},
        at(revoked) if revoked is not None else None, at(ended) if ended is not None else None, live,
        occurrences=occurrences, told=told, **words,
    )  # fmt: skip


def occurrence(start, *, ended=None, objects=(BINDING,)):
    gone = at(ended) if ended is not None else None
    return Occurrence(at(start), at(start + 60), objects, gone, "reconciler" if gone else "")


def refused(key=BINDING, why="admission webhook denied the request", **words):
    return Failed(key, UID, why, ending=True, still_grants=True, **words)
