"""The tenants that a deny policy names have clusters."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-tenant"
_AT: Path = ("spec", "appliesTo", "tenants")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {cluster.tenant for cluster in facts.policy.clusters.values() if cluster.tenant}
    for document in facts.of_kind("DenyPolicy"):
        for index, name in enumerate(Reading(document).texts(*_AT)):
            if name not in known and SPECIAL.isdisjoint(name):
                yield Finding(
                    _ID,
                    f"no cluster has the tenant {name}",
                    document.at(*_AT, index),
                    Severity.WARNING,
                    hint=nearest(name, known) or "spec.tenant of a ClusterConfig says whose a cluster is",
                )


RULE = Rule(
    _ID,
    "the tenants of a deny policy have clusters",
    "A policy for a tenant that there is not forbids nothing anywhere.",
    on_policy=_on_policy,
)
