"""Plans and runs as JSON, versioned; its schema is schemas/output/run.schema.json."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.model.decision import Denied, Granted, Pending, Reason, Unknown
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.lease import Heartbeat
from gitops_breakglass.model.outcome import (
    Applied,
    ClusterReport,
    Failed,
    Outcome,
    Remained,
    RunReport,
    Skipped,
    StillOpen,
)
from gitops_breakglass.model.plan import ClusterPlan, Create, Judged
from gitops_breakglass.model.window import print_time
from gitops_breakglass.report.findings.as_json import dumped, finding_json
from gitops_breakglass.report.windows_json import recurrence_json, windows_json

VERSION = 1


def run_as_json(report: RunReport) -> str:
    """Return the report with sorted keys, ending in a newline."""
    data = {
        "version": VERSION,
        "unknown": list(report.unknown),
        "findings": [finding_json(each) for each in report.findings],
        "clusters": [_cluster(each) for each in report.clusters],
    }
    return dumped(data, sort_keys=True)


def _cluster(report: ClusterReport) -> dict[str, Any]:
    return {
        "name": report.cluster,
        "at": print_time(report.at) if report.at else None,
        "unreachable": report.unreachable,
        "plan": _plan(report.plan) if report.plan else None,
        "outcomes": [_outcome(each) for each in report.outcomes],
        "ledger": report.ledger or None,
        "standby": report.standby or None,
        "actors": [heartbeat_json(each) for each in report.actors],
    }


def heartbeat_json(heartbeat: Heartbeat) -> dict[str, str | None]:
    """Return how it stands with an actor."""
    return {
        "actor": heartbeat.actor,
        "pulse": heartbeat.pulse.value,
        "seen": print_time(heartbeat.seen) if heartbeat.seen else None,
        "expected": print_time(heartbeat.expected) if heartbeat.expected else None,
    }


def _plan(plan: ClusterPlan) -> dict[str, Any]:
    return {
        "judged": [_judged(each) for each in plan.judged],
        "ends": [{"object": str(each.live.key), "why": each.why} for each in plan.ends],
        "shrinks": [{"object": str(each.live.key), "why": each.why} for each in plan.shrinks],
        "begins": [
            {"object": str(each.key), "start": print_time(window.start), "end": print_time(window.end)}
            for each in plan.begins
            for window in each.occurrences
        ],
        "guards": [
            {"object": str(each.key if isinstance(each, Create) else each.live.key), "why": each.why}
            for each in plan.guards
        ],
        "creations": [str(each.key) for each in plan.creations],
        "injections": [
            {"object": str(each.pod.key), "container": str(each.container["name"])} for each in plan.injections
        ],
        "refreshes": [{"object": str(each.live.key), "why": each.why} for each in plan.refreshes],
        "keeps": [str(each.key) for each in plan.keeps],
        "conflicts": [{"object": str(each.key), "why": each.why} for each in plan.conflicts],
        "enforcement": [
            {"request": uid, **enforcement_json(each)}
            for uid, many in sorted(plan.enforcement.items())
            for each in many
        ],
        "held": list(plan.held),
        "unknown": list(plan.unknown),
        "findings": [finding_json(each) for each in plan.findings],
    }


def _judged(judged: Judged) -> dict[str, Any]:
    decision = judged.decision
    data: dict[str, Any] = {"request": str(judged.request), "uid": judged.uid}
    match decision:
        case Granted():
            return data | {
                "decision": "granted",
                "subject": decision.subject.name,
                "windows": windows_json(decision.windows),
                "recurrence": recurrence_json(decision.recurrence) if decision.recurrence else None,
                "approvers": [each.person for each in decision.evidence.approvals],
                "source": decision.evidence.source,
                "reasons": [],
                "notes": reasons_json(decision.notes),
            }
        case Pending():
            return data | {"decision": "pending", "reasons": reasons_json(decision.reasons)}
        case Denied():
            return data | {"decision": "denied", "reasons": reasons_json((*decision.reasons, *decision.ignored))}
        case Unknown():
            return data | {"decision": "unknown", "reasons": reasons_json(decision.reasons)}


def enforcement_json(enforcement: Enforcement) -> dict[str, str | bool]:
    """Return how one policy is enforced."""
    return {
        "policy": enforcement.policy,
        "means": enforcement.means.value,
        "what": enforcement.what,
        "exact": enforcement.exact,
    }


def reasons_json(reasons: tuple[Reason, ...]) -> list[dict[str, str | None]]:
    """Return the reasons of a decision."""
    return [{"rule": each.rule, "message": each.message, "hint": each.hint} for each in reasons]


def _outcome(outcome: Outcome) -> dict[str, Any]:
    data: dict[str, Any] = {"object": str(outcome.key), "request": outcome.request}
    match outcome:
        case Applied():
            return data | {"result": outcome.verb.value, "lateSeconds": outcome.late}
        case Failed():
            return data | {
                "result": "failed",
                "error": outcome.error,
                "hint": outcome.hint,
                "accessMayStillHold": outcome.still_grants,
            }
        case Skipped():
            return data | {"result": "skipped", "why": outcome.why}
        case StillOpen(stream=stream):
            return data | {
                "result": "open",
                "user": stream.user,
                "impersonatedBy": stream.by or None,
                "call": str(stream.target),
                "since": print_time(stream.since),
                "auditID": stream.audit_id,
                "endsWithItsPod": outcome.own_pod,
            }
        case Remained():
            return data | {"result": "remains", "container": outcome.container, "why": outcome.why}
