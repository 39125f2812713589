"""Puts what a few scenarios came to into the page that has all of them; their notes say when they were measured."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from benchmarks.expiry import report
from benchmarks.expiry.result import Result
from benchmarks.measure import table


def merged(text: str, results: Sequence[Result], when: str) -> str:
    """Return the measured part of the page with these results in the place of those of the same titles; the rest stays.

    `text` stands between the page's markers; `when` says when this was measured, with what, and how busy the machine was.
    """
    found = {each.title: each for each in results}
    head, rows, notes, peers, *rest = _blocks(text.strip())
    kept = [each for each in re.split(r"^- ", notes, flags=re.MULTILINE) if each.strip()]
    kept = [each.strip() for each in kept if not any(each.startswith(f"{title}: ") for title in found)]
    fresh = [note for each in results for note in (*report.notes_of(each), f"{each.title}: measured on {when}")]
    told = "\n".join(f"- {each}" for each in (*kept, *fresh))
    return "\n".join([head, _rows(rows, found), f"\n{told}\n", _peers(peers, results), *rest])


def _blocks(text: str) -> list[str]:
    """Return what stands before, in, between and after tables."""
    grouped = itertools.groupby(text.split("\n"), lambda line: line.startswith("|"))
    return ["\n".join(lines) for _, lines in grouped]


def _cells(block: str) -> list[list[str]]:
    heads, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n"))
    return [heads, *rows]


def _rows(block: str, found: Mapping[str, Result]) -> str:
    heads, *rows = _cells(block)
    renewed = [report.row_of(found[row[0]]) if row[0] in found else row for row in rows]
    there = {row[0] for row in rows}
    renewed += [report.row_of(each) for title, each in found.items() if title not in there]
    # What was simulated stays the last.
    return table(heads, sorted(renewed, key=lambda row: row[1] == report.SIMULATED))


def _peers(block: str, results: Sequence[Result]) -> str:
    heads, *rows = _cells(block)
    here = {what: mine for what, mine in report.here(results).items() if mine != report.NOT_MEASURED}
    return table(heads, [[row[0], here.get(row[0], row[1]), *row[2:]] for row in rows])
