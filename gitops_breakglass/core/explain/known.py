"""What an explanation is made from: the policy side, the requests that landed, and what a cluster holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops_breakglass.core.effect import Live
from gitops_breakglass.model.deny import Pod
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, RequestId


@dataclass(frozen=True)
class Landed:
    """One request that landed on the default branch, as far as it is known."""

    id: RequestId
    location: Location
    request: Request | None
    """None where the file is gone, or can't be read."""
    statement: Statement | None = None
    """What was decided on it for good, if anything was."""
    record: Record | None = None
    over: str | None = None
    """Why it has ended for good."""
    waiting: str | None = None
    """Why it is not decided yet, where that was found out."""


@dataclass(frozen=True)
class Known:
    """Everything that was found out. Without `live` no cluster was asked, so only the policy side's roles are known."""

    policy: PolicySide
    landed: tuple[Landed, ...] = ()
    live: Live | None = None
    pod: Pod | None = None
    unknown: tuple[str, ...] = ()
    """What was not found out, in sentences."""
    labels: Mapping[str, str] | None = field(default=None)
    """Those of the namespace that is asked about."""
