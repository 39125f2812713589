"""What is told where a grant can change the labels that a policy goes by."""

from dataclasses import replace

import pytest

from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.model.deny import DenyPolicy, NamespaceFilter, SelectorTerm
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.grant import ScopedRules
from tests.unit.deny.grants import HERE, compiled, deny, grant, rule
from tests.unit.deny.test_compile_pods import EXEC, RULES

BY_LABEL = replace(RULES, exempt_labels=(("debug", "true"),))
SHELLS = DenyPolicy("shells", HERE, pods=BY_LABEL)
HELD = InstalledGuard(rules=True, pod_rules=frozenset({digest_of("shells", BY_LABEL, None)}))
PROD = NamespaceFilter((), (SelectorTerm((("tier", "prod"),)),))


def notes(scopes, policy):
    return [(note.rule, note.message, note.location) for note in compiled(scopes, policy, guard=HELD).notes]


def told(what, kind, policy):
    evaded = "with that the labels can be changed, and the deny evaded"
    return [("labels-within-reach", f"{policy} goes by labels of {kind}, and {what} is granted: {evaded}", HERE)]


@pytest.mark.parametrize(
    "verb, resource, group",
    [
        ("patch", "pods", ""),
        ("create", "pods", ""),
        ("update", "pods/status", ""),
        ("create", "pods/binding", ""),
        ("create", "bindings", ""),
        ("patch", "deployments", "apps"),
        ("create", "jobs", "batch"),
    ],
)
def test_a_grant_that_may_label_pods_and_enter_those_with_a_label_is_told(verb, resource, group):
    labels = rule([verb], [resource], groups=[group])
    name, slash, below = resource.partition("/")
    what = f"{verb} {name}{f'.{group}' if group else ''}{slash}{below}"
    assert notes(grant(EXEC, labels), SHELLS) == told(what, "pods", "shells")
    one_place = (*grant(EXEC, place="shop"), ScopedRules("", (labels,), "ClusterRole keys"))
    assert notes(one_place, SHELLS) == told(what, "pods", "shells")


def test_labels_that_cannot_be_reached_or_do_not_count_are_not_told():
    labels = rule(["patch"], ["pods"])
    elsewhere = (*grant(EXEC, place="shop"), ScopedRules("tools", (labels,), "Role keys"))
    assert notes(elsewhere, SHELLS) == []
    assert notes(grant(EXEC, rule(["delete", "get"], ["pods"])), SHELLS) == []
    assert notes(grant(labels), SHELLS) == []
    assert notes(grant(EXEC, labels), replace(SHELLS, pods=RULES)) == []


@pytest.mark.parametrize(
    "verb, resource", [("patch", "namespaces"), ("update", "namespaces/status"), ("update", "namespaces/finalize")]
)
def test_a_grant_that_may_label_the_namespaces_that_a_rule_is_about_is_told(verb, resource):
    policy = deny(["delete"], ["secrets"], namespaces=PROD)
    asked = grant(rule(["delete"], ["secrets"]), rule([verb], [resource]))
    assert notes(asked, policy) == told(f"{verb} {resource}", "namespaces", "keys")
    assert notes(asked, deny(["delete"], ["secrets"], namespaces=NamespaceFilter(("prod-*",)))) == []
    assert notes(grant(rule(["delete"], ["secrets"]), rule(["get"], ["namespaces"])), policy) == []
