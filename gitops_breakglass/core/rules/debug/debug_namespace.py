"""A debug session's pods are in a namespace that its template, and its binding, let it have."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.namespaces import namespace_reasons
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-namespace"


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if isinstance(offer, DebugOffer):
        for reason in namespace_reasons(request, offer, None):
            yield Finding(_ID, reason.message, reason.location or Location(request.document.path), hint=reason.hint)


RULE = Rule(
    _ID,
    "the pods of a debug session are in a namespace that its template lets it have",
    "A pod shares quota, network rules and service accounts with its namespace. What depends on the labels of a namespace is "
    "judged when the session is decided, since only the cluster knows them.",
    on_debug=_on_debug,
)
