"""Deny policies leave something of a request, and can be read."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.narrowing import narrowing_of
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

_ID = "deny-policy-refuses"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    found = narrowing_of(request, policy)
    if found is None or not (found.problems or found.doubts):
        # Where in the file something is takes a second reading of it.
        return
    place = request.document.at("spec")
    for each in found.problems:
        yield Finding(_ID, each.message, place, hint=each.hint)
    for each in found.doubts:
        message = f"by the policy side alone, {each.message}; only what {request.id.cluster} adds could be granted"
        yield Finding(_ID, message, place, Severity.WARNING, hint=each.hint)


RULE = Rule(
    _ID,
    "deny policies can be held to, and leave something of a request",
    "Where a deny can't be enforced, or leaves nothing, nothing is granted. That is better known before somebody approves it. "
    "What only a cluster can tell refuses nothing here; `gate` and `reconcile` ask it.",
    on_request=_on_request,
)
