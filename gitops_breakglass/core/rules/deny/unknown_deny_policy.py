"""The deny policies that an escalation, or a session, refers to are there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.deny.selection import unknown_refs
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "unknown-deny-policy"
_WHAT_THERE_IS = "the DenyPolicy documents in policies/ say what there is"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest):
        return
    known = {each.name for each in policy.deny}
    for index, name in enumerate(request.deny_refs):
        if name not in known:
            yield Finding(
                _ID,
                f"there is no deny policy {name}",
                request.document.at("spec", "denyPolicyRefs", index),
                hint=nearest(name, known) or _WHAT_THERE_IS,
            )
    for escalation in candidates(request, policy):
        for name in unknown_refs(escalation, policy):
            yield Finding(
                _ID,
                f"nothing is granted for it: escalation {escalation.name} ({escalation.location}) is to be held to deny "
                f"policy {name}, and there is none of that name",
                request.document.at("spec"),
                Severity.WARNING,
                hint="the name has to be mended there first, or the policy written",
                refuses=True,
            )


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {each.name for each in facts.policy.deny}
    for document, escalation in facts.escalations():
        for index, name in enumerate(escalation.deny_refs):
            if name not in known:
                yield Finding(
                    _ID,
                    f"there is no deny policy {name}, so nothing of escalation {escalation.name} is granted",
                    document.at("spec", "denyPolicyRefs", index),
                    Severity.WARNING,
                    hint=nearest(name, known) or _WHAT_THERE_IS,
                )


RULE = Rule(
    _ID,
    "the deny policies that an escalation or a session refers to exist",
    "A policy that is referred to holds for the session, whatever it applies to by itself. Where there is none of that "
    "name, nobody can hold the session to it, so nothing is granted.",
    on_request=_on_request,
    on_policy=_on_policy,
)
