"""The terms of a request as a value, and what two policy sides say of it together."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.authorize.approvers import Approvers, stricter
from gitops_breakglass.core.authorize.limits import Limits, both
from gitops_breakglass.core.authorize.membership import NOBODY, Perhaps, in_both
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.request import Subject


@dataclass(frozen=True)
class Terms:
    """What one policy side says of one request. People are names of persons; durations are elapsed time."""

    source: str
    allowed: frozenset[str]
    approvers: frozenset[str]
    block_self_approval: bool
    approval_timeout: timedelta
    decision_window: timedelta
    max_duration: timedelta
    """What a request that names no duration gets, unless there is a default; what one may ask for is the rules' to judge."""
    approval_reason_mandatory: bool = False
    approval_reason_least: int = 0
    """The fewest characters of an approver's reason, where one is given."""
    default_duration: timedelta | None = None
    """What a request that names no duration gets, where that is not the longest."""
    participants: Mapping[str, Subject] = field(default_factory=dict)
    """Who else gets a debug session, by the names of persons, each as whom the cluster knows."""
    unsure: tuple[Reason, ...] = ()
    """Why these terms can't be told for sure: a team that matters for them could not be read."""
    approval_optional: bool = False
    barred: Mapping[str, Reason] = field(default_factory=dict)
    """Who is named among those who may ask and does not count, and why."""
    barred_approvers: Mapping[str, Reason] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """Approvers who are never named, only counted: they are so through a hidden group alone."""
    limits: Limits = field(default_factory=Limits)
    perhaps_allowed: Perhaps = NOBODY
    """Who may ask besides, if they are in a team of which that can't be said; likewise `perhaps_approvers`."""
    perhaps_approvers: Perhaps = NOBODY
    override: Approvers | None = None
    """Who has to approve besides, where the escalation overrides pod rules and asks for that."""

    @property
    def all_approvers(self) -> frozenset[str]:
        """Everybody whose approval is asked for, be it of the request or of what is overridden."""
        return self.approvers | (self.override.people if self.override else frozenset())

    @property
    def participating(self) -> tuple[Subject, ...]:
        """Who else gets a debug session, in the order of their names."""
        return tuple(self.participants[name] for name in sorted(self.participants))

    def may_approve(self, excluded: AbstractSet[str]) -> tuple[tuple[str, ...], int]:
        """Return the names of those whose approval would count, and how many more there are who are not named."""
        return Approvers(self.approvers, hidden=self.hidden).may_approve(excluded)


def strictest(first: Terms, second: Terms) -> Terms | tuple[Reason, ...]:
    """Return the stricter of both in every respect, or why they can't be brought together."""
    if first.source != second.source:
        return (
            Reason(
                "source-changed",
                f"when it was merged this request was one of {first.source}, now it is one of {second.source}",
                "ask again under a new name",
            ),
        )
    if dict(first.participants) != dict(second.participants):
        return (
            Reason(
                "subject-unclear",
                "who its participants are on the cluster has changed since it was merged",
                "ask again under a new name",
            ),
        )
    return Terms(
        source=first.source,
        allowed=first.allowed & second.allowed,
        approvers=first.approvers & second.approvers,
        block_self_approval=first.block_self_approval or second.block_self_approval,
        approval_timeout=min(first.approval_timeout, second.approval_timeout),
        decision_window=min(first.decision_window, second.decision_window),
        max_duration=min(first.max_duration, second.max_duration),
        approval_reason_mandatory=first.approval_reason_mandatory or second.approval_reason_mandatory,
        approval_reason_least=max(first.approval_reason_least, second.approval_reason_least),
        default_duration=_shorter(first.default_duration, second.default_duration),
        participants=first.participants,
        unsure=tuple(dict.fromkeys((*first.unsure, *second.unsure))),
        approval_optional=first.approval_optional and second.approval_optional,
        barred={**second.barred, **first.barred},
        barred_approvers={**second.barred_approvers, **first.barred_approvers},
        hidden=first.hidden | second.hidden,
        limits=both(first.limits, second.limits),
        perhaps_allowed=in_both(first.allowed, first.perhaps_allowed, second.allowed, second.perhaps_allowed),
        perhaps_approvers=in_both(first.approvers, first.perhaps_approvers, second.approvers, second.perhaps_approvers),
        override=stricter(first.override, second.override),
    )


def _shorter(first: timedelta | None, second: timedelta | None) -> timedelta | None:
    return min((each for each in (first, second) if each is not None), default=None)
