"""What deny policies answer, as text and as JSON, and how cases of them came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from gitops_breakglass.model.deny import Verdict
from gitops_breakglass.model.policy_case import CaseResult
from gitops_breakglass.report.findings.as_json import compact, dumped, finding_json
from gitops_breakglass.report.findings.text import as_text
from gitops_breakglass.report.terminal import printable


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """Return the answer in the form of schemas/output/policy-check.schema.json."""
    return {
        "decision": verdict.answer.value,
        "policy": verdict.policy,
        "reason": verdict.reason,
        "score": verdict.score,
        "factors": list(verdict.factors),
    }


def verdicts_as_json(verdicts: Sequence[Verdict]) -> str:
    """Return one object a line, in the order of the reviews."""
    return "".join(compact(verdict_json(each)) for each in verdicts)


def verdicts_as_text(verdicts: Sequence[Verdict]) -> str:
    """Return the answer, by which policy and where, why, and what of the pod was counted."""
    return "".join(f"{line}\n" for each in verdicts for line in _lines(each))


def _lines(verdict: Verdict) -> Iterator[str]:
    by = f" by {printable(verdict.policy)}" if verdict.policy else ""
    at = f" ({printable(str(verdict.location))})" if verdict.location else ""
    yield f"{verdict.answer.value}{by}{at}"
    if verdict.reason:
        yield f"  {printable(verdict.reason)}"
    if verdict.score is not None:
        factors = f": {printable(', '.join(verdict.factors))}" if verdict.factors else ""
        yield f"  score {verdict.score}{factors}"


def cases_as_text(results: Sequence[CaseResult]) -> str:
    """Return what differs, case by case, then `N passed, N failed` on the last line."""
    lines = [line for each in results if not each.passed for line in _case(each)]
    return "".join(f"{line}\n" for line in (*lines, counts(results)))


def counts(results: Sequence[CaseResult]) -> str:
    """Return `3 passed, 1 failed`."""
    passed = sum(each.passed for each in results)
    return f"{passed} passed, {len(results) - passed} failed"


def cases_as_json(results: Sequence[CaseResult]) -> str:
    """Return the same in the form of schemas/output/policy-test.schema.json."""
    passed = sum(each.passed for each in results)
    return dumped(
        {
            "version": 1,
            "passed": passed,
            "failed": len(results) - passed,
            "cases": [_case_json(each) for each in results],
        }
    )


def _case(result: CaseResult) -> Iterator[str]:
    yield f"{printable(str(result.location))}: failed {printable(result.name)}"
    if result.verdict is None:
        yield "  it can't be read as a case:"
        yield from (f"  {line}" for line in as_text(result.findings).splitlines())
        return
    for each in result.differences:
        yield f"  - {each.field}: {_shown(each.expected)}"
        yield f"  + {each.field}: {_shown(each.found)}"
    if result.verdict.location is not None and result.verdict.policy is not None:
        yield f"  decided by {printable(result.verdict.policy)} at {printable(str(result.verdict.location))}"


def _shown(value: object) -> str:
    return printable(json.dumps(value, ensure_ascii=False))


def _case_json(result: CaseResult) -> dict[str, object]:
    return {
        "name": result.name,
        "path": result.location.path,
        "line": result.location.line or None,
        "passed": result.passed,
        "answer": None if result.verdict is None else verdict_json(result.verdict),
        "differences": [
            {"field": each.field, "expected": each.expected, "found": each.found} for each in result.differences
        ],
        "findings": [finding_json(each) for each in result.findings],
    }
