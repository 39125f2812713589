"""A deny rule names a well-known resource together with a group that serves it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rbac.well_known import GROUPS, well_known
from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "resource-in-another-group"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        groups = frozenset(reading.texts(*at, "apiGroups"))
        # A group that Kubernetes does not serve may have a resource of any name.
        if not groups or not groups <= GROUPS:
            continue
        for place, word in enumerate(reading.texts(*at, "resources")):
            found = well_known(word)
            if found is not None and groups.isdisjoint(found.groups):
                yield Finding(
                    _ID,
                    f"{word} are in none of the API groups of this rule, so it forbids nothing by it",
                    reading.document.at(*at, "resources", place),
                    Severity.WARNING,
                    hint=f'add "{found.groups[0]}" to apiGroups, or write a rule of its own for {word}',
                )


RULE = Rule(
    _ID,
    "a well-known resource stands with a group that serves it",
    "Deployments are in `apps` and not in the core group, roles in `rbac.authorization.k8s.io`. A rule matches where group "
    "and resource both do, so a resource beside the wrong group is never asked for.",
    on_policy=_on_policy,
)
