"""The formats that the gate's word can be had in, by the names that options have for them."""

from __future__ import annotations

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.report.gate.as_json import gate_as_json
from gitops_breakglass.report.gate.github import gate_for_github
from gitops_breakglass.report.gate.markdown import gate_as_markdown
from gitops_breakglass.report.gate.text import gate_as_text
from gitops_breakglass.report.terminal import NO_PAINT, Paint


def gate_written(form: str, proposal: Proposal, paint: Paint = NO_PAINT) -> str:
    """Return the report as `text`, `json`, `github` or `markdown`, ending in a newline; only text has colours."""
    match form:
        case "json":
            return gate_as_json(proposal)
        case "github":
            return gate_for_github(proposal)
        case "markdown":
            return gate_as_markdown(proposal)
        case _:
            return gate_as_text(proposal, paint)
