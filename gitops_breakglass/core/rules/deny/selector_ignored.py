"""Namespaces are named by pattern where labels of namespaces are not looked at."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "selector-ignored"
_PLACES: tuple[tuple[str, Path, str], ...] = (
    ("DenyPolicy", ("spec", "podSecurityRules", "exemptions", "namespaces"), "exemption"),
    ("BreakglassEscalation", ("spec", "podSecurityOverrides", "namespaceScope"), "override"),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for kind, path, what in _PLACES:
        for document in facts.of_kind(kind):
            reading = Reading(document)
            if not reading.count(*path, "selectorTerms"):
                continue
            alone = "" if reading.count(*path, "patterns") else f", so the {what} never applies"
            yield Finding(
                _ID,
                f"selectorTerms are not looked at for an {what}{alone}",
                document.at(*path, "selectorTerms"),
                Severity.WARNING,
                hint="name the namespaces as patterns, such as `debug-*`",
            )


RULE = Rule(
    _ID,
    "an exemption or override names namespaces by pattern",
    "Upstream knows labels of namespaces for deny rules only. An exemption that goes by labels exempts nothing, and what "
    "was meant to go on in an incident is denied.",
    on_policy=_on_policy,
)
