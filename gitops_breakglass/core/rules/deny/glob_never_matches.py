"""Lists of a deny policy that are compared word by word hold no globs."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "glob-never-matches"
_OF_RULES = ("verbs", "apiGroups", "resources", "subresources")
_OF_SCOPES = ("clusters", "tenants", "sessions", "escalationRefs")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for path in _lists(reading):
            for index, word in enumerate(reading.texts(*path)):
                if word != "*" and not SPECIAL.isdisjoint(word):
                    yield Finding(
                        _ID,
                        f"{path[-1]} are compared word by word, so {word} matches nothing",
                        document.at(*path, index),
                        Severity.WARNING,
                        hint='write each name out; `"*"` alone stands for all of them',
                    )


def _lists(reading: Reading) -> Iterator[Path]:
    yield from (("spec", "appliesTo", field) for field in _OF_SCOPES)
    for index in range(reading.count("spec", "rules")):
        yield from (("spec", "rules", index, field) for field in _OF_RULES)


RULE = Rule(
    _ID,
    "no glob stands where names are compared word by word",
    "Globs are read in the lists of namespaces and of object names only. Elsewhere `prod-*` is the name of something "
    "that there is not, and the policy is silently about nothing.",
    on_policy=_on_policy,
)
