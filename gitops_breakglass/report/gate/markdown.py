"""What the gate says of a change, as the one comment on it, or as the summary of a CI job."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.comment import head_of
from gitops_breakglass.report.findings.markdown import LONGEST, code, fenced
from gitops_breakglass.report.findings.text import finding_lines
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.gate.lines import Section, sections_of, title_of, verdict_of
from gitops_breakglass.report.words import many

_WIDEST = 600
"""Characters of one line; a name or a reason that is longer is cut."""
_TALLEST = 60
"""Lines of one section."""
_FOR_WHAT_WAS_CUT = 200
_LEAST = 3 * _WIDEST
"""Characters below which no other section is begun."""


def gate_as_markdown(proposal: Proposal) -> str:
    """Return the verdict, then the sections, then the findings, 65,000 characters at most; what was cut is said.

    It begins with the marker, and the digest where there is one. All that others may have written stands in code, where
    it is no mention, link, reference, image, HTML or command.
    """
    digest = proposal.shown.digest if proposal.shown else None
    head = f"{head_of(digest)}### gitops-breakglass gate: {verdict_of(proposal)}\n\n{code(_cut(title_of(proposal)))}\n"
    return page_as_markdown(head, [*sections_of(proposal), *_findings(proposal)])


def page_as_markdown(head: str, sections: Sequence[Section]) -> str:
    """Return what begins with `head` and goes on with as many sections as a comment has room for; what was cut is said."""
    parts, room = [head], LONGEST - len(head) - _FOR_WHAT_WAS_CUT
    for number, section in enumerate(sections):
        if room < _LEAST:
            parts.append(f"\n…and {many(len(sections) - number, 'more section')}, which would make this too long.\n")
            break
        parts.append(section_as_markdown(section, room))
        room -= len(parts[-1])
    return "".join(parts)


def section_as_markdown(section: Section, room: int = LONGEST) -> str:
    """Return a section: its title, which is ours, and as many of its lines as there is room for, in a block of code."""
    return f"\n**{section.title}**\n\n{fenced(_shortened(section, room - _FOR_WHAT_WAS_CUT))}"


def _shortened(section: Section, room: int) -> list[str]:
    shown: list[str] = []
    for line in map(_cut, section.lines if section.is_whole else section.lines[:_TALLEST]):
        # A fence is longer than any row of ticks within, above and below.
        room -= len(line) + 1
        if room < 2 * _WIDEST:
            break
        shown.append(line)
    left = len(section.lines) - len(shown)
    return shown + ([f"…and {many(left, 'more line')}"] if left else [])


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _findings(proposal: Proposal) -> list[Section]:
    told = Told(proposal.findings)
    lines = [line for finding in told.by_weight() for line in finding_lines(finding, told.lines)]
    return [Section(f"Findings: {told.counts()}", lines)] if lines else []
