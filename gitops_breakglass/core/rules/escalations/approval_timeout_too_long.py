"""The time to approve is no longer than the access."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.escalation import APPROVAL_TIMEOUT
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.window import print_duration

_ID = "approval-timeout-too-long"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        escalation = facts.policy.escalation(document.name)
        if escalation is None:
            continue
        own = Reading(document).has("spec", "approvalTimeout")
        timeout = escalation.approval_timeout if own else APPROVAL_TIMEOUT
        if timeout > escalation.max_valid_for:
            longest = print_duration(escalation.max_valid_for)
            yield Finding(
                _ID,
                f"there are {print_duration(timeout)} to approve access of {longest}"
                + ("" if own else ", since approvalTimeout is not set"),
                document.at("spec", "approvalTimeout"),
                Severity.ERROR if own else Severity.WARNING,
                hint=f"set spec.approvalTimeout to {longest} or less; upstream refuses the escalation otherwise",
            )


RULE = Rule(
    _ID,
    "an approval does not wait longer than the access lasts",
    "A request for half an hour that is approved an hour later is about something else by then.",
    on_policy=_on_policy,
)
