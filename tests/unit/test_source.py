"""What a request would grant, resolved from the policy side and the cluster."""

from datetime import timedelta

import pytest

from gitops_breakglass.core.rbac.algebra import rule, union
from gitops_breakglass.core.rbac.never import Removed
from gitops_breakglass.core.render.narrow import narrow, stricter
from gitops_breakglass.core.render.source import Resolved, resolve_breakglass, resolve_session
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.policy import Audience, ClusterRole, Escalation, Rbac, RoleBinding
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule, Subject
from gitops_breakglass.model.rules import Discovery
from tests.unit.rbac.stock import DISCOVERY, ROLES

HERE = Location("policies/escalations.yaml", 3, 1)
PODS = (rule(["delete", "get", "list"], ["pods"]),)
LOGS = (rule(["get"], ["pods/log"]),)
SECRETS = (rule(["get"], ["secrets"]),)
TOKENS = (rule(["create"], ["serviceaccounts/token"]),)
NOTHING = Rbac()


def an_escalation(group):
    return Escalation(
        name="restart",
        group=group,
        clusters=("*",),
        allowed=Audience(),
        approvers=Audience(),
        max_valid_for=timedelta(hours=1),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=HERE,
    )


def a_binding(role, *, to="ingress-admin", namespace="", kind="ClusterRole"):
    return RoleBinding(f"{role}-binding", kind, role, (Subject("Group", to),), namespace)


def session(group, *, policy=NOTHING, cluster=NOTHING, discovery=DISCOVERY):
    return resolve_session(an_escalation(group), policy=policy, cluster=cluster, discovery=discovery)


def breakglass(*, roles=(), entries=(), policy=NOTHING, cluster=NOTHING):
    request = BreakglassRequest(
        RequestId("prod", "fix"), Document("requests/prod/fix.yaml", {}), Schedule(timedelta(hours=1)), roles, entries
    )
    return resolve_breakglass(request, policy=policy, cluster=cluster, discovery=DISCOVERY)


def nothing(group):
    return Reason(
        "nothing-to-grant",
        f"group {group} of escalation restart has no rights on this cluster that can be granted",
        f"bind it to a role on the policy side, or add a ClusterRole named {group}",
        HERE,
    )


def test_a_cluster_role_that_is_bound_in_a_namespace_holds_there_only():
    policy = Rbac((ClusterRole("ingress-admin", PODS),), (a_binding("ingress-admin", namespace="ingress-nginx"),))
    assert session("ingress-admin", policy=policy) == Resolved(
        (ScopedRules("ingress-nginx", PODS, "ClusterRole ingress-admin"),)
    )


def test_a_cluster_role_that_is_bound_cluster_wide_holds_everywhere():
    policy = Rbac((ClusterRole("pods", PODS),), (a_binding("pods"),))
    assert session("ingress-admin", policy=policy) == Resolved((ScopedRules("", PODS, "ClusterRole pods"),))


def test_a_role_holds_in_the_namespace_of_its_binding_and_is_not_its_namesake_elsewhere():
    roles = (
        ClusterRole("pods", PODS, "shop"),
        ClusterRole("pods", SECRETS, "bank"),
        ClusterRole("pods", SECRETS),
    )
    policy = Rbac(roles, (a_binding("pods", namespace="shop", kind="Role"),))
    assert session("ingress-admin", policy=policy) == Resolved((ScopedRules("shop", PODS, "Role shop/pods"),))


@pytest.mark.parametrize("kind", ["Role", "role", "ClusterRoleBinding"])
def test_a_cluster_wide_binding_to_anything_but_a_cluster_role_gives_nothing(kind):
    policy = Rbac((ClusterRole("pods", PODS),), (a_binding("pods", kind=kind),))
    resolved = session("ingress-admin", policy=policy)
    assert (resolved.scopes, resolved.problems) == ((), (nothing("ingress-admin"),))


def test_bindings_of_the_policy_side_and_of_the_cluster_are_merged_place_by_place():
    policy = Rbac((ClusterRole("pods", PODS),), (a_binding("pods", namespace="shop"), a_binding("pods")))
    cluster = Rbac(
        (ClusterRole("logs", LOGS), ClusterRole("secrets", SECRETS)),
        (
            a_binding("logs", namespace="shop"),
            a_binding("secrets", to="somebody-else"),
            a_binding("pods", namespace="bank"),
        ),
    )
    assert session("ingress-admin", policy=policy, cluster=cluster) == Resolved(
        (
            ScopedRules("", PODS, "ClusterRole pods"),
            ScopedRules("bank", PODS, "ClusterRole pods"),
            ScopedRules("shop", (*PODS, *LOGS), "ClusterRole logs, ClusterRole pods"),
        )
    )


def test_a_user_or_service_account_with_the_name_of_the_group_is_not_the_group():
    subjects = (Subject("User", "ops"), Subject("ServiceAccount", "ops", "shop"))
    policy = Rbac((ClusterRole("pods", PODS),), (RoleBinding("b", "ClusterRole", "pods", subjects),))
    assert session("ops", policy=policy).problems == (nothing("ops"),)


def test_a_group_without_bindings_has_the_cluster_role_of_its_name():
    cluster = Rbac((ClusterRole("view", ROLES["view"]), ClusterRole("view", SECRETS, "shop")))
    assert session("view", cluster=cluster) == Resolved((ScopedRules("", union(ROLES["view"]), "ClusterRole view"),))


def test_a_group_with_a_binding_does_not_have_the_cluster_role_of_its_name_as_well():
    roles = (ClusterRole("ingress-admin", SECRETS), ClusterRole("pods", PODS))
    policy = Rbac(roles, (a_binding("pods", namespace="shop"),))
    assert session("ingress-admin", policy=policy) == Resolved((ScopedRules("shop", PODS, "ClusterRole pods"),))


def test_of_two_roles_with_one_name_the_policy_sides_counts_and_the_difference_is_told():
    policy = Rbac((ClusterRole("ops", PODS, location=HERE),))
    cluster = Rbac((ClusterRole("ops", SECRETS),))
    message = "ClusterRole ops is not the same on the policy side and on the cluster; the policy side's counts"
    assert session("ops", policy=policy, cluster=cluster) == Resolved(
        (ScopedRules("", PODS, "ClusterRole ops"),),
        (Reason("role-differs", message, "make them the same", HERE),),
    )
    split = tuple(rule([verb], ["pods"]) for verb in ("list", "get", "delete"))
    assert session("ops", policy=policy, cluster=Rbac((ClusterRole("ops", split),))).notes == ()


def test_a_bound_role_that_is_nowhere_is_told_and_the_others_are_granted():
    policy = Rbac((ClusterRole("pods", PODS),), (a_binding("pods"), a_binding("gone", namespace="shop")))
    missing = Reason(
        "missing-role",
        "ClusterRole gone is neither on the policy side nor on the cluster",
        "add it to the policy side, or make it on the cluster",
    )
    assert session("ingress-admin", policy=policy) == Resolved(
        (ScopedRules("", PODS, "ClusterRole pods"),), (missing,), missing=("ClusterRole gone",)
    )


@pytest.mark.parametrize("rules", [(), (rule(["get"], urls=["/metrics"]),)], ids=["empty", "urls-in-a-namespace"])
def test_a_role_without_rights_in_its_place_is_nothing_to_grant(rules):
    policy = Rbac((ClusterRole("empty", rules),), (a_binding("empty", namespace="shop"),))
    assert session("ingress-admin", policy=policy) == Resolved((), (), (nothing("ingress-admin"),))


def test_nothing_found_is_nothing_to_grant():
    resolved = session("ghosts")
    assert [each.rule for each in resolved.notes] == ["missing-role"]
    assert (resolved.scopes, resolved.problems) == ((), (nothing("ghosts"),))


def test_only_rights_that_are_never_granted_are_nothing_to_grant():
    note = Reason(
        "never-granted",
        "1 right is never granted: create serviceaccounts/token",
        "docs/never-granted.md says why",
    )
    removed = Removed(
        "service-account-token", "create serviceaccounts/token", "a token goes on working after the grant has ended"
    )
    assert session("tokens", policy=Rbac((ClusterRole("tokens", TOKENS),))) == Resolved(
        (), (note,), (nothing("tokens"),), (removed,)
    )


def test_urls_are_granted_cluster_wide_and_left_out_in_a_namespace():
    rules = (*PODS, rule(["get"], urls=["/metrics"]))
    policy = Rbac((ClusterRole("ops", rules),), (a_binding("ops"), a_binding("ops", namespace="shop")))
    assert [(each.namespace, each.rules) for each in session("ingress-admin", policy=policy).scopes] == [
        ("", rules),
        ("shop", PODS),
    ]


def test_without_discovery_cluster_admin_is_the_stock_urls_and_no_resource():
    cluster = Rbac((ClusterRole("cluster-admin", ROLES["cluster-admin"]),))
    (scope,) = session("cluster-admin", cluster=cluster, discovery=Discovery()).scopes
    assert all(not each.resources for each in scope.rules)


def test_the_references_minimal_example_is_the_remainder_of_admin():
    resolved = breakglass(roles=("admin",), cluster=Rbac((ClusterRole("admin", ROLES["admin"]),)))
    assert [(each.namespace, each.source) for each in resolved.scopes] == [("", "ClusterRole admin")]
    assert resolved.problems == ()
    assert [each.message for each in resolved.notes] == [
        (
            "3 rights are never granted: impersonate serviceaccounts; create serviceaccounts/token; "
            "change rolebindings, roles (rbac.authorization.k8s.io)"
        )
    ]


def test_a_breakglass_has_its_roles_everywhere_and_its_rules_in_their_namespaces():
    policy = Rbac((ClusterRole("logs", LOGS),))
    cluster = Rbac((ClusterRole("secrets", SECRETS), ClusterRole("unasked", PODS)))
    entries = (NamespaceRules("shop", PODS), NamespaceRules("bank", LOGS), NamespaceRules("shop", LOGS))
    assert breakglass(roles=("secrets", "logs"), entries=entries, policy=policy, cluster=cluster) == Resolved(
        (
            ScopedRules("", union(LOGS, SECRETS), "ClusterRole logs, ClusterRole secrets"),
            ScopedRules("bank", LOGS, "policy"),
            ScopedRules("shop", (*PODS, *LOGS), "policy"),
        )
    )


def test_a_breakglass_that_names_a_role_that_is_nowhere_gets_nothing_at_all():
    message = "ClusterRole gone is neither on the policy side nor on the cluster"
    hint = "add it to the policy side, or make it on the cluster"
    assert breakglass(roles=("logs", "gone"), policy=Rbac((ClusterRole("logs", LOGS),))) == Resolved(
        (), problems=(Reason("missing-role", message, hint),)
    )


def test_a_role_of_a_namespace_is_no_cluster_role():
    assert breakglass(roles=("logs",), policy=Rbac((ClusterRole("logs", LOGS, "shop"),))).scopes == ()


def test_rules_without_a_namespace_are_not_cluster_wide():
    resolved = breakglass(entries=(NamespaceRules("", PODS),))
    assert (resolved.scopes, [each.rule for each in resolved.problems]) == ((), ["namespace-missing"])


def test_urls_in_a_namespace_are_refused():
    resolved = breakglass(entries=(NamespaceRules("shop", (*PODS, rule(["get"], urls=["/metrics"]))),))
    message = "the rules for namespace shop name URLs, which are in no namespace: get /metrics"
    assert resolved == Resolved(
        (), problems=(Reason("url-in-namespace", message, "ask for a cluster role that holds them"),)
    )


def test_a_breakglass_for_rights_that_are_never_granted_only_is_refused():
    resolved = breakglass(entries=(NamespaceRules("shop", TOKENS),))
    assert (resolved.scopes, [each.rule for each in resolved.problems]) == ((), ["nothing-to-grant"])
    assert [each.rule for each in resolved.notes] == ["never-granted"]


def scopes(**places):
    return tuple(ScopedRules(name.removeprefix("everywhere"), rules, "signed") for name, rules in places.items())


@pytest.mark.parametrize(
    "signed, current, left",
    [
        (scopes(everywhere=PODS), scopes(everywhere=(*PODS, *LOGS)), scopes(everywhere=PODS)),
        (scopes(everywhere=(*PODS, *LOGS)), scopes(everywhere=LOGS), scopes(everywhere=LOGS)),
        (scopes(shop=PODS), scopes(everywhere=PODS), scopes(shop=PODS)),
        (scopes(everywhere=PODS), scopes(shop=PODS), scopes(shop=PODS)),
        (scopes(shop=PODS), scopes(bank=PODS), ()),
        (scopes(shop=PODS), scopes(shop=(rule(["get"], ["pods"]),)), scopes(shop=(rule(["get"], ["pods"]),))),
        (scopes(everywhere=PODS, shop=LOGS), scopes(everywhere=LOGS, shop=PODS), scopes(shop=(*PODS, *LOGS))),
        (scopes(everywhere=PODS), (), ()),
        ((), scopes(everywhere=PODS), ()),
    ],
)
def test_a_signed_grant_shrinks_to_what_its_source_still_gives(signed, current, left):
    assert narrow(signed, current) == left
    assert [(each.namespace, each.rules) for each in stricter(current, signed)] == [
        (each.namespace, each.rules) for each in left
    ]


def test_nothing_is_granted_in_our_own_namespace():
    """C8: what ends access is there, and where a loop runs inside, the key that signs decisions."""
    roles = (ClusterRole("view", PODS),)
    there = Rbac(roles, (a_binding("view", namespace="gitops-breakglass"), a_binding("view", namespace="web")))
    found = session("ingress-admin", policy=there)
    assert [scope.namespace for scope in found.scopes] == ["web"]
    assert [(note.rule, "which is ours" in note.message) for note in found.notes] == [("never-granted", True)]
    alone = Rbac(roles, (a_binding("view", namespace="gitops-breakglass"),))
    assert [each.rule for each in session("ingress-admin", policy=alone).problems] == ["nothing-to-grant"]
    entry = NamespaceRules("gitops-breakglass", SECRETS)
    assert [each.rule for each in breakglass(entries=(entry,)).problems] == ["never-granted"]
