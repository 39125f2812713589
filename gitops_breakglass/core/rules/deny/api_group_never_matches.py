"""A deny rule names API groups as requests carry them: without a version, and the core group as the empty text."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "api-group-never-matches"
_CORE = frozenset({"core", "v1"})


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        for place, word in enumerate(reading.texts(*at, "apiGroups")):
            group, slash, _ = word.partition("/")
            if slash or word in _CORE:
                meant = "" if group in _CORE else group
                yield Finding(
                    _ID,
                    f"no API group is called {word}, so this rule forbids nothing by it",
                    reading.document.at(*at, "apiGroups", place),
                    Severity.WARNING,
                    hint='the core group is `""`' if not meant else f"write `{meant}`: requests carry no version here",
                )


RULE = Rule(
    _ID,
    "API groups are named as requests carry them",
    "Pods, secrets and services are in the group with the empty name, which pages call core, and a version is no part of a "
    "group. Groups are compared word by word: `core`, `v1` and `apps/v1` are never asked for.",
    on_policy=_on_policy,
)
