"""Somebody may request what is offered."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.people.audiences import Named, audiences
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "nobody-may-request"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    somewhere = {escalation.name for _, escalation in facts.escalations() if escalation.clusters}
    for each in audiences(facts):
        if each.path[-1] == "allowed" and not (facts.people_of(each.audience) or facts.names_a_team(each.audience)):
            # Upstream takes an escalation that names clusters only, and then matches nobody.
            refused = each.audience.is_empty and each.document.name not in somewhere
            yield _nobody(each, Severity.ERROR if refused and each.path[0] == "spec" else Severity.WARNING)


def _nobody(named: Named, severity: Severity) -> Finding:
    why = ": it names no user and no group" if named.audience.is_empty else ""
    return Finding(
        _ID,
        f"nobody may request {named.what}{why}",
        named.document.at(*named.path),
        severity,
        hint=f"name users or groups of identities.yaml as {'.'.join(map(str, named.path))}.groups",
    )


RULE = Rule(
    _ID,
    "somebody may request each escalation and each offer",
    "An empty list is nobody, not everybody. An offer that nobody can take reads as if it were one.",
    on_policy=_on_policy,
)
