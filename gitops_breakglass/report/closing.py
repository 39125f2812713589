"""Changes that were closed because nobody approved them in time: what is said on each, and what the job tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.findings.markdown import code
from gitops_breakglass.report.terminal import printable

VERSION = 1


class Told(Protocol):
    """One change and what became of it."""

    @property
    def change(self) -> str:
        """Its name."""
        ...

    @property
    def request(self) -> RequestId | None:
        """What it asks for."""
        ...

    @property
    def result(self) -> str:
        """What became of it, in a word."""
        ...

    @property
    def why(self) -> str:
        """Why, in a sentence."""
        ...


def closing_comment(proposal: Proposal) -> str:
    """Return what is said on a change when it is closed: the same however often it is tried."""
    return (
        f"### gitops-breakglass: {code(str(proposal.request))} timed out\n\n"
        f"This was closed: {code(proposal.state.why)}, and a later approval would not count.\n\n"
        "Access that is still needed is asked for in a new change, under another name.\n"
    )


def closed_as_text(changes: Sequence[Told]) -> str:
    """Return a line for each change."""
    lines = [printable(f"{each.change}  {each.request or ''}  {each.result}: {each.why}") for each in changes]
    return "".join(f"{line}\n" for line in lines or ["nothing has timed out"])


def closed_as_json(changes: Sequence[Told]) -> str:
    """Return the same as JSON, versioned; its schema is schemas/output/close-timed-out.schema.json."""
    return dumped(
        {
            "version": VERSION,
            "changes": [
                {
                    "change": each.change,
                    "request": str(each.request) if each.request else None,
                    "result": str(each.result),
                    "why": each.why,
                }
                for each in changes
            ],
        }
    )
