"""The identity providers that documents name are in the repository, and enabled."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-identity-provider"
_LISTS: tuple[tuple[str, Path], ...] = (
    ("BreakglassEscalation", ("spec", "allowedIdentityProviders")),
    ("BreakglassEscalation", ("spec", "allowedIdentityProvidersForRequests")),
    ("BreakglassEscalation", ("spec", "allowedIdentityProvidersForApprovers")),
    ("ClusterConfig", ("spec", "identityProviderRefs")),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {document.name: Reading(document) for document in facts.of_kind("IdentityProvider")}
    for document, path, name in _named(facts):
        disabled = name in known and known[name].flag("spec", "disabled") is True
        if name in known and not disabled:
            continue
        yield Finding(
            _ID,
            f"identity provider {name} is disabled" if disabled else f"there is no IdentityProvider {name}",
            document.at(*path),
            Severity.WARNING,
            hint="nobody counts as signed in by it" if disabled else nearest(name, known) or "add it to policies/",
        )


def _named(facts: PolicyFacts) -> Iterator[tuple[Document, Path, str]]:
    for kind, path in _LISTS:
        for document in facts.of_kind(kind):
            for index, name in enumerate(Reading(document).texts(*path)):
                yield document, (*path, index), name
    for document in facts.of_kind("ClusterConfig"):
        path = ("spec", "oidcFromIdentityProvider", "name")
        if (issuer := Reading(document).text(*path)) is not None:
            yield document, path, issuer
    for document in facts.of_kind("Identities"):
        reading = Reading(document)
        for person in range(reading.count("people")):
            for index, name in enumerate(reading.texts("people", person, "identityProviders")):
                yield document, ("people", person, "identityProviders", index), name


RULE = Rule(
    _ID,
    "identity providers that are named exist and are enabled",
    "Whoever has to be signed in by a provider that is not there, or disabled, can neither request nor approve, and the policy "
    "reads as if they could.",
    on_policy=_on_policy,
)
