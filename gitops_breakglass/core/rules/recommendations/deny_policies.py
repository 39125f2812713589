"""Where secrets or namespaces may be deleted, a deny policy keeps the critical ones."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.recommendations.given_rights import allow, reaches, rights_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.rules import ALL

_ID = "recommend-deny-policies"
_DELETE = frozenset({"delete", "deletecollection"})


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    given = rights_of(facts.policy.rbac)
    clusters = facts.policy.clusters
    for document, escalation in facts.escalations():
        rights = given(escalation.group)
        open_ = [
            resource
            for resource in ("namespaces", "secrets")
            if allow(rights, _DELETE, "", frozenset({resource}))
            and not any(
                _protects(policy, resource) and reaches(policy, escalation, clusters)
                for policy in facts.of_kind("DenyPolicy")
            )
        ]
        if open_:
            yield Finding(
                _ID,
                f"escalation {escalation.name} lets people delete {' and '.join(open_)}, and no deny policy keeps any",
                document.at("spec", "escalatedGroup"),
                Severity.WARNING,
                hint="add a DenyPolicy with the names that nobody may delete, such as kube-system",
            )


def _protects(policy: Document, resource: str) -> bool:
    reading = Reading(policy)
    return any(
        {"delete", ALL} & set(reading.texts("spec", "rules", index, "verbs"))
        and {resource, ALL} & set(reading.texts("spec", "rules", index, "resources"))
        for index in range(reading.count("spec", "rules"))
    )


RULE = Rule(
    _ID,
    "critical secrets and namespaces are kept by a deny policy",
    "A name that is mistyped in an incident deletes something else. What must never go is named where no approval can "
    "let it.",
    on_policy=_on_policy,
)
