"""A decision on one change, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitops_breakglass.model.decision import Approval, Decision, Denied, Granted, Pending, Reason, Unknown
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.window import print_time
from gitops_breakglass.report.findings.as_json import dumped, finding_json
from gitops_breakglass.report.run_json import reasons_json
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import moment, people


def decision_as_text(title: str, decision: Decision | tuple[Approval, ...]) -> str:
    """Return what has been decided, who approved, who still may, and why others do not count."""
    lines = [printable(title)]
    match decision:
        case Pending():
            lines.append("  ready to merge" if decision.ready else "  not ready to merge")
            lines += _reasons(decision.reasons)
            lines += _approvals(decision.approvals)
            if not decision.ready:
                lines.append(f"  may approve: {printable(people(decision.may_approve, decision.unnamed)) or 'nobody'}")
            lines += _ignored(decision.ignored)
        case Denied():
            lines.append("  denied")
            lines += _reasons(decision.reasons) + _ignored(decision.ignored)
        case Unknown():
            lines.append("  unknown")
            lines += _reasons(decision.reasons)
        case Granted():
            lines.append("  granted")
            lines += _approvals(decision.evidence.approvals)
        case tuple():
            lines.append("  approved")
            lines += _approvals(decision)
    return "".join(f"{line}\n" for line in lines)


def decision_as_json(title: str, decision: Decision | tuple[Approval, ...], findings: Sequence[Finding]) -> str:
    """Return the same as JSON, versioned."""
    data: dict[str, Any] = {"version": 1, "change": title, "findings": [finding_json(each) for each in findings]}
    match decision:
        case Pending():
            data |= {
                "decision": "pending",
                "ready": decision.ready,
                "reasons": reasons_json(decision.reasons),
                "approvals": [_approval_json(each) for each in decision.approvals],
                "mayApprove": list(decision.may_approve),
                "mayApproveUnnamed": decision.unnamed,
                "ignored": reasons_json(decision.ignored),
            }
        case Denied():
            data |= {
                "decision": "denied",
                "reasons": reasons_json(decision.reasons),
                "ignored": reasons_json(decision.ignored),
            }
        case Unknown():
            data |= {"decision": "unknown", "reasons": reasons_json(decision.reasons)}
        case Granted():
            data |= {"decision": "granted", "approvals": [_approval_json(each) for each in decision.evidence.approvals]}
        case tuple():
            data |= {"decision": "approved", "approvals": [_approval_json(each) for each in decision]}
    return dumped(data, sort_keys=True)


def _approvals(approvals: Sequence[Approval]) -> list[str]:
    return [
        f"  approved by {printable(each.person)} at {moment(each.approved_at)}"
        + (f": {printable(each.reason)}" if each.reason else "")
        for each in approvals
    ]


def _ignored(reasons: Sequence[Reason]) -> list[str]:
    return [f"  does not count: {printable(each.message)} [{each.rule}]" for each in reasons]


def _reasons(reasons: Sequence[Reason]) -> list[str]:
    lines = []
    for reason in reasons:
        lines.append(f"  {reason.rule}: {printable(reason.message)}")
        if reason.hint:
            lines.append(f"    hint: {printable(reason.hint)}")
    return lines


def _approval_json(approval: Approval) -> dict[str, str]:
    return {
        "person": approval.person,
        "account": approval.account,
        "source": approval.source,
        "commit": approval.commit,
        "approvedAt": print_time(approval.approved_at),
        "reason": approval.reason,
    }
