"""A glob of the policy side can be read."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import problem
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding

_ID = "malformed-glob"
_OF_RULES: tuple[Path, ...] = (("resourceNames",), ("namespaces", "patterns"))
_OF_IMPERSONATION: tuple[Path, ...] = (("identities",), ("extraKeys",), ("namespaces", "patterns"))


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.documents:
        reading = Reading(document)
        for path in _lists(reading):
            for index, glob in enumerate(reading.texts(*path)):
                if (what := problem(glob)) is not None:
                    yield Finding(
                        _ID,
                        f"this glob matches nothing: {what}",
                        document.at(*path, index),
                        hint=_hint(glob),
                    )


def _hint(glob: str) -> str:
    if problem(f"{glob}]") is None:
        return f"did you mean `{glob}]`?"
    return "`*` any text, `?` one character, `[a-z]` one of these, `[^a-z]` none of these"


def _lists(reading: Reading) -> Iterator[Path]:
    match reading.document.kind:
        case "BreakglassEscalation":
            scope = ("spec", "podSecurityOverrides", "namespaceScope")
            yield from (("spec", "allowed", "clusters"), ("spec", "clusterConfigRefs"), scope, (*scope, "patterns"))
        case "DenyPolicy":
            yield ("spec", "podSecurityRules", "exemptions", "namespaces", "patterns")
            for index in range(reading.count("spec", "rules")):
                yield from (("spec", "rules", index, *rest) for rest in _OF_RULES)
            for index in range(reading.count("spec", "impersonationRules")):
                yield from (("spec", "impersonationRules", index, *rest) for rest in _OF_IMPERSONATION)
        case "Configuration":
            for index in range(reading.count("offers")):
                yield from (("offers", index, "clusters"), ("offers", index, "namespaces"))


RULE = Rule(
    _ID,
    "a glob is well formed",
    "A glob that can't be read matches nothing, so what it was meant to offer is offered nowhere.",
    on_policy=_on_policy,
)
