"""What a real API server refuses, and one that dies: told in its words, with what to do next."""

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.errors import RefusedError, UnreachableError
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.contract_place import install_crds, placed, reached
from tests.cluster.harness.becoming import eventually


@pytest.fixture(scope="module")
def installed(admin):
    install_crds(admin)


@pytest.fixture
def cluster(installed, user):
    with reached(user.admin) as cluster:
        yield cluster


@pytest.fixture
def place(cluster, admin, namespace):
    with placed(cluster, admin, namespace) as place:
        yield place


def test_what_rbac_forbids_is_refused_with_the_server_s_words(installed, user, place):
    someone = user.fresh()
    with reached(someone) as cluster:
        for attempt in (cluster.read, cluster.rbac, lambda: cluster.create(place.role())):
            with pytest.raises(RefusedError) as error:
                attempt()
            assert someone.name in error.value.message
            assert "permission is missing" in error.value.hint


def test_a_role_above_the_ceiling_is_refused_with_the_way_out(installed, user, place, world):
    someone = user.fresh()
    world.grant(
        place.namespaces[0],
        someone.name,
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create", "get"]},
    )
    with reached(someone) as cluster, pytest.raises(RefusedError) as error:
        cluster.create(place.role())
    assert "not currently held" in error.value.message
    assert "above the ceiling" in error.value.hint


def test_an_invalid_object_is_refused_with_the_field(place):
    with pytest.raises(RefusedError) as error:
        place.cluster.create(place.role(rules=[{"verbs": []}]))
    assert "rules[0].verbs" in error.value.message
    assert "names the field" in error.value.hint


def test_a_namespace_that_is_missing_is_said_to_be(place):
    with pytest.raises(RefusedError) as error:
        place.cluster.create(place.role(namespace=f"nowhere-{place.mark}"))
    assert f"nowhere-{place.mark}" in error.value.message
    assert "make the namespace" in error.value.hint


def test_an_admission_policy_is_named(place, admin, world):
    name = f"no-{place.mark}"
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["roles"]}
    head = {"apiVersion": "admissionregistration.k8s.io/v1"}
    world.make(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        {
            **head,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {"resourceRules": [rule]},
                "matchConditions": [{"name": "mine", "expression": f"object.metadata.name.endsWith('{place.mark}')"}],
                "validations": [{"expression": "false", "message": "not today"}],
            },
        },
    )
    world.make(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        {
            **head,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        },
    )
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place.namespaces[0]}/roles?dryRun=All"
    eventually(lambda: admin.status("POST", path, place.role("probe")) == 422)
    with pytest.raises(RefusedError) as error:
        place.cluster.create(place.role())
    assert "not today" in error.value.message
    assert f"admission policy {name} refused it" in error.value.hint


def test_credentials_that_are_no_good_are_refused_and_not_repeated(installed, user, tmp_path):
    import json

    content = json.loads(user.admin.kubeconfig.read_text())
    content["users"][0]["user"] = {"token": "a-secret-token"}
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(content))
    with KubernetesCluster("test", KubernetesTarget(str(file))) as cluster, pytest.raises(RefusedError) as error:
        cluster.read()
    assert "renew the token" in error.value.hint
    assert "a-secret-token" not in repr(error.value) + str(error.value.__cause__) + str(error.value.__context__)


def test_a_server_that_died_is_unreachable_and_one_that_came_back_is_read_on(own_server, tmp_path):
    target = KubernetesTarget(str(own_server.admin_kubeconfig))
    with KubernetesCluster("test", target, deadline=15) as cluster:
        cluster.now()
        own_server.kill()
        with pytest.raises(UnreachableError) as error:
            cluster.now()
        assert error.value.hint
        own_server.start()
        eventually(lambda: _reads(cluster))


def _reads(cluster):
    try:
        cluster.now()
    except (UnreachableError, RefusedError):
        return False
    return True
