"""The API server as witness: what reconciler, sweeper and administrators can't do, by real calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gitops_breakglass.core.install import fence, guard
from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, RBAC, RBAC_GROUP
from tests.cluster import (  # noqa: F401 - they fill CASES
    witness_marks,
    witness_session_guard,
    witness_sessions,
    witness_subjects,
    witness_windows,
)
from tests.cluster.harness.actor import Actor
from tests.cluster.install_fixture import Installed, staged
from tests.cluster.witness_cases import CASES, Case
from tests.cluster.witness_stage import OURS, RULES, Stage, ours

FORBIDDEN = 403
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@pytest.fixture
def stage(installed: Installed) -> Iterator[Stage]:
    with staged(installed) as stage:
        yield stage


def named(case: Case) -> str:
    return case.act.__name__


@pytest.mark.parametrize("case", CASES, ids=named)
def test_fence_and_guard_refuse_and_let_the_matching_call_pass(stage: Stage, case: Case):
    passes, refused = case.act(stage)
    assert passes.status in range(200, 300), passes.message
    assert refused.status == FORBIDDEN, refused
    # Of several policies that refuse it, the API server names any.
    assert "denied request" in refused.message
    if case.is_alone:
        assert f"'{case.policy}'" in refused.message
        assert case.says in refused.message


def test_every_clause_has_a_call_that_it_refuses(installed: Installed):
    clauses = {
        (each["metadata"]["name"], validation["message"])
        for each in installed.bundle.manifests
        if each["kind"] == "ValidatingAdmissionPolicy"
        for validation in each["spec"]["validations"]
    }
    untried = {
        (policy, message)
        for policy, message in clauses
        if not any(case.policy == policy and case.says in message for case in CASES)
    }
    assert not untried


# -- beyond admission: what the two hold no right to


def rules(verbs: list[str], resources: list[str], group: str = "") -> list[dict[str, list[str]]]:
    return [{"apiGroups": [group], "resources": resources, "verbs": verbs}]


ABOVE_THE_CEILING = {
    "wildcard_verb": rules(["*"], ["configmaps"]),
    "wildcard_resource": rules(["get"], ["*"]),
    "wildcard_group": rules(["get"], ["configmaps"], "*"),
    "escalate": rules(["escalate"], ["roles"], RBAC_GROUP),
    "bind": rules(["bind"], ["roles"], RBAC_GROUP),
    "impersonate": rules(["impersonate"], ["users"]),
    "tokens": rules(["create"], ["serviceaccounts/token"]),
    "policies": rules(["delete"], ["validatingadmissionpolicybindings"], "admissionregistration.k8s.io"),
    "records": rules(["update"], ["grants"], "access.gitops-breakglass.dev"),
}


@pytest.mark.parametrize("asked", ABOVE_THE_CEILING.values(), ids=ABOVE_THE_CEILING.keys())
def test_the_reconciler_makes_no_role_above_the_ceiling(stage: Stage, asked):
    roles = f"{stage.rbac}/roles"
    assert stage.reconciler.status("POST", roles, stage.role()) == 201
    answer = stage.reconciler.request("POST", roles, stage.role(rules=asked))
    assert answer.status == FORBIDDEN
    assert "attempting to grant RBAC permissions not currently held" in answer.message


def test_the_reconciler_makes_no_role_that_the_cluster_would_fill(stage: Stage):
    summed = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    answer = stage.reconciler.request(
        "POST", f"/apis/{RBAC}/clusterroles", {"metadata": ours(), "aggregationRule": summed}
    )
    assert answer.status == FORBIDDEN
    assert "cluster-admin privileges to use the aggregationRule" in answer.message


def test_the_reconciler_binds_nobody_to_cluster_admin(stage: Stage):
    bound = stage.binding(role="cluster-admin", kind="ClusterRole")
    answer = stage.reconciler.request("POST", f"/apis/{RBAC}/clusterrolebindings", bound)
    assert answer.status == FORBIDDEN
    assert "attempting to grant RBAC permissions not currently held" in answer.message


@pytest.mark.parametrize("who", ["reconciler", "sweeper"])
@pytest.mark.parametrize(
    "method, path",
    [
        ("DELETE", f"{POLICIES}/{fence.FENCE}"),
        ("DELETE", f"{POLICIES}/{guard.WINDOWS}"),
        ("PATCH", f"{POLICIES}/{fence.FENCE}"),
        ("DELETE", f"{POLICIES.removesuffix('ies')}ybindings/{fence.FENCE}"),
        ("PATCH", f"{POLICIES.removesuffix('ies')}ybindings/{fence.FENCE}"),
        ("PATCH", f"/apis/{RBAC}/clusterroles/{CEILING}"),
        ("DELETE", f"/apis/{RBAC}/clusterrolebindings/{CEILING}"),
        ("PATCH", f"{OURS}/trustroots/trust-root"),
        ("DELETE", f"{OURS}/trustroots/trust-root"),
        ("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/grants.access.gitops-breakglass.dev"),
        ("DELETE", f"/api/v1/namespaces/{NAMESPACE}"),
        ("POST", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/reconciler/token"),
        ("GET", "/api/v1/namespaces/kube-system"),
    ],
)
def test_neither_identity_touches_what_holds_it(stage: Stage, who, method, path):
    actor: Actor = getattr(stage, who)
    # The last row is the call beside the others that both may make.
    expected = 200 if method == "GET" else FORBIDDEN
    assert actor.status(method, f"{path}?dryRun=All", {}) == expected


@pytest.mark.parametrize("who", ["reconciler", "sweeper"])
def test_neither_identity_acts_as_somebody_else(stage: Stage, who):
    actor: Actor = getattr(stage, who)
    path = f"/apis/{RBAC}/clusterroles"
    assert actor.status("GET", path) == 200
    answer = actor.request(
        "GET", path, headers={"Impersonate-User": "test-admin", "Impersonate-Group": "system:masters"}
    )
    assert answer.status == FORBIDDEN
    assert "cannot impersonate" in answer.message


@pytest.mark.parametrize("who", ["reconciler", "sweeper"])
def test_both_may_ask_what_they_may(stage: Stage, who):
    actor: Actor = getattr(stage, who)
    review = {"spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}}}
    assert actor.status("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review) == 201


MAKING: dict[str, Callable[[Stage], tuple[str, object]]] = {
    "role": lambda stage: (f"{stage.rbac}/roles", stage.role()),
    "cluster_role": lambda stage: (f"/apis/{RBAC}/clusterroles", stage.role()),
    "binding": lambda stage: (f"{stage.rbac}/rolebindings", stage.binding()),
    "record": lambda stage: (f"{OURS}/grants", stage.grant()),
    "checkpoint": lambda stage: (f"{OURS}/checkpoints", {"apiVersion": OUR_API, "metadata": ours()}),
    "config_map": lambda stage: (f"/api/v1/namespaces/{NAMESPACE}/configmaps", {"metadata": {"name": "x"}}),
    "secret": lambda stage: (f"/api/v1/namespaces/{stage.namespace}/secrets", {"metadata": {"name": "x"}}),
    "lease": lambda stage: (f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases", {"metadata": {"name": "x"}}),
}


@pytest.mark.parametrize("make", MAKING.values(), ids=MAKING.keys())
def test_the_sweeper_makes_nothing(stage: Stage, make):
    path, body = make(stage)
    assert stage.sweeper.status("POST", f"{path}?dryRun=All", body) == FORBIDDEN


def test_the_sweeper_empties_a_role_and_widens_none(stage: Stage):
    assert stage.sweeper.status("PATCH", stage.made_role(), {"rules": []}) == 200
    assert stage.sweeper.status("PATCH", stage.made_role(), {"rules": rules(["get"], ["secrets"])}) == FORBIDDEN
    assert stage.sweeper.status("PATCH", stage.made_role(), {"rules": rules(["delete"], ["configmaps"])}) == FORBIDDEN


def test_the_sweeper_strips_finalizers_and_leaves_subjects(stage: Stage):
    binding = stage.made_binding()
    assert stage.patched(stage.sweeper, binding, finalizers=None).status == 200
    changed = stage.sweeper.status(
        "PATCH", binding, {"subjects": [{"kind": "Group", "name": "x", "apiGroup": RBAC_GROUP}]}
    )
    assert changed == FORBIDDEN


@pytest.mark.parametrize("who", ["reconciler", "sweeper", "admin"])
def test_whoever_may_delete_can_end_a_grant(stage: Stage, who):
    actor: Actor = getattr(stage, who)
    assert actor.status("DELETE", stage.made_binding()) == 200
    assert actor.status("DELETE", stage.made_role()) == 200


def test_others_roles_are_none_of_the_guards_business(stage: Stage):
    role = stage.of_others("roles")
    changed = {"metadata": {"finalizers": ["example.com/stay"]}, "rules": [*RULES, *rules(["delete"], ["configmaps"])]}
    assert stage.admin.status("PATCH", role, changed) == 200
    assert stage.patched(stage.admin, role, finalizers=[]).status == 200
