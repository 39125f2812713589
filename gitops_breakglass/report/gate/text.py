"""What the gate says of a change, as text for people and for the log of a CI job."""

from __future__ import annotations

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.report.findings.text import told_as_text
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.gate.lines import sections_of, title_of, verdict_of
from gitops_breakglass.report.terminal import NO_PAINT, Paint, Style


def gate_as_text(proposal: Proposal, paint: Paint = NO_PAINT) -> str:
    """Return the findings, the verdict, and every section below its heading."""
    return told_as_text(Told(proposal.findings), paint) + verdict_as_text(proposal, paint)


def verdict_as_text(proposal: Proposal, paint: Paint = NO_PAINT) -> str:
    """Return the same without the findings."""
    style = Style.NOTE if proposal.may_merge else Style.ERROR
    lines = [paint(title_of(proposal), Style.PLACE), f"  {paint(verdict_of(proposal), style)}"]
    for section in sections_of(proposal):
        lines.append(f"  {section.title}:")
        lines += [f"    {line}" for line in section.lines]
    return "".join(f"{line}\n" for line in lines)
