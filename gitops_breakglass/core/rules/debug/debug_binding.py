"""The binding that a debug session names may be used."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-binding"


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if not isinstance(offer, tuple) or request.binding is None:
        return
    names = [each.name for each in policy.debug.bindings]
    for reason in offer:
        if reason.rule == _ID and reason.location is not None:
            hint = nearest(request.binding[1], names) if request.binding[1] not in names else None
            yield Finding(_ID, reason.message, reason.location, hint=hint or reason.hint)


RULE = Rule(
    _ID,
    "the binding that a debug session names may be used",
    "A binding is for certain templates, clusters and times. One that a session names and can't use is not passed over: the "
    "session would have other terms than it says.",
    on_debug=_on_debug,
)
