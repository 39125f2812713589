"""A rule about impersonation names a service account by its name, and its namespace apart."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "service-account-identity"
_PREFIX = "system:serviceaccount:"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "impersonationRules"):
        for place, identity in enumerate(reading.texts(*at, "identities")):
            if identity.startswith(_PREFIX):
                namespace, _, name = identity.removeprefix(_PREFIX).partition(":")
                yield Finding(
                    _ID,
                    f"{identity} never matches: an API server asks for a service account by its name, in its namespace",
                    reading.document.at(*at, "identities", place),
                    Severity.WARNING,
                    hint=f'write `identityResources: [serviceaccounts]`, `namespaces: {{patterns: ["{namespace or "*"}"]}}` and '
                    f'`identities: ["{name or "*"}"]`',
                )


RULE = Rule(
    _ID,
    "a service account is named apart from its namespace",
    "Whoever acts as `system:serviceaccount:shop:robot` is checked for the right to impersonate the service account `robot` in "
    "the namespace `shop`, never for a user of that long name.",
    on_policy=_on_policy,
)
