"""What admission refuses to a grant's subject while the grant holds, as the parameters of the installed guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitops_breakglass.core.deny.glob_regex import any_regex
from gitops_breakglass.core.marks import metadata_of
from gitops_breakglass.core.names import binding_name, grant_name
from gitops_breakglass.model.deny import SelectorTerm
from gitops_breakglass.model.enforcement import GuardRule
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, PARAMETERS_KIND, Manifest
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.window import Window

_LONGEST = 1000
"""Of a reason: a message of an admission policy is one line of bounded length, or it is not told at all."""


def render_guards(
    statement: Statement, window: Window, rules: Sequence[GuardRule], digest: str
) -> tuple[Manifest, ...]:
    """Return the parameters of one window for everybody who gets access in it: of a debug session its participants too."""
    own = render_guard(statement, window, rules, digest)
    if own is None:
        return ()
    others = statement.debug.participants if statement.debug else ()
    return (own, *(_for_another(own, each, statement, window) for each in others))


def _for_another(own: Manifest, subject: Subject, statement: Statement, window: Window) -> Manifest:
    name = binding_name(statement.request, statement.uid, "", window.start, subject)
    return {
        **own,
        "metadata": {**own["metadata"], "name": name},
        "spec": {**own["spec"], "subject": subject_of(subject)},
    }


def render_guard(statement: Statement, window: Window, rules: Sequence[GuardRule], digest: str) -> Manifest | None:
    """Return the parameters of one window, or None where there is nothing to refuse.

    They are named as the grant's ClusterRole is, or would be if there were one.
    """
    if statement.subject is None or not rules:
        return None
    name = grant_name(statement.request, statement.uid, "", window.start)
    return {
        "apiVersion": OUR_API,
        "kind": PARAMETERS_KIND,
        "metadata": metadata_of(statement, window.end, digest, name, NAMESPACE),
        "spec": {"subject": subject_of(statement.subject), "rules": [_rule(each) for each in rules]},
    }


def subject_of(subject: Subject) -> Mapping[str, str]:
    """Return the subject as a call to the API server has it: a service account is a user there."""
    return {"kind": "User" if subject.kind == "ServiceAccount" else subject.kind, "name": subject.username}


def _rule(rule: GuardRule) -> dict[str, Any]:
    patterns = rule.namespaces.patterns
    return {
        "policy": rule.policy,
        "reason": " ".join(rule.reason.split())[:_LONGEST],
        "verbs": list(rule.verbs),
        "apiGroups": list(rule.api_groups),
        "resources": list(rule.resources),
        "subresources": list(rule.subresources),
        "places": list(rule.places),
        "names": list(rule.names),
        "namePattern": any_regex(rule.names),
        "namespaces": {
            "patterns": list(patterns),
            "pattern": any_regex(patterns),
            "terms": [_term(each) for each in rule.namespaces.terms],
        },
        "exceptNames": list(rule.except_names),
    }


def _term(term: SelectorTerm) -> dict[str, Any]:
    return {
        "labels": dict(sorted(term.labels)),
        "expressions": [
            {"key": each.key, "operator": each.operator.value, "values": list(each.values)} for each in term.expressions
        ],
    }
