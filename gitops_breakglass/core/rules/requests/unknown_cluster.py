"""A request is for a cluster that the policy side knows and that can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

_ID = "unknown-cluster"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    known = policy.clusters.keys() & policy.configuration.clusters.keys()
    if request.id.cluster not in known:
        yield Finding(
            _ID,
            f"there is no cluster {request.id.cluster}",
            Location(request.document.path, 1, 1),
            hint=nearest(request.id.cluster, known)
            or "it takes a ClusterConfig in clusters/ and an entry in breakglass.yaml",
        )


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    configured = facts.policy.configuration.clusters
    for name, cluster in facts.policy.clusters.items():
        if name not in configured:
            yield Finding(
                _ID,
                f"breakglass.yaml does not say how cluster {name} is reached",
                cluster.location,
                Severity.WARNING,
                hint="until it does, requests for it are refused",
            )
    for document in facts.of_kind("Configuration"):
        for name in configured:
            if name not in facts.policy.clusters:
                yield Finding(
                    _ID,
                    f"there is no ClusterConfig {name}",
                    document.at("clusters", name),
                    Severity.WARNING,
                    hint=nearest(name, facts.policy.clusters) or "until there is, requests for it are refused",
                )


RULE = Rule(
    _ID,
    "the cluster of a request is known and can be reached",
    "The folder under requests/ names the cluster. One that nobody has described can't be reached, and a slip of the "
    "pen must not wait for ever.",
    on_request=_on_request,
    on_policy=_on_policy,
)
