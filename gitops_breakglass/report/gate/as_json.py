"""What the gate says of a change, as JSON, in the form that schemas/output/gate.schema.json describes."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.deny.preview import Preview
from gitops_breakglass.core.effect import Effect, PlaceEffect
from gitops_breakglass.core.outlook import Outlook
from gitops_breakglass.core.primitives import Found
from gitops_breakglass.core.rbac.algebra import to_manifest
from gitops_breakglass.core.zones import in_zone
from gitops_breakglass.model.decision import Approval, Pending
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.window import Window, print_time
from gitops_breakglass.report.findings.as_json import dumped, finding_json
from gitops_breakglass.report.gate.lines import approvals_of, ignored_of, notes_of, reasons_of, unknown_of, word_of
from gitops_breakglass.report.run_json import reasons_json
from gitops_breakglass.report.session_json import session_json
from gitops_breakglass.report.windows_json import recurrence_json, window_json, windows_json

VERSION = 5
"""Rises when something that a reader may rely on changes."""


def gate_as_json(proposal: Proposal) -> str:
    """Return one JSON object in ASCII, with sorted keys."""
    decision = proposal.decision
    pending = decision if isinstance(decision, Pending) else None
    data: dict[str, Any] = {
        "version": VERSION,
        "change": proposal.change,
        "head": proposal.head or None,
        "request": str(proposal.request) if proposal.request else None,
        "ends": [str(each) for each in proposal.ends],
        "state": proposal.state.state.value,
        "why": proposal.state.why,
        "decision": word_of(decision),
        "ready": proposal.may_merge,
        "reasons": reasons_json(tuple(reasons_of(proposal))),
        "ignored": reasons_json(tuple(ignored_of(proposal))),
        "notes": reasons_json(tuple(notes_of(proposal))),
        "approvals": [_approval(each) for each in approvals_of(proposal)],
        "mayApprove": list(pending.may_approve) if pending and not pending.ready else [],
        "mayApproveUnnamed": pending.unnamed if pending and not pending.ready else 0,
        "mayApproveOverride": list(pending.may_approve_override) if pending and not pending.ready else [],
        "mayApproveOverrideUnnamed": pending.unnamed_override if pending and not pending.ready else 0,
        "remaining": list(proposal.remaining),
        "policy": proposal.policy or None,
        "shown": _shown(proposal),
        "effect": _effect(proposal.effect) if proposal.effect else None,
        "unknown": unknown_of(proposal),
        "findings": [finding_json(each) for each in proposal.findings],
    }
    return dumped(data, sort_keys=True)


def _approval(approval: Approval) -> dict[str, str]:
    return {
        "person": approval.person,
        "account": approval.account,
        "source": approval.source,
        "commit": approval.commit,
        "approvedAt": print_time(approval.approved_at),
        "reason": approval.reason,
        "of": approval.purpose.value,
    }


def _shown(proposal: Proposal) -> dict[str, Any] | None:
    shown, timing = proposal.shown, proposal.timing
    if shown is None or proposal.merged_at is None:
        return None
    return {
        "author": shown.author,
        "subject": shown.subject.name,
        "source": shown.terms.source,
        "durationSeconds": int(shown.duration.total_seconds()),
        "start": print_time(shown.start) if shown.start else None,
        "ifMergedAt": print_time(proposal.merged_at),
        "window": _window(timing.window, proposal.zone) if timing and timing.window else None,
        "recurrence": _recurrence(timing.recurrence, timing.outlook, proposal.zone)
        if timing and timing.recurrence
        else None,
        "approvalAsked": not shown.terms.approval_optional,
        "digest": f"sha256:{shown.digest}",
        "session": session_json(shown.session.grant, shown.session.notes, shown.risks)
        if shown.session is not None and shown.session.grant is not None
        else None,
    }


def _recurrence(recurrence: Recurrence, outlook: Outlook, zone: str | None) -> dict[str, Any]:
    return {
        **recurrence_json(recurrence),
        "windows": [_window(each, zone) for each in outlook.stretches],
        "occurrences": windows_json(outlook.occurrences),
        "moreOccurrences": outlook.more,
        "goesOn": outlook.goes_on,
    }


def _window(window: Window, zone: str | None) -> dict[str, Any]:
    data: dict[str, Any] = {**window_json(window), "zone": None}
    if zone is not None and (start := in_zone(window.start, zone)) and (end := in_zone(window.end, zone)):
        data["zone"] = {"name": zone, "start": start.isoformat(), "end": end.isoformat()}
    return data


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "cluster": effect.cluster,
        "live": effect.is_live,
        "places": [_place(each) for each in effect.places],
        "neverGranted": [{"id": each.id, "rights": each.rule_text, "why": each.why} for each in effect.removed],
        "problems": reasons_json(effect.problems),
        "denyPolicies": [_held(each, effect.held) for each in effect.held.enforcement] if effect.held else [],
        "denyNotes": reasons_json((*effect.held.doubts, *effect.held.notes)) if effect.held else [],
    }


def _held(enforcement: Enforcement, held: Preview) -> dict[str, Any]:
    place = held.location(enforcement.policy)
    return {
        "policy": enforcement.policy,
        "location": str(place) if place else None,
        "means": enforcement.means.value,
        "what": enforcement.what,
        "exact": enforcement.exact,
    }


def _place(place: PlaceEffect) -> dict[str, Any]:
    return {
        "namespace": place.namespace or None,
        "source": place.source,
        "rules": to_manifest(place.rules),
        "primitives": [_primitive(each) for each in place.primitives],
    }


def _primitive(found: Found) -> dict[str, Any]:
    return {"id": found.id, "name": found.name, "why": found.why, "rights": list(found.rights)}
