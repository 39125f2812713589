"""A debug session as JSON, for who reads what the gate says by a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitops_breakglass.core.debug.risk import PodRisk
from gitops_breakglass.core.debug.statement import debug_manifest
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.report.run_json import reasons_json


def session_json(grant: DebugGrant, notes: tuple[Reason, ...], risks: Sequence[PodRisk]) -> dict[str, Any]:
    """Return what the session makes, in the words of the signed decision, with the risk of each pod."""
    return {**debug_manifest(grant), "notes": reasons_json(notes), "risks": [_risk(each) for each in risks]}


def _risk(risk: PodRisk) -> dict[str, Any]:
    return {
        "what": risk.what,
        "score": risk.score,
        "factors": list(risk.factors),
        "policies": [
            {"policy": each.policy, "answer": each.answer.value, "reason": each.reason, "score": each.score}
            for each in risk.policies
        ],
    }
