"""What `status` tells of a debug session, for people and for programs."""

import json
from datetime import UTC, datetime, timedelta

from gitops_breakglass.model.debug_state import Done, NotReady, Remaining, Remains, SessionPod, SessionState
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.status import ClusterStatus, RequestStatus
from gitops_breakglass.model.window import Window
from gitops_breakglass.report.status import status_as_json, status_as_text

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(hours=1))
DONE = (Done("debug", "bg-copy", "u-2", "", NOW), Done("shop", "web-0", "u-1", "bg-net-1", NOW))


def text(session, **more):
    request = RequestStatus("prod", "net", "Expired", window=WINDOW, session=session, **more)
    return status_as_text([ClusterStatus("prod", NOW, (request,))], (), only=None).splitlines()[3:]


def test_pods_operations_and_what_is_not_ready_are_told_while_a_session_is_open():
    pods = (
        SessionPod("debug", "bg-copy", "u-2", "node-1", "Running", is_ready=True),
        SessionPod("debug", "bg-net", "u-3", "", "Pending"),
    )
    waits = (NotReady(ObjectKey("v1", "ConfigMap", "debug", "bg-x"), "refused\x1b[31m"),)
    assert text(SessionState(DONE, pods, waits)) == [
        "      pod debug/bg-copy on node-1: ready",
        "      pod debug/bg-net: not ready (Pending)",
        "      not ready: ConfigMap debug/bg-x: refused\\x1b[31m",
        "      made pod debug/bg-copy, seen 2026-03-10 03:00:00 UTC",
        "      container bg-net-1 was added to pod shop/web-0, seen 2026-03-10 03:00:00 UTC",
    ]


def test_what_is_still_there_after_the_end_is_told_loudly_and_not_as_nothing():
    left = tuple(Remains("shop", f"web-{n}", "u", "bg-net-1", state, NOW) for n, state in enumerate(Remaining))
    ended = NOW + timedelta(hours=1)
    since = ", since 2026-03-10 03:00:00 UTC"
    words = (
        "is STILL THERE: only the pod's end takes it away",
        "is still there: its pod is being deleted, so that its owner makes it anew",
        "is gone with its pod",
        "is gone: its pod was deleted, so that its owner made it anew",
    )
    assert text(SessionState(remains=left), ended_at=ended) == [
        "      ended at 2026-03-10 04:00:00 UTC; nothing of it gives access",
        *(f"      container bg-net-1 in pod shop/web-{n} {what}{since}" for n, what in enumerate(words)),
    ]
    gone = SessionState(remains=left[2:3])
    assert text(gone, ended_at=ended)[0] == "      ended at 2026-03-10 04:00:00 UTC; nothing of it is left"


def test_programs_get_the_same():
    left = (Remains("shop", "web-0", "u-1", "bg-net-1", Remaining.STILL_THERE, NOW),)
    request = RequestStatus("prod", "net", "Expired", session=SessionState(DONE[1:], remains=left))
    data = json.loads(status_as_json([ClusterStatus("prod", NOW, (request,))], (), only=None))
    place = {"namespace": "shop", "pod": "web-0", "uid": "u-1", "container": "bg-net-1"}
    assert data["clusters"][0]["requests"][0]["session"] == {
        "pods": [],
        "notReady": [],
        "operations": [{**place, "at": "2026-03-10T03:00:00Z"}],
        "remains": [{**place, "state": "still-there", "since": "2026-03-10T03:00:00Z"}],
    }
    other = RequestStatus("prod", "net", "Expired")
    data = json.loads(status_as_json([ClusterStatus("prod", NOW, (other,))], (), only=None))
    assert data["clusters"][0]["requests"][0]["session"] is None
