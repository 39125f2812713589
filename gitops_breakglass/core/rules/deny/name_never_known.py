"""A deny rule with names of objects is about verbs that name one."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "name-never-known"
_NAMELESS = ("create", "deletecollection", "list", "watch")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        yield from _of_rule(reading, at)


def _of_rule(reading: Reading, at: Path) -> Iterator[Finding]:
    names = reading.texts(*at, "resourceNames")
    if not names or "*" in names:
        return
    verbs = reading.texts(*at, "verbs")
    for verb in _NAMELESS:
        # Creating a subresource, such as a shell in a pod, does say the name.
        if verb in verbs and not (verb == "create" and reading.count(*at, "subresources")):
            yield Finding(
                _ID,
                f"a request to {verb} carries no name, so this rule never forbids it",
                reading.document.at(*at, "verbs", verbs.index(verb)),
                Severity.WARNING,
                hint=f"write a rule for {verb} without resourceNames, or take {verb} out",
            )


RULE = Rule(
    _ID,
    "object names go with verbs that carry one",
    "Whoever lists or watches reads every object without saying a name, and what is created has none yet. A rule that "
    "is bound to names lets all of that through.",
    on_policy=_on_policy,
)
