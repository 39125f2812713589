"""Globs for the names in a deny rule write `[^…]` for what is not in a class."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "glob-negation"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    # The schema takes no exclamation mark in the other globs.
    for reading, at in each_rule(facts, "rules"):
        for place, pattern in enumerate(reading.texts(*at, "resourceNames")):
            # No name that Kubernetes takes holds one either, so nobody means it as a character.
            if "[!" in pattern.replace("\\\\", "").replace("\\[", ""):
                yield Finding(
                    _ID,
                    f"[! in {pattern} is no negation: the class holds the exclamation mark and what follows it",
                    reading.document.at(*at, "resourceNames", place),
                    Severity.WARNING,
                    hint=f"write `{pattern.replace('[!', '[^')}`",
                )


RULE = Rule(
    _ID,
    "a class of a glob is negated with a caret",
    "Shells write `[!a]` for everything but a, Go's globs write `[^a]`. Written as in a shell the pattern matches just "
    "what was to be left out.",
    on_policy=_on_policy,
)
