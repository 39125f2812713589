"""Closes changes that nobody approved in time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.authorize.unmerged import State
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.decision import Unknown
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.ports import Desk


class Closing(StrEnum):
    """What became of one change."""

    CLOSED = "closed"
    WOULD_CLOSE = "would be closed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TimedOut:
    """One change that timed out, or of which that can't be known; `why` is a sentence."""

    change: str
    request: RequestId | None
    result: Closing
    why: str


def close_timed_out(
    sources: Sources, desk: Desk | None, words: Callable[[Proposal], str], *, now: datetime
) -> tuple[TimedOut, ...]:
    """Close each open change whose request nobody approved in time, saying why in `words`; without a desk, only tell.

    What is approved and in time, what somebody refused, and what touches no request is left as it is. So is what can't be
    judged now, which is told.
    """
    return tuple(_each(sources, desk, words, now))


def _each(sources: Sources, desk: Desk | None, words: Callable[[Proposal], str], now: datetime) -> Iterator[TimedOut]:
    for name in sources.forge.unmerged(since=now):
        proposal = gate(sources, name, now=now)
        if isinstance(proposal.decision, Unknown) and proposal.is_open:
            yield TimedOut(name, proposal.request, Closing.UNKNOWN, proposal.decision.reasons[0].message)
        elif proposal.is_open and proposal.request is not None and proposal.state.state is State.TIMED_OUT:
            yield _close(proposal, desk, words)


def _close(proposal: Proposal, desk: Desk | None, words: Callable[[Proposal], str]) -> TimedOut:
    result, why = Closing.WOULD_CLOSE, proposal.state.why
    if desk is not None:
        try:
            desk.close(proposal.change, words(proposal))
            result = Closing.CLOSED
        except BreakglassError as error:
            result, why = Closing.FAILED, error.in_one_line()
    return TimedOut(proposal.change, proposal.request, result, why)
