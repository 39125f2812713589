"""What became of a request after its change was merged, as the comment that its gate left there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.comment import head_of
from gitops_breakglass.model.decision import Decision, Denied, Evidence, Granted, Pending, Purpose, Unknown
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.findings.markdown import code
from gitops_breakglass.report.gate.lines import Section
from gitops_breakglass.report.gate.markdown import section_as_markdown
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.windows import schedule_line, since_line, window_lines
from gitops_breakglass.report.words import approved_by


def outcome_as_markdown(request: RequestId, decision: Decision, *, digest: str, ledger: str) -> str:
    """Return the comment that takes the place of the gate's. `ledger` is the ledger's last entry, as anchors are written.

    It keeps the digest of what was shown, so that a later run finds what this one found; copied elsewhere by whoever reads
    it, the hash shows a ledger that was cut or written anew.
    """
    lines = list(_lines(decision))
    text = f"{head_of(digest or None)}### gitops-breakglass: {_word(decision)}\n\n{code(str(request))}\n"
    if lines:
        text += section_as_markdown(Section("What was decided", lines))
    return text + (section_as_markdown(Section("Head of the ledger", [printable(ledger)])) if ledger else "")


def _approvals(evidence: Evidence) -> Iterator[str]:
    for each in evidence.approvals:
        what = "what it overrides was " if each.purpose is Purpose.OVERRIDE else ""
        yield f"{what}approved by {printable(each.person)}"
    if not evidence.approvals:
        yield printable(f"approved by {approved_by((), evidence.merged_by)}")


def _word(decision: Decision) -> str:
    match decision:
        case Granted():
            return "granted"
        case Denied():
            return "denied"
        case Pending():
            return "pending"
        case Unknown():
            return "unknown, judged again in the next run"


def _lines(decision: Decision) -> list[str]:
    if isinstance(decision, Granted):
        lines = [printable(f"{decision.subject.name} gets {decision.evidence.source}")]
        lines += [line for window in decision.windows for line in window_lines(window, None)]
        if decision.recurrence is not None:
            lines += [schedule_line(decision.recurrence), since_line(decision.recurrence)]
        return lines + list(_approvals(decision.evidence))
    ignored = decision.ignored if isinstance(decision, Denied | Pending) else ()
    return [f"{each.rule}: {printable(each.message)}" for each in (*decision.reasons, *ignored)]
