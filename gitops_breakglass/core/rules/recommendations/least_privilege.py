"""Roles and offers name what they give, instead of everything."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.rules import ALL, Rules

_ID = "recommend-least-privilege"
_ADMIN = "cluster-admin"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for role in facts.policy.rbac.roles:
        if role.location is not None and (where := _wildcards(role.rules)):
            yield Finding(
                _ID,
                f"role {role.name} gives every {where}",
                role.location,
                Severity.WARNING,
                hint="name what is needed for the one thing that the role is for",
            )
    for document, escalation in facts.escalations():
        if escalation.group == _ADMIN:
            yield _everything(f"escalation {escalation.name}", document.at("spec", "escalatedGroup"))
    for binding in facts.policy.rbac.bindings:
        if binding.role_name == _ADMIN and binding.location is not None:
            yield _everything(f"binding {binding.name}", binding.location)
    for document in facts.of_kind("Configuration"):
        for index, offer in enumerate(facts.policy.configuration.offers):
            if _ADMIN in offer.cluster_roles:
                yield _everything(f"offer {offer.name}", document.at("offers", index, "clusterRoles"))
            if where := _wildcards(offer.rules):
                yield Finding(
                    _ID,
                    f"offer {offer.name} covers every {where}",
                    document.at("offers", index, "rules"),
                    Severity.WARNING,
                    hint="name what is needed for the one thing that the offer is for",
                )


def _wildcards(rules: Rules) -> str:
    """Say which of the three lists of a rule are wildcards."""
    found = {
        "verb": any(ALL in rule.verbs for rule in rules),
        "API group": any(ALL in rule.api_groups for rule in rules),
        "resource": any(ALL in rule.resources for rule in rules),
    }
    return ", every ".join(name for name, is_there in found.items() if is_there)


def _everything(what: str, location: Location) -> Finding:
    return Finding(
        _ID,
        f"{what} gives {_ADMIN}, which is everything",
        location,
        Severity.WARNING,
        hint="make a role for the one thing that it is for",
    )


RULE = Rule(
    _ID,
    "as little is given as the use case needs",
    "What is given by a wildcard grows with each version of Kubernetes and with each operator that is installed. Nobody "
    "approves that when it happens.",
    on_policy=_on_policy,
)
