"""What is told of one request afterwards as JSON, in the form that schemas/output/report.schema.json describes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitops_breakglass.core.rbac.manifest import to_manifest
from gitops_breakglass.core.request_report import RequestReport, UsedAgainst
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.residue import Left, Residue
from gitops_breakglass.model.window import print_duration, print_time
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.request_report_lines import could_not_end_at
from gitops_breakglass.report.windows_json import window_json

VERSION = 1


def report_as_json(report: RequestReport) -> str:
    """Return one JSON object."""
    statement, record, status = report.statement, report.record, report.status
    subject, evidence = statement.subject, statement.evidence
    return dumped(
        {
            "version": VERSION,
            "request": str(statement.request),
            "cluster": statement.cluster,
            "at": print_time(report.at),
            "state": status.state,
            "decision": {
                "outcome": statement.outcome,
                "decidedAt": print_time(statement.decided_at),
                "digest": record.digest,
                "kind": statement.kind,
                "path": statement.path,
                "blob": statement.blob,
                "landing": statement.landing,
                "source": str(evidence.get("source", "")),
                "change": str(evidence.get("change", "")),
                "author": str(evidence.get("author", "")),
                "shownDigest": str(evidence.get("digest") or "") or None,
                "mergedBy": str(evidence.get("mergedBy") or "") or None,
                "approvals": [
                    {
                        "person": each["person"],
                        "account": str(each.get("account", "")),
                        "approvedAt": each["approvedAt"],
                        "reason": each["reason"],
                    }
                    for each in statement.approvals
                ],
                "reasons": list(statement.reasons),
            },
            "subject": None
            if subject is None
            else {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace},
            "time": _time(report),
            "granted": _scopes(statement.scopes),
            "used": _used(report.use) if report.use else None,
            "residue": _residue(report.residue, report.kinds) if report.residue else None,
            "containers": [
                {"namespace": each.namespace, "pod": each.pod, "container": each.container}
                for each in status.session.still_there
            ],
            "notes": list(status.notes),
        }
    )


def _time(report: RequestReport) -> dict[str, object]:
    statement, record, status = report.statement, report.record, report.status
    recurrence = statement.recurrence
    return {
        "windows": [window_json(each) for each in statement.windows],
        "recurrence": None
        if recurrence is None
        else {
            "cron": recurrence.cron,
            "location": recurrence.location,
            "duration": print_duration(recurrence.duration),
            "begun": status.recurring.begun if status.recurring else 0,
        },
        "held": [window_json(each) for each in report.spans],
        "endedAt": _moment(record.ended_at),
        "endedBy": record.ended_by or None,
        "endedWhy": record.ended_why or None,
        "lagSeconds": status.lag if status.recurring is None else status.recurring.last_lag,
        "couldNotEndAt": _moment(could_not_end_at(record)),
    }


def _scopes(scopes: Sequence[ScopedRules]) -> list[dict[str, object]]:
    return [{"namespace": each.namespace, "source": each.source, "rules": to_manifest(each.rules)} for each in scopes]


def _used(use: UsedAgainst) -> dict[str, object]:
    return {
        "source": use.source,
        "since": _moment(use.since),
        "until": _moment(use.until),
        "calls": use.calls,
        "refused": use.refused,
        "unreadableLines": use.unreadable,
        "isCut": use.is_cut,
        "rightsGranted": use.needed.granted,
        "rightsUsed": use.needed.used,
        "unused": [
            {"namespace": each.namespace, "group": each.group, "resource": each.resource, "verb": each.verb}
            for each in use.needed.unused
        ],
        "nextTime": _scopes(use.needed.scopes),
        "streams": [
            {"since": print_time(each.since), "user": each.user, "what": each.what, "by": each.by or None}
            for each in use.streams
        ],
    }


def _residue(residue: Residue, kinds: int) -> dict[str, object]:
    return {
        "kindsListed": kinds,
        "left": [_left(each) for each in residue.left],
        "accounts": list(residue.accounts),
        "tokens": list(residue.tokens),
        "gone": residue.gone,
        "unseen": list(residue.unseen),
    }


def _left(left: Left) -> dict[str, object]:
    return {
        "apiVersion": left.key.api_version,
        "kind": left.key.kind,
        "namespace": left.key.namespace,
        "name": left.key.name,
        "sort": left.sort.value,
        "deed": left.deed.value,
        "certainty": left.certainty.value,
        "at": _moment(left.at),
        "why": left.why,
        "under": left.under or None,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else print_time(at)
