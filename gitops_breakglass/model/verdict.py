"""What is said of one file, and whether it may be said again without judging anew."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.finding import Finding


@dataclass(frozen=True)
class Verdict:
    """The findings about one file, or about the whole policy side, which holds `documents` documents.

    `lasting` is whether they follow from the file, its path, the policy side and this program alone.
    """

    findings: tuple[Finding, ...] = ()
    documents: int = 1
    lasting: bool = True


CLEAN = Verdict()
"""What is said of nearly every file; one object for all, which processes then hand to each other once."""
