"""What a grant would let its subject do: the places, the rights that lead to more, and what can't be known here."""

from datetime import timedelta
from pathlib import Path

import pytest

from gitops_breakglass.core.effect import Live, effect_of
from gitops_breakglass.core.primitives import PRIMITIVES, primitives_in
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.rbac.never import never_granted
from gitops_breakglass.core.rbac.unexpanded import subtract_unexpanded
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import ClusterRole, Rbac
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule, SessionRequest
from tests.unit.rbac.stock import DISCOVERY, ROLES
from tests.unit.test_source import a_binding, an_escalation

ID = RequestId("prod", "fix")
FILE = Document("requests/prod/fix.yaml", {})
EVERYTHING = (rule(["*"], ["*"], groups=["*"]),)
ROLE_FILE = {"deployer": (rule(["get", "patch"], ["deployments"], groups=["apps"]), rule(["get"], ["secrets"]))}


def session(group="ingress-admin", *, roles=(), bindings=(), live=None):
    policy = Rbac(tuple(ClusterRole(name, rules) for name, rules in roles), bindings)
    return effect_of(SessionRequest(ID, FILE, escalation="restart"), an_escalation(group), policy, live)


def breakglass(*roles, entries=(), policy=(), live=None):
    request = BreakglassRequest(ID, FILE, Schedule(timedelta(hours=1)), roles, entries)
    return effect_of(request, None, Rbac(tuple(ClusterRole(name, rules) for name, rules in policy)), live)


@pytest.mark.parametrize("row", PRIMITIVES, ids=lambda row: row.id)
def test_each_right_of_the_table_is_named_where_a_rule_spells_it_out_and_not_beside_it(row):
    for group, resource in row.kinds:
        for verb in row.verbs:
            (found,) = primitives_in((rule([verb], [resource], groups=[group]),))
            assert (found.id, found.name, found.why) == (row.id, row.name, row.why)
            assert found.rights == (f"{verb} {resource} ({group or 'core'})",)
            assert primitives_in((rule([verb], [resource], groups=["elsewhere.example"]),)) == ()
        assert primitives_in((rule(["glance"], [resource], groups=[group]),)) == ()


@pytest.mark.parametrize("row", PRIMITIVES, ids=lambda row: row.id)
def test_nothing_of_the_table_is_among_what_is_never_granted(row):
    for group, resource in row.kinds:
        for verb in row.verbs:
            assert never_granted(verb, group=group, resource=resource) is None


@pytest.mark.parametrize(
    "rules",
    [
        EVERYTHING,
        (rule(["*"], ["secrets"]),),
        (rule(["get"], ["*"]),),
        (rule(["get"], ["secrets"], groups=["*"]),),
    ],
)
def test_a_wildcard_is_named_and_so_is_what_it_takes_in(rules):
    ids = [each.id for each in primitives_in(rules)]
    assert ids[:2] == ["wildcard", "read-secrets"]


def test_a_subresource_of_everything_is_taken_in():
    assert [each.id for each in primitives_in((rule(["create"], ["*/exec"]),))] == ["exec"]


def test_a_right_on_named_objects_is_told_with_their_names():
    (found,) = primitives_in((rule(["create", "get"], ["pods/exec"], names=["web-0", "web-1"]),))
    assert found.rights == ("create, get pods/exec named web-0, web-1 (core)",)


def test_the_rights_of_a_group_are_told_place_by_place():
    effect = session(
        roles=[("deployer", ROLE_FILE["deployer"]), ("viewer", (rule(["get"], ["pods"]),))],
        bindings=(a_binding("viewer"), a_binding("deployer", namespace="shop")),
    )
    assert [(each.namespace, each.source, [named.id for named in each.primitives]) for each in effect.places] == [
        ("", "ClusterRole viewer", []),
        ("shop", "ClusterRole deployer", ["read-secrets", "workloads"]),
    ]
    assert [each.id for each in effect.primitives] == ["read-secrets", "workloads"]


def test_without_the_cluster_it_is_said_what_only_the_cluster_knows():
    assert session(roles=[("ingress-admin", ROLE_FILE["deployer"])]).unknown == (
        "what prod itself binds to ingress-admin is not known here",
    )
    assert session().unknown == (
        "what prod itself binds to ingress-admin is not known here",
        "what ClusterRole ingress-admin holds on prod is not known here",
    )
    assert breakglass("view", "deployer", policy=[("deployer", ROLE_FILE["deployer"])]).unknown == (
        "what ClusterRole view holds on prod is not known here",
    )


def test_a_role_that_only_the_cluster_has_hides_nothing_of_the_others():
    effect = breakglass("view", entries=(NamespaceRules("shop", (rule(["get"], ["secrets"]),)),))
    assert [(each.namespace, [named.id for named in each.primitives]) for each in effect.places] == [
        ("shop", ["read-secrets"])
    ]
    assert effect.problems == ()


def test_with_the_cluster_everything_is_known_and_wildcards_are_what_it_serves():
    live = Live(Rbac((ClusterRole("ops", EVERYTHING),), (a_binding("ops"),)), DISCOVERY)
    effect = session(live=live)
    assert (effect.is_live, effect.unknown) == (True, ())
    assert "wildcard" not in {each.id for each in effect.primitives}
    assert {"read-secrets", "exec", "nodes-proxy", "persistent-volumes"} <= {each.id for each in effect.primitives}


def test_what_is_taken_off_is_told_with_its_reason():
    effect = session(roles=[("ingress-admin", (rule(["get", "impersonate"], ["users"]), rule(["get"], ["pods"])))])
    assert [(each.id, each.rule_text, each.why) for each in effect.removed] == [
        ("impersonate", "impersonate users", "its holder acts with the rights of others, and in their name")
    ]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_without_a_cluster_to_ask_what_is_never_granted_is_taken_off_all_the_same(role):
    kept = subtract_unexpanded(ROLES[role]).rules
    for each in kept:
        for group in each.api_groups:
            for resource in each.resources:
                for verb in each.verbs:
                    if "*" not in (verb, group, resource):
                        assert never_granted(verb, group=group, resource=resource) is None


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (rule(["*"], ["roles"], groups=["rbac.authorization.k8s.io"]), ("get", "list", "watch")),
        (rule(["*"], ["*"], groups=["rbac.authorization.k8s.io"]), ("get", "list", "watch")),
        (rule(["get", "update"], ["*"], groups=["admissionregistration.k8s.io"]), ("get",)),
        (rule(["*"], ["*"], groups=["access.gitops-breakglass.dev"]), None),
        (rule(["*"], ["serviceaccounts/token"]), None),
        (rule(["*"], ["pods"]), ("*",)),
        (rule(["*", "escalate"], ["roles"], groups=["*"]), ("*",)),
        (rule(["bind"], ["*"], groups=["*"]), None),
        (rule(["impersonate:user-info"], ["*"], groups=["*"]), None),
    ],
)
def test_a_wildcard_that_is_all_never_granted_keeps_what_may_be_read(asked, left):
    rules = subtract_unexpanded((asked,)).rules
    assert [each.verbs for each in rules] == ([] if left is None else [left])


def test_what_a_wildcard_loses_is_told_although_no_cluster_was_asked():
    ids = [each.id for each in subtract_unexpanded(EVERYTHING).removed]
    assert {"escalate", "bind", "impersonate", "service-account-token", "rbac", "admission", "records"} <= set(ids)
    assert subtract_unexpanded((rule(["*"], ["pods"]),)).removed == ()


def test_every_right_of_the_table_is_explained_in_the_docs():
    page = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
    told = [line for line in page.splitlines() if line.startswith("| `")]
    rows = [f"| `{each.id}` | {each.name} | {each.why} |" for each in PRIMITIVES]
    assert [line for line in told if line in rows] == rows
    assert [line for line in told if line not in rows and line.count("|") == 4 and "wildcard" in line] != []
