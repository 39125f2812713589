"""A session names an escalation that there is, by its name or by the group that it gives."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import named
from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "unknown-escalation"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest) or named(request, policy):
        return
    at = request.document.at
    if request.escalation is None and request.granted_group is None:
        yield Finding(
            _ID, "it names no escalation", at("spec"), hint="write `escalation:` below spec, with the name of one"
        )
    elif request.escalation is not None and policy.escalation(request.escalation) is not None:
        yield Finding(
            _ID,
            f"escalation {request.escalation} does not give group {request.granted_group}",
            at("spec", "grantedGroup"),
            hint="leave spec.grantedGroup out: the escalation says the group",
        )
    elif request.escalation is not None:
        hint = nearest(request.escalation, (each.name for each in policy.escalations))
        yield Finding(
            _ID,
            f"there is no escalation {request.escalation}",
            at("spec", "escalation"),
            hint=hint or "the BreakglassEscalation documents in policies/ say what there is",
        )
    else:
        hint = nearest(request.granted_group or "", (each.group for each in policy.escalations))
        yield Finding(
            _ID,
            f"no escalation gives group {request.granted_group}",
            at("spec", "grantedGroup"),
            hint=hint or "the BreakglassEscalation documents in policies/ say what there is",
        )


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {document.name for document in facts.of_kind("BreakglassEscalation")}
    path = ("spec", "appliesTo", "escalationRefs")
    for document in facts.of_kind("DenyPolicy"):
        for index, name in enumerate(Reading(document).texts(*path)):
            if name not in known and SPECIAL.isdisjoint(name):
                yield Finding(
                    _ID,
                    f"deny policy {document.name} is about escalation {name}, which there is not",
                    document.at(*path, index),
                    Severity.WARNING,
                    hint=nearest(name, known) or "the BreakglassEscalation documents in policies/ say what there is",
                )


RULE = Rule(
    _ID,
    "the escalation of a session exists",
    "A session is one escalation's rights for a while; without the escalation there is nothing to grant and nobody to ask.",
    on_request=_on_request,
    on_policy=_on_policy,
)
