"""No deny policy applies to a request, until they are compiled into what is granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.core.deny.selection import policies_for
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "deny-policy-applies"
_MOST = 3


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    meant = candidates(request, policy) if isinstance(request, SessionRequest) else ()
    # A Breakglass has no escalation.
    holding = {each.location for escalation in meant or (None,) for each in policies_for(request, escalation, policy)}
    # Those that ship only ever take rights out of roles.
    applying = [each for each in policy.deny if each.location in holding and not each.ships]
    if applying:
        yield Finding(
            _ID,
            f"nothing is granted for it: {_named(applying)}, and this version can't enforce that yet",
            request.document.at("spec"),
            Severity.WARNING,
            hint="a request is granted only where what is denied can be held back: it takes a narrower appliesTo",
            refuses=True,
        )


def _named(policies: Sequence[DenyPolicy]) -> str:
    """Name them with their places; of many the first, since one is enough to keep the request from being granted."""
    names = [f"{each.name} ({each.location})" for each in policies[:_MOST]]
    if more := len(policies) - len(names):
        names.append(f"{more} more")
    if len(names) == 1:
        return f"deny policy {names[0]} applies"
    return f"deny policies {', '.join(names[:-1])} and {names[-1]} apply"


RULE = Rule(
    _ID,
    "no deny policy applies to the request",
    "Deny wins. This version does not yet build what a deny policy forbids into the rights that it grants, so it grants "
    "nothing where one applies.",
    on_request=_on_request,
)
