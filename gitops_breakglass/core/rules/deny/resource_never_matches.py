"""A deny rule names resources by their plural, not by kind, singular or short name."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rbac.well_known import GROUPS, meant_by
from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.rules import ALL

_ID = "resource-never-matches"
_OURS = GROUPS | {ALL, "core", "v1"}


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        # In a group of their own, custom resources may be called as they like.
        is_built_in = frozenset(reading.texts(*at, "apiGroups")) <= _OURS
        for place, word in enumerate(reading.texts(*at, "resources")):
            meant = meant_by(word)
            if meant is not None and is_built_in:
                yield Finding(
                    _ID,
                    f"{word} is no resource's name, so this rule forbids nothing by it",
                    reading.document.at(*at, "resources", place),
                    Severity.WARNING,
                    hint=f"write `{meant.plural}`",
                )


RULE = Rule(
    _ID,
    "a well-known resource is named by its plural",
    "Requests name resources as paths do: `secrets`, not `Secret`, `secret` or `po`. Names are compared word by word, so "
    "the rule is silently about nothing. Resources of other groups than those of Kubernetes are left alone.",
    on_policy=_on_policy,
)
