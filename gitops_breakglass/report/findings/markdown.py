"""Findings as Markdown, for a comment on a change or the summary of a CI job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from gitops_breakglass.model.finding import Finding
from gitops_breakglass.report.findings.text import finding_lines, summary
from gitops_breakglass.report.findings.told import Lines, Told
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import many

LONGEST = 65_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_TICKS = re.compile("`+")
_FOR_WHAT_WAS_CUT = 200


def told_as_markdown(told: Told) -> str:
    """Return a heading, a table of the rules, and the findings by file, those with errors first.

    All that a file may have written stands in code, where it is no mention, link, reference, image or HTML.
    """
    head = f"### gitops-breakglass check: {told.counts() or 'nothing to report'}\n\n{summary(told)}.\n"
    parts = [head, _rules(told)] if told.findings else [head]
    room = LONGEST - sum(map(len, parts)) - _FOR_WHAT_WAS_CUT
    for number, block in enumerate(blocks := _blocks(told)):
        if len(block) > room:
            parts.append(
                f"\n…and findings in {many(len(blocks) - number, 'more file')}, which would make this too long.\n"
            )
            break
        parts.append(block)
        room -= len(block)
    return "".join(parts)


def _rules(told: Told) -> str:
    pages = told.pages()
    counts = Counter(finding.rule for finding in told.findings)
    rows = []
    for rule in sorted(counts, key=lambda each: (-counts[each], each.casefold())):
        title = pages[rule].title.rstrip(".") if rule in pages else ""
        rows.append(f"| `{rule}` | {counts[rule]} | {title} |\n")
    return "\n| Rule | Findings | What it asks for |\n|---|--:|---|\n" + "".join(rows)


def _blocks(told: Told) -> list[str]:
    """Return the part of each file: where all of it would be too long for any comment, as many findings as fit."""
    order = {finding.location.path: number for number, finding in reversed(list(enumerate(told.by_weight())))}
    by_file = sorted(told.findings, key=lambda finding: order[finding.location.path])
    groups = groupby(by_file, key=lambda finding: finding.location.path)
    return [_block(path, list(found), told.lines) for path, found in groups]


def _block(path: str, findings: Sequence[Finding], lines: Lines) -> str:
    shown: list[str] = []
    room = LONGEST // 4
    for number, finding in enumerate(findings):
        said = [
            line.removeprefix(f"{printable(path)}:").lstrip() if not line.startswith("  ") else line
            for line in finding_lines(finding, lines)
        ]
        room -= sum(len(line) + 1 for line in said)
        if room < 0:
            shown.append(f"…and {many(len(findings) - number, 'more finding')} about this file")
            break
        shown += said
    return f"\n{code(path)}\n\n{fenced(shown)}"


def fenced(lines: Sequence[str]) -> str:
    """Return lines that are printable as a block of code whose fence is longer than any in it."""
    text = "".join(f"{line}\n" for line in lines)
    fence = "`" * max(3, 1 + _longest_ticks(text))
    return f"{fence}text\n{text}{fence}\n"


def code(text: str) -> str:
    """Return text as a code span, in which nothing of it has a meaning."""
    text = printable(text)
    ticks = "`" * (1 + _longest_ticks(text))
    space = " " if text.startswith("`") or text.endswith("`") or text != text.strip() else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
