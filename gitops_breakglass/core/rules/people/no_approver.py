"""Whatever is offered has somebody who may approve it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.people.audiences import Named, audiences, people_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "no-approver"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    optional = {offer.name for offer in facts.policy.configuration.offers if offer.approval_optional}
    for each in audiences(facts):
        if each.path[-1] == "allowed" or people_of(each.audience, facts.policy.identities):
            continue
        if each.audience.is_empty and each.what in {f"offer {name}" for name in optional}:
            continue
        yield _nobody(each)


def _nobody(named: Named) -> Finding:
    what = "changes of the policy side" if named.what == "policyApprovers" else named.what
    return Finding(
        _ID,
        f"nobody may approve {what}",
        named.document.at(*named.path),
        # Who is named and not known yet may be added without touching this document.
        Severity.ERROR if named.audience.is_empty else Severity.WARNING,
        hint="name users or groups that identities.yaml has",
    )


RULE = Rule(
    _ID,
    "every escalation and offer, and the policy side itself, has somebody who may approve",
    "An empty list is nobody, not everybody, and so is a group that nobody is in: nothing of it could ever be granted.",
    on_policy=_on_policy,
)
