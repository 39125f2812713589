"""What a decision is taken on: the request, its change, the policies that judge it, and the repository's history."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.session import Sessions
from gitops_breakglass.model.unread import Unread


@dataclass(frozen=True)
class Case:
    """One request to judge.

    `policies` are the proved policy side at the first parent of the landing commit and the one in force now; the
    stricter answer of both holds. `touches` is the whole first-parent history of `requests/`, newest first.
    """

    request: Request
    change: Change | Unread
    policies: tuple[PolicySide, ...]
    touches: tuple[Touch, ...] = ()
    decided: tuple[Statement, ...] = ()
    """What was decided before on this cluster, whatever history says now."""
    sessions: Sessions | None = None
    """The sessions that landed before it; None where nobody has counted them."""
    facts: Facts | None = None
    """What was looked for on the cluster for a debug session; None where no cluster could be seen."""


@dataclass(frozen=True)
class PolicyCase:
    """One change of the policy side to judge, by the policy that was in force before it."""

    change: Change | Unread
    policy: PolicySide
    policy_tree: str
    """The digest of the policy side that is in force."""
    before: str
    """The digest of the policy side at the first parent of the landing commit, or of the first of several."""
    after: str | None = None
    """The digest of the policy side at the commit that is to come into force; None for a change that is not merged."""
