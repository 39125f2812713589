"""A role that can be granted says which of its rights lead to more."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.primitives import PRIMITIVES, primitives_in
from gitops_breakglass.core.rbac.unexpanded import subtract_unexpanded
from gitops_breakglass.core.read.rbac import read_rule
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.roles.grantable import grantable
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.kube import DOMAIN
from gitops_breakglass.model.policy import ClusterRole
from gitops_breakglass.model.rules import ALL, PolicyRule

_ID = "escalation-primitive"
_NAMED = f"{DOMAIN}/leads-to"
_IDS = {each.id for each in PRIMITIVES}


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, role in grantable(facts):
        yield from _of_role(document, role)


def _of_role(document: Document, role: ClusterRole) -> Iterator[Finding]:
    reading = Reading(document)
    what = f"{document.kind} {role.name}"
    named = {each.strip() for each in (reading.text("metadata", "annotations", _NAMED) or "").split(",")} - {""}
    held: set[str] = set()
    for index in range(reading.count("rules")):
        rule = read_rule(reading.node("rules", index))
        # That a wildcard is too much is told by another rule; what it comes to is for each cluster to say.
        if _is_wild(rule):
            held |= {each.id for each in primitives_in((rule,))}
            continue
        for each in primitives_in((rule,)):
            if each.id not in held and each.id not in named:
                yield Finding(
                    _ID,
                    f"{what} gives {each.name} ({'; '.join(each.rights)}). {each.why}",
                    document.at("rules", index),
                    Severity.NOTE,
                    hint=f"where it has to, say so for whoever reviews it: the annotation `{_NAMED}: {each.id}`",
                )
            held.add(each.id)
        for gone in subtract_unexpanded((rule,)).removed:
            yield Finding(
                _ID,
                f"{what} has what is never granted: {gone.rule_text}, since {gone.why}",
                document.at("rules", index),
                Severity.NOTE,
                hint="it is taken out of every grant: take it out here too",
            )
    for name in sorted(named - held):
        yield Finding(
            _ID,
            f"{what} is said to lead to {name}, and gives nothing of it",
            document.at("metadata", "annotations", _NAMED),
            Severity.WARNING,
            hint=(None if name in _IDS else nearest(name, _IDS)) or "take it out, or nobody is told once it does",
        )


def _is_wild(rule: PolicyRule) -> bool:
    return any(ALL in words for words in (rule.verbs, rule.api_groups, rule.resources))


RULE = Rule(
    _ID,
    "a role that can be granted says which of its rights lead to more",
    "Some rights are more than they look like: whoever may make a pod may be any service account of its namespace. A "
    "reviewer who reads them by name in the role can say yes to that too.",
    on_policy=_on_policy,
)
