"""What the gate says of a change, as workflow commands of GitHub Actions with the whole of it in the log."""

from __future__ import annotations

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.report.findings.github import data, told_for_github
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.gate.lines import title_of, verdict_of
from gitops_breakglass.report.gate.text import verdict_as_text
from gitops_breakglass.report.terminal import printable


def gate_for_github(proposal: Proposal) -> str:
    """Return an annotation for each finding and one for the verdict, then the log."""
    command = "notice" if proposal.may_merge else "error"
    words = f"{title_of(proposal)}: {verdict_of(proposal)}"
    steps = [printable(f"{number}. {step}") for number, step in enumerate(proposal.remaining, start=1)]
    said = data("\n".join([words, *steps]))
    verdict = f"::{command} title=gitops-breakglass gate::{said}\n"
    return told_for_github(Told(proposal.findings)) + verdict + verdict_as_text(proposal)
