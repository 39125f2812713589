"""The status of an upstream DebugSession over its life: whole, in upstream's words, and never without an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.core.debug.operations.pod_copy import COPY_OF
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.breakglass_failure import Attempt
from gitops_breakglass.core.render.status import resource_status
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, Part, PodOperations, SessionObject
from gitops_breakglass.model.debug_state import Done, NotReady, Remaining, Remains, SessionPod, SessionState
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import RBAC, TELEKOM_API, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window

START = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=1))
COPY, MAP = ObjectKey("v1", "Pod", "debug", "bg-net-copy"), ObjectKey("v1", "ConfigMap", "debug", "bg-net")
BINDING = ObjectKey(RBAC, "RoleBinding", "debug", "bg-net")


def an_object(key, part, annotations=None, **more):
    metadata = {"name": key.name, "namespace": key.namespace, "annotations": annotations or {}}
    return SessionObject({"apiVersion": key.api_version, "kind": key.kind, "metadata": metadata}, part, **more)


STATEMENT = Statement(
    repository="acme/access",
    cluster="prod",
    cluster_uid="u",
    request=RequestId("prod", "net"),
    kind="DebugSession",
    uid="1" * 32,
    path="requests/prod/net.yaml",
    blob="b",
    landing="c",
    decided_at=START,
    outcome="granted",
    subject=Subject("User", "alice@example.com"),
    windows=(WINDOW,),
    evidence={"approvals": [{"person": "ben@example.com", "approvedAt": "2026-03-10T02:59:00Z", "reason": "go ahead"}]},
    debug=DebugGrant(
        name="bg-net",
        template="tools",
        binding="",
        namespace="debug",
        operations=PodOperations(logs=True),
        participants=(Subject("User", "cleo@example.com"),),
        objects=(
            an_object(MAP, Part.AUXILIARY),
            an_object(COPY, Part.POD, {COPY_OF: "shop/web-0"}, ttl=timedelta(minutes=10)),
        ),
        injections=(Injection("shop", "web-0", "u-1", {"name": "bg-net-1", "image": "busybox:1.36"}),),
    ),
)
DONE = (Done("debug", "bg-net-copy", "u-2", "", START), Done("shop", "web-0", "u-1", "bg-net-1", START))
OPEN = SessionState(DONE, (SessionPod("debug", "bg-net-copy", "u-2", "node-1", "Running", is_ready=True),))


def live(key, uid="u"):
    metadata = {"name": key.name, "namespace": key.namespace, "creationTimestamp": "2026-03-10T03:00:01Z"}
    return LiveObject(key, uid, {"metadata": metadata})


def status_at(moment, *, made=(), revoked=False, statement=STATEMENT, before=None, **around):
    empty = LiveObject(ObjectKey("v1", "Grant", "", "net"), "u", {"metadata": {}})
    record = replace(read_unproved(empty), statement=statement, revoked_at=moment if revoked else None, uids={MAP: "u"})
    resource = {"metadata": {"name": "net", "generation": 2}, **({"status": before} if before else {})}
    key = ObjectKey(TELEKOM_API, "DebugSession", "", "net")
    around = Around(made=[live(each) for each in made], **around)
    status = resource_status(record, moment, live=LiveObject(key, "u", resource), around=around)
    jsonschema.validate(status, SCHEMA)
    return status


(CRD,) = [each for each in crds() if each["spec"]["names"]["kind"] == "DebugSession"]
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]


def test_an_open_session_tells_all_that_upstream_s_does():
    at = START + timedelta(minutes=5)
    status = status_at(at, made=[BINDING, MAP, COPY], session=OPEN)
    assert status == {
        "observedGeneration": 2,
        "state": "Active",
        "message": "The session is open",
        "startsAt": "2026-03-10T03:00:00Z",
        "expiresAt": "2026-03-10T04:00:00Z",
        "renewalCount": 0,
        "approval": {
            "required": True,
            "approvedBy": "ben@example.com",
            "approvedAt": "2026-03-10T02:59:00Z",
            "reason": "go ahead",
        },
        "allowedPodOperations": {"exec": True, "attach": True, "portForward": True, "logs": True},
        "participants": [
            {"user": "alice@example.com", "role": "owner", "joinedAt": "2026-03-10T03:00:00Z"},
            {"user": "cleo@example.com", "role": "participant", "joinedAt": "2026-03-10T03:00:00Z"},
        ],
        "conditions": [
            condition("Approved", "True", "Approved", "Approved", at),
            condition("Ready", "True", "Active", "The session is open", at),
            condition("ResourcesDeployed", "True", "Deployed", "", at),
        ],
        "allowedPods": [
            {"namespace": "debug", "name": "bg-net-copy", "ready": True, "nodeName": "node-1", "phase": "Running"}
        ],
        "deployedResources": [
            deployed(BINDING, "rights"),
            deployed(MAP, "auxiliary"),
            deployed(COPY, "pod"),
        ],
        "auxiliaryResourceStatuses": [
            {
                "name": "bg-net",
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "namespace": "debug",
                "resourceName": "bg-net",
                "created": True,
                "createdAt": "2026-03-10T03:00:01Z",
                "ready": True,
                "deleted": False,
            }
        ],
        "kubectlDebugStatus": {
            "ephemeralContainersInjected": [
                {
                    "namespace": "shop",
                    "podName": "web-0",
                    "containerName": "bg-net-1",
                    "image": "busybox:1.36",
                    "injectedBy": "alice@example.com",
                    "injectedAt": "2026-03-10T03:00:00Z",
                }
            ],
            "copiedPods": [
                {
                    "originalNamespace": "shop",
                    "originalPod": "web-0",
                    "copyNamespace": "debug",
                    "copyName": "bg-net-copy",
                    "createdAt": "2026-03-10T03:00:00Z",
                    "expiresAt": "2026-03-10T03:10:00Z",
                }
            ],
        },
    }


def condition(kind, status, reason, message, since):
    at = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"type": kind, "status": status, "reason": reason, "message": message}
    return {**told, "lastTransitionTime": at, "observedGeneration": 2}


def deployed(key, source):
    named = {"apiVersion": key.api_version, "kind": key.kind, "name": key.name, "namespace": key.namespace}
    return {**named, "uid": "u", "source": source}


REFUSED = Attempt((Failed(COPY, "1" * 32, "the quota is used up"),), is_whole=True)
LEFT = SessionState(DONE, remains=(Remains("shop", "web-0", "u-1", "bg-net-1", Remaining.STILL_THERE, START),))
ENDED = WINDOW.end + timedelta(seconds=3)
STILL_THERE = "The session is over: its window ended; container bg-net-1 is still in Pod shop/web-0, which only the pod's end takes away"


@pytest.mark.parametrize(
    "moment, more, state, message",
    [
        (START - timedelta(hours=1), {}, "Pending", "The session's window has not begun"),
        (START, {}, "Pending", "The session's pods are being made"),
        (START, {"attempt": REFUSED}, "Failed", "Pod debug/bg-net-copy: the quota is used up"),
        (START, {"attempt": REFUSED, "made": [BINDING]}, "Active", "Pod debug/bg-net-copy: the quota is used up"),
        (START, {"before": {"state": "Failed"}}, "Failed", "The session's pods are being made"),
        (
            START,
            {"made": [BINDING], "session": SessionState(not_ready=(NotReady(MAP, "it is not there"),))},
            "Active",
            "ConfigMap debug/bg-net: it is not there",
        ),
        (
            WINDOW.end,
            {"made": [COPY]},
            "Expired",
            "The session is over: its window ended; something of it is still on the cluster",
        ),
        (ENDED, {"ended_at": ENDED}, "Expired", "The session is over: its window ended"),
        (
            ENDED,
            {"ended_at": ENDED, "session": LEFT},
            "Expired",
            STILL_THERE,
        ),
        (START, {"ended_at": START, "revoked": True}, "Terminated", "The session is over: it was revoked"),
        (
            START,
            {"ended_at": START, "why": "its file was deleted"},
            "Terminated",
            "The session is over: its file was deleted",
        ),
    ],
)
def test_each_state_of_upstream_s_is_told_with_why(moment, more, state, message):
    status = status_at(moment, **more)
    assert (status["state"], status["message"]) == (state, message)
    assert status["expiresAt"] == "2026-03-10T04:00:00Z"


def test_what_has_ended_allows_no_pod_and_its_people_have_left():
    status = status_at(ENDED, ended_at=ENDED, before={"allowedPods": [{"name": "x", "namespace": "y"}]}, session=LEFT)
    assert "allowedPods" not in status
    assert "deployedResources" not in status
    assert {each["leftAt"] for each in status["participants"]} == {"2026-03-10T04:00:03Z"}
    (auxiliary,) = status["auxiliaryResourceStatuses"]
    assert (auxiliary["created"], auxiliary["ready"], auxiliary["deleted"]) == (True, False, True)


def test_what_nobody_had_to_approve_says_so():
    statement = replace(STATEMENT, evidence={"approvalAsked": False, "approvals": []})
    status = status_at(START, statement=statement)
    assert status["approval"] == {"required": False}
    assert status["conditions"][0]["reason"] == "AutoApproved"


def test_a_condition_keeps_since_when_it_holds():
    first = status_at(START, made=[BINDING], session=OPEN)
    later = status_at(START + timedelta(minutes=9), made=[BINDING], session=OPEN, before=first)
    assert later["conditions"] == first["conditions"]
