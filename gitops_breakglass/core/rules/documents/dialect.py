"""Fields of the use cases that an upstream cluster would drop are told, with the spelling that holds there too."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "dialect"
_FIELDS: tuple[tuple[str, Path, str], ...] = (
    ("BreakglassEscalation", ("spec", "description"), "a comment, or an annotation, is kept"),
    ("BreakglassEscalation", ("spec", "allowed", "users"), "a group with the same members is kept"),
    (
        "DenyPolicy",
        ("spec", "appliesTo", "escalationRefs"),
        "upstream matches clusters, tenants and names of sessions only",
    ),
    ("DenyPolicy", ("spec", "podSecurityRules", "exemptions", "labels"), "`podLabels` is kept"),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for kind, path, instead in _FIELDS:
        for document in facts.of_kind(kind):
            if Reading(document).has(*path):
                yield Finding(
                    _ID,
                    f"{'.'.join(str(step) for step in path)} holds here, and upstream's own operator would drop it",
                    document.at(*path),
                    Severity.NOTE,
                    hint=f"where both read the file: {instead}",
                )


RULE = Rule(
    _ID,
    "fields that upstream's schema does not have are told",
    "Both dialects are read here. An upstream operator that is given the same file drops these fields without a word, so that "
    "one policy would mean two things.",
    on_policy=_on_policy,
)
