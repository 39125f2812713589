"""An idle timeout needs an audit log to see by whether access is used."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import Escalation, PolicySide

_ID = "idle-timeout-not-enforced"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        blind = _blind(escalation, facts.policy) if escalation.idle_timeout is not None else []
        if blind:
            yield Finding(
                _ID,
                f"on {', '.join(blind)} access ends with its window, used or not: there is no audit log to see it by",
                document.at("spec", "idleTimeout"),
                facts.policy.configuration.idle_without_source,
                hint="name one as clusters.NAME.auditLog in breakglass.yaml, or leave the idle timeout out",
            )


def _blind(escalation: Escalation, policy: PolicySide) -> list[str]:
    """Return the clusters on which the escalation is offered and nobody sees what it is used for."""
    accesses = policy.configuration.clusters
    known = sorted({*accesses, *policy.clusters})
    return [
        name
        for name in known
        if matches_any(escalation.clusters, name) and (name not in accesses or accesses[name].audit_log is None)
    ]


RULE = Rule(
    _ID,
    "where access ends when it is not used, somebody sees whether it is",
    "Kubernetes does not tell whether a binding is used; the API server's audit log does. Without it an idle timeout ends "
    "nothing, and whoever wrote it would count on it.",
    on_policy=_on_policy,
)
