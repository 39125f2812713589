"""What deny policies answer to a single call, and which cases of what they should answer fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.deny.selection import with_named
from gitops_breakglass.core.read.deny_folder import DenySide, Held
from gitops_breakglass.core.read.policy_case import Fits, read_case
from gitops_breakglass.model.deny import Answer, Ask, Circumstances, Pod, Verdict
from gitops_breakglass.model.document import Loaded
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.policy_case import CaseResult, Difference, Expected, PolicyCase

if TYPE_CHECKING:
    from gitops_breakglass.core.validate import Schemas

UNREADABLE = "unreadable-case"


@dataclass(frozen=True)
class CaseFile:
    """A file of cases: its name, and what was read of each document."""

    path: str
    pieces: tuple[Loaded, ...]


def answer(side: DenySide, ask: Ask, under: Circumstances, pod: Pod | None) -> Verdict:
    """Return what the policies say of a call, with what the escalation, where it is known, says of them."""
    held = side.escalations.get(under.escalation or "", Held())
    return evaluate(with_named(side.policies, held.deny_refs), ask, under, pod=pod, override=held.override)


def run_cases(files: Sequence[CaseFile], side: DenySide, *, fits: Fits, schemas: Schemas) -> tuple[CaseResult, ...]:
    """Run every case in order. What can't be read as a case has failed, and so has a file without any."""
    results: list[CaseResult] = []
    for file in files:
        if not file.pieces:
            nothing = Finding(
                UNREADABLE, "there is no case in it", Location(file.path), hint="add one, or leave it out"
            )
            results.append(_failed(file.path, Location(file.path), (nothing,)))
        for piece in file.pieces:
            if not piece.documents:
                results.append(_failed("(unreadable)", piece.findings[0].location, piece.findings))
            for document in piece.documents:
                read = read_case(document, fits=fits, schemas=schemas, tenants=side.tenants)
                if read.value is None:
                    name = document.data.get("name")
                    told = name if isinstance(name, str) else "(unreadable)"
                    results.append(_failed(told, document.at(), read.findings))
                else:
                    results.append(_run(read.value, side, read.findings))
    return tuple(results)


def _failed(name: str, place: Location, findings: Sequence[Finding]) -> CaseResult:
    return CaseResult(name, place, None, findings=tuple(findings))


def _run(case: PolicyCase, side: DenySide, findings: Sequence[Finding]) -> CaseResult:
    held = side.escalations.get(case.under.escalation or "", Held())
    policies = with_named(side.policies if case.policies is None else case.policies, held.deny_refs)
    override = case.override if case.has_override else held.override
    verdict = evaluate(policies, case.ask, case.under, pod=case.pod, override=override)
    return CaseResult(case.name, case.location, verdict, _differences(case.expected, verdict), findings)


def _differences(expected: Expected, verdict: Verdict) -> tuple[Difference, ...]:
    wanted: dict[str, tuple[object, object]] = {
        "decision": (_word(expected.decision), _word(verdict.answer)),
        "policy": (expected.policy, verdict.policy),
        "reason": (expected.reason, verdict.reason),
        "score": (expected.score, verdict.score),
        "factors": (list(expected.factors), list(verdict.factors)),
    }
    return tuple(
        Difference(name, want, found)
        for name, (want, found) in wanted.items()
        if name in expected.given and _in_order(want) != _in_order(found)
    )


def _in_order(value: object) -> object:
    """Return a value for comparing: which risks there are, and how often, is told in whatever order."""
    return sorted(value) if isinstance(value, list) else value


def _word(answer: Answer | None) -> str | None:
    return None if answer is None else answer.value
