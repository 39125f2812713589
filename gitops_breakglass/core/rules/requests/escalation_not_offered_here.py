"""The escalation that a session names is offered on the session's cluster."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import applies_to, candidates, named
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "escalation-not-offered-here"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest) or candidates(request, policy):
        return
    for escalation in named(request, policy):
        here = sorted(each.name for each in policy.escalations if applies_to(each, request.id.cluster))
        yield Finding(
            _ID,
            f"escalation {escalation.name} is not offered on {request.id.cluster}",
            request.document.at("spec", "escalation" if request.escalation else "grantedGroup"),
            hint=f"offered there: {', '.join(here)}" if here else "no escalation is offered there",
        )


RULE = Rule(
    _ID,
    "the escalation of a session is offered on its cluster",
    "`allowed.clusters` is part of what the policy's approvers agreed to. Its globs are Go's `path.Match`: `*` alone is "
    "every cluster, `[^x]` is negation.",
    on_request=_on_request,
)
