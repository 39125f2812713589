"""An issuer belongs to one identity provider."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "issuer-not-unique"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for document in facts.of_kind("IdentityProvider"):
        if not (issuer := Reading(document).text("spec", "issuer")):
            continue
        other = first.setdefault(issuer.rstrip("/"), document.name)
        if other != document.name:
            yield Finding(
                _ID,
                f"identity provider {other} has the issuer {issuer} too",
                document.at("spec", "issuer"),
                hint="a token says its issuer only: keep one provider for each",
            )


RULE = Rule(
    _ID,
    "no two identity providers have the same issuer",
    "A token tells its issuer and nothing else of where it comes from. With two providers for one issuer, which one's limits "
    "and restrictions hold would be chance.",
    on_policy=_on_policy,
)
