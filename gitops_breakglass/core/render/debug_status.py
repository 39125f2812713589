"""The status of an upstream `DebugSession`, derived anew from the signed decision, the clock, and what is on the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitops_breakglass.core.debug.marked_objects import end_of_object
from gitops_breakglass.core.debug.operations.pod_copy import COPY_OF
from gitops_breakglass.core.debug.pod_operations import operations_manifest
from gitops_breakglass.core.plan.ownership import BINDINGS
from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.conditions import Condition, Held, held_conditions, print_second, written
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.debug_grant import DebugGrant, Part, SessionObject
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.session_kinds import POD
from gitops_breakglass.model.window import Window

_LONGEST = 8192
_AUXILIARY = frozenset({Part.AUXILIARY, Part.AUXILIARY_AFTER})


@dataclass(frozen=True)
class _Facts:
    record: Record
    statement: Statement
    debug: DebugGrant
    window: Window
    now: datetime
    around: Around
    before: Mapping[str, Held]
    held_state: str
    """The state that is there, by whoever wrote it."""

    @property
    def has_begun(self) -> bool:
        return self.window.start <= self.now

    @property
    def is_over(self) -> bool:
        return bool(self.around.ended_at or self.record.revoked_at) or course_of(self.statement, self.now).is_over

    @property
    def is_bound(self) -> bool:
        return any(each.key.kind in BINDINGS for each in self.around.made)

    @property
    def problem(self) -> str:
        """What keeps the session from being whole, in the words of the last run that tried."""
        failed = [each for each in self.around.attempt.failed if not each.ending]
        told = [f"{each.key}: {each.error}" for each in failed]
        told += [f"{each.key}: {each.why}" for each in self.around.session.not_ready]
        return "; ".join(dict.fromkeys(told))


def debug_status(
    statement: Statement, record: Record, now: datetime, *, live: LiveObject, around: Around
) -> dict[str, Any]:
    """Return the whole status to have, in upstream's words; its times of expiry are never empty, since each session ends."""
    found = live.manifest.get("status")
    before = found if isinstance(found, Mapping) else {}
    if statement.debug is None or not statement.windows:
        return dict(before)
    facts = _Facts(
        record,
        statement,
        statement.debug,
        statement.windows[0],
        now,
        around,
        held_conditions(live, now),
        str(before.get("state", "")),
    )
    state = _state(facts)
    generation = live.manifest["metadata"].get("generation")
    generation = generation if type(generation) is int else 0
    status: dict[str, Any] = {
        "observedGeneration": generation,
        "state": state,
        "message": _message(facts, state)[:_LONGEST],
        "startsAt": print_second(facts.window.start),
        "expiresAt": print_second(facts.window.end),
        "renewalCount": 0,
        "approval": _approval(statement),
        "allowedPodOperations": operations_manifest(facts.debug.operations),
        "participants": list(_participants(facts)),
        "conditions": [written(each, generation) for each in _conditions(facts, state)],
    }
    lists = {
        "allowedPods": [
            {
                "namespace": each.namespace,
                "name": each.name,
                "ready": each.is_ready,
                **({"nodeName": each.node} if each.node else {}),
                **({"phase": each.phase} if each.phase else {}),
            }
            for each in around.session.pods
        ],
        "deployedResources": list(_deployed(facts)),
        "auxiliaryResourceStatuses": [
            _auxiliary(facts, each) for each in facts.debug.objects if each.part in _AUXILIARY
        ],
        "kubectlDebugStatus": _operations_done(facts),
    }
    return status | {name: value for name, value in lists.items() if value}


def _state(facts: _Facts) -> str:
    ended_at = facts.around.ended_at
    if facts.is_over:
        early = facts.record.revoked_at is not None or (ended_at is not None and ended_at < facts.window.end)
        return "Terminated" if early else "Expired"
    if facts.is_bound:
        return "Active"
    if not facts.has_begun:
        return "Pending"
    if any(not each.ending for each in facts.around.attempt.failed):
        return "Failed"
    # Who did not try can't tell whether it would work now.
    return "Failed" if facts.held_state == "Failed" and not facts.around.attempt.is_whole else "Pending"


def _message(facts: _Facts, state: str) -> str:
    around = facts.around
    if state in ("Expired", "Terminated"):
        why = around.why or ("it was revoked" if facts.record.revoked_at is not None else "its window ended")
        told = [f"The session is over: {why}"]
        if around.ended_at is None:
            told.append("something of it is still on the cluster")
        told += [
            f"container {each.container} is still in Pod {each.namespace}/{each.pod}, which only the pod's end takes away"
            for each in around.session.still_there
        ]
        return "; ".join(told)
    if facts.problem:
        return facts.problem
    if state == "Active":
        return "The session is open"
    return "The session's window has not begun" if not facts.has_begun else "The session's pods are being made"


def _approval(statement: Statement) -> dict[str, Any]:
    approvals = statement.approvals
    told: dict[str, Any] = {"required": statement.evidence.get("approvalAsked") is not False}
    if approvals:
        told |= {
            "approvedBy": ", ".join(dict.fromkeys(str(each["person"]) for each in approvals)),
            "approvedAt": str(approvals[0]["approvedAt"]),
        }
        if approvals[0]["reason"]:
            told["reason"] = str(approvals[0]["reason"])
    return told


def _participants(facts: _Facts) -> Iterable[dict[str, str]]:
    owner = [(facts.statement.subject, "owner")] if facts.statement.subject else []
    left = {"leftAt": print_second(facts.around.ended_at)} if facts.around.ended_at is not None else {}
    for subject, role in (*owner, *((each, "participant") for each in facts.debug.participants)):
        yield {"user": subject.name, "role": role, "joinedAt": print_second(facts.window.start), **left}


def _deployed(facts: _Facts) -> Iterable[dict[str, str]]:
    sources: dict[ObjectKey, str] = {each.key: each.part.value for each in facts.debug.objects}
    for each in sorted(facts.around.made, key=lambda live: live.key):
        key = each.key
        place = {"namespace": key.namespace} if key.namespace else {}
        source = sources.get(key, "rights" if "rbac" in key.api_version else "controller")
        yield {
            "apiVersion": key.api_version,
            "kind": key.kind,
            "name": key.name,
            **place,
            "uid": each.uid,
            "source": source,
        }


def _auxiliary(facts: _Facts, each: SessionObject) -> dict[str, Any]:
    key = each.key
    live = next((made for made in facts.around.made if made.key == key), None)
    created = live is not None or key in facts.record.uids
    error = next((other.why for other in facts.around.session.not_ready if other.key == key), "")
    made_at = live.manifest["metadata"].get("creationTimestamp") if live is not None else None
    return {
        "name": key.name,
        "apiVersion": key.api_version,
        "kind": key.kind,
        **({"namespace": key.namespace} if key.namespace else {}),
        "resourceName": key.name,
        "created": created,
        **({"createdAt": made_at} if isinstance(made_at, str) else {}),
        "ready": live is not None and not error,
        "deleted": created and live is None,
        **({"error": error} if error else {}),
    }


def _operations_done(facts: _Facts) -> dict[str, Any]:
    images = {(each.namespace, each.pod, each.name): each.container.get("image", "") for each in facts.debug.injections}
    copies = {each.key: each for each in facts.debug.objects if each.part is Part.POD}
    by = facts.statement.subject.name if facts.statement.subject else ""
    injected, copied = [], []
    for done in facts.around.session.operations:
        if done.container:
            injected.append(
                {
                    "namespace": done.namespace,
                    "podName": done.pod,
                    "containerName": done.container,
                    "image": str(images.get(done.name, "")),
                    "injectedBy": by,
                    "injectedAt": print_second(done.at),
                }
            )
        elif (made := copies.get(POD.key(done.namespace, done.pod))) is not None:
            of = (made.manifest["metadata"].get("annotations") or {}).get(COPY_OF)
            if isinstance(of, str):
                place, _, pod = of.partition("/")
                end = end_of_object(made, facts.window)
                copied.append(
                    {
                        "originalNamespace": place,
                        "originalPod": pod,
                        "copyNamespace": done.namespace,
                        "copyName": done.pod,
                        "createdAt": print_second(done.at),
                        "expiresAt": print_second(end),
                    }
                )
    told = {"ephemeralContainersInjected": injected, "copiedPods": copied}
    return {name: each for name, each in told.items() if each}


def _conditions(facts: _Facts, state: str) -> list[Condition]:
    over = state in ("Expired", "Terminated")
    approved = facts.statement.evidence.get("approvalAsked") is not False
    deployed = "False" if over else "True" if facts.is_bound and not facts.problem else "False"
    ready = "True" if state == "Active" else "False"
    told = (
        (
            "Approved",
            "True",
            "Approved" if approved else "AutoApproved",
            "Approved" if approved else "Nobody had to approve",
        ),
        ("Ready", ready, state, _message(facts, state)),
        (
            "ResourcesDeployed",
            deployed,
            "Ended" if over else "Deployed" if deployed == "True" else "NotDeployed",
            facts.problem or ("The session is over" if over else ""),
        ),
    )
    return [
        Condition(kind, status, reason, message[:_LONGEST], _since(facts, kind, status))
        for kind, status, reason, message in told
    ]


def _since(facts: _Facts, kind: str, status: str) -> datetime:
    held = facts.before.get(kind)
    return held.since if held is not None and held.status == status and held.since is not None else facts.now
