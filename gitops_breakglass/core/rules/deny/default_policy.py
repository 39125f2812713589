"""The default deny policies are turned off by their names, and nothing else has these."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity

_ID = "default-policy"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    names = {each.name for each in facts.policy.shipped}
    for document in facts.of_kind("Configuration"):
        for index, name in enumerate(facts.policy.configuration.defaults_off):
            yield _off(name, names, document.at("defaultPolicies", "disabled", index))
    for document in facts.of_kind("DenyPolicy"):
        if document.name in names:
            yield Finding(
                _ID,
                f"a default deny policy is called {document.name} too, and this one does not take its place",
                document.at("metadata", "name"),
                Severity.WARNING,
                hint="give it another name; to have it instead, turn the default off in breakglass.yaml as well",
            )


def _off(name: str, names: set[str], where: Location) -> Finding:
    if name in names:
        hint = f"docs/default-policies.md#{name} says what it keeps away"
        return Finding(_ID, f"the default deny policy {name} is off", where, Severity.NOTE, hint=hint)
    hint = nearest(name, names) or f"there are {', '.join(sorted(names))}"
    message = f"there is no default deny policy {name}, so this turns nothing off"
    return Finding(_ID, message, where, Severity.WARNING, hint=hint)


RULE = Rule(
    _ID,
    "default deny policies are turned off by their names, which nothing else has",
    "What is off is read by whoever reviews the policy side, and a name that is misspelt turns nothing off. Where a policy "
    "of the repository has the name of a default, nobody can tell which of them denied.",
    on_policy=_on_policy,
)
