"""Synchronising groups and the place to read them from are set together."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "group-sync"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("IdentityProvider"):
        reading = Reading(document)
        synchronises, keycloak = (reading.has("spec", field) for field in ("groupSyncProvider", "keycloak"))
        if synchronises and not keycloak:
            yield Finding(
                _ID,
                "groupSyncProvider is Keycloak, and there is no keycloak to read from",
                document.at("spec", "groupSyncProvider"),
                hint="add the `keycloak` block, or leave groupSyncProvider out",
            )
        elif keycloak and not synchronises:
            yield Finding(
                _ID,
                "nothing reads from keycloak, since groupSyncProvider is not set",
                document.at("spec", "keycloak"),
                hint="write `groupSyncProvider: Keycloak`, or leave the block out",
            )


RULE = Rule(
    _ID,
    "groupSyncProvider and keycloak are set together",
    "Upstream refuses one without the other: groups would be looked up nowhere, or a password kept for nothing.",
    on_policy=_on_policy,
)
