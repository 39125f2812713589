"""By what a finding is known again in a later run, when other lines of the file have come or gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from gitops_breakglass.model.finding import Finding
from gitops_breakglass.report.findings.told import Told


def fingerprinted(told: Told) -> Iterator[tuple[Finding, str]]:
    """Yield each finding with 64 hexadecimal digits that no other finding of the run has.

    They come from the rule, the path and the words of the line, and where those are there more than once, from how many
    there were before. Neither the number of the line, nor how it is indented, nor our wording is part of it.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in told.findings:
        line = told.lines.at(finding.location) or ""
        known_by = (finding.rule, finding.location.path, " ".join(line.split()))
        seen[known_by] += 1
        parts = "\0".join((*known_by, str(seen[known_by])))
        yield finding, sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
