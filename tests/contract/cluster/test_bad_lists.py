"""Lists on an API server's bad days: whole, begun again or refused, and never half a list."""

import pytest

from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.rules import ApiResource
from tests.contract.cluster.asked import asking
from tests.contract.cluster.scripted import Say


@pytest.fixture
def run(tmp_path):
    return asking(tmp_path)


def page(name, more=""):
    return Say(
        200, {"items": [{"metadata": {"name": name, "namespace": "shop", "uid": name}}], "metadata": {"continue": more}}
    )


NOTHING = Say(200, {"items": [], "metadata": {}})


def lists(**special):
    rbac, ours = (
        "/apis/rbac.authorization.k8s.io/v1",
        "/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/gitops-breakglass",
    )
    telekom, cloud = "breakglass.t-caas.telekom.com", "access.cloudnimbus.io"
    paths = {
        **{name: f"{rbac}/{name}" for name in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")},
        **{name: f"{ours}/{name}" for name in ("grants", "checkpoints", "trustroots")},
        "breakglasssessions": f"/apis/{telekom}/v1alpha1/namespaces/gitops-breakglass/breakglasssessions",
        "breakglasses": f"/apis/{cloud}/v1alpha1/namespaces/gitops-breakglass/breakglasses",
    }
    answers = {f"GET {path}": list(special.get(name, [NOTHING])) for name, path in paths.items()}
    return {"GET /api/v1/namespaces/kube-system": [Say(200, {"metadata": {"uid": "c-1"}})], **answers}


def names(state):
    return [live.key.name for live in state.objects]


def test_pages_are_put_together(run):
    answers = lists(roles=[page("a", "more"), page("b", "even more"), page("c")])
    came, asked = run(answers, lambda cluster: names(cluster.read()), page=1)
    assert came == ["a", "b", "c"]
    selector = "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dgitops-breakglass"
    path = "GET /apis/rbac.authorization.k8s.io/v1/roles"
    assert [each for each in asked if each.startswith(f"{path}?")] == [
        f"{path}?limit=1&{selector}",
        f"{path}?limit=1&{selector}&continue=more",
        f"{path}?limit=1&{selector}&continue=even+more",
    ]


def test_a_list_whose_state_is_forgotten_between_two_pages_begins_again(run):
    answers = lists(roles=[page("a", "more"), Say(410, {"message": "too old"}), page("a", "more"), page("b")])
    came, _ = run(answers, lambda cluster: names(cluster.read()))
    assert came == ["a", "b"]


def test_a_list_that_never_ends_well_is_not_half_a_list(run):
    answers = lists(roles=[page("a", "more"), Say(410), page("a", "more"), Say(410)])
    came, _ = run(answers, lambda cluster: cluster.read())
    assert isinstance(came, RefusedError)


@pytest.mark.parametrize("kind", ["breakglasssessions", "breakglasses"])
def test_an_upstream_kind_that_is_not_installed_is_none_of_it(run, kind):
    came, _ = run(lists(**{kind: [Say(404)]}), lambda cluster: cluster.read())
    assert (came.uid, came.objects) == ("c-1", ())


@pytest.mark.parametrize("kind", ["grants", "checkpoints", "trustroots"])
def test_without_our_own_kinds_the_cluster_is_not_installed(run, kind):
    came, _ = run(lists(**{kind: [Say(404)]}), lambda cluster: cluster.read())
    assert isinstance(came, RefusedError)
    assert came.hint == "an administrator of the cluster runs `gitops-breakglass install` first"


@pytest.mark.parametrize("kind", ["roles", "clusterrolebindings", "grants", "breakglasses"])
def test_a_list_that_may_not_be_read_is_not_an_empty_one(run, kind):
    came, _ = run(lists(**{kind: [Say(403, {"message": "no"})]}), lambda cluster: cluster.read())
    assert isinstance(came, RefusedError)


def test_a_server_that_does_not_aggregate_is_asked_group_by_group(run):
    pods = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list", "get"]}
    execs = {"name": "pods/exec", "kind": "PodExecOptions", "namespaced": True, "verbs": ["create"]}
    nodes = {"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["get"]}
    old = {"name": "jobs", "kind": "Job", "namespaced": True, "verbs": ["get"]}
    new = {**old, "verbs": ["get", "watch"]}
    answers = {
        "GET /api": [Say(200, {"kind": "APIVersions", "versions": ["v1"]})],
        "GET /apis": [
            Say(200, {"groups": [{"versions": [{"groupVersion": "batch/v1"}, {"groupVersion": "batch/v2"}]}]})
        ],
        "GET /api/v1": [Say(200, {"resources": [pods, execs, nodes]})],
        "GET /apis/batch/v1": [Say(200, {"resources": [old]})],
        "GET /apis/batch/v2": [Say(200, {"resources": [new]})],
    }
    came, _ = run(answers, lambda cluster: cluster.discovery())
    assert came.resources == (
        ApiResource("", "nodes", ("get",), namespaced=False),
        ApiResource("", "pods", ("get", "list"), namespaced=True),
        ApiResource("", "pods/exec", ("create",), namespaced=True),
        ApiResource("batch", "jobs", ("get", "watch"), namespaced=True),
    )


# -- what debug sessions make, which an installation without them may not list

PODS = "GET /api/v1/pods"
FORBIDDEN = [Say(403, {"message": "no"})]


def recorded(part, **entry):
    inventory = {part: {"inventory": [entry]}}
    return [Say(200, {"items": [{"metadata": {"name": "bg-one", "uid": "g-1", "namespace": "x"}, **inventory}]})]


def test_an_installation_without_debug_sessions_is_read_on_and_need_not_be_told(run):
    came, _ = run({**lists(roles=[page("a")]), PODS: FORBIDDEN}, lambda cluster: cluster.read())
    assert (names(came), came.unreadable) == (["a"], ())


@pytest.mark.parametrize("part", ["spec", "status"])
def test_what_records_list_and_nobody_may_look_for_is_told(run, part):
    grants = recorded(part, apiVersion="v1", kind="Pod", namespace="shop", name="bg-two")
    came, _ = run({**lists(grants=grants), PODS: FORBIDDEN}, lambda cluster: cluster.read())
    assert names(came) == ["bg-one"]
    assert came.unreadable == ("prod: list pods: no: this installation has no debug sessions: install again",)


def test_what_records_list_of_other_kinds_does_not_matter(run):
    grants = recorded("spec", apiVersion="v1", kind="ConfigMap", namespace="shop", name="bg-two")
    came, _ = run({**lists(grants=grants), PODS: FORBIDDEN}, lambda cluster: cluster.read())
    assert came.unreadable == ()


def test_an_unreadable_list_of_a_record_is_none(run):
    grants = [Say(200, {"items": [{"metadata": {"name": "a", "uid": "g"}, "spec": {"inventory": [7, {"kind": []}]}}]})]
    came, _ = run({**lists(grants=grants), PODS: FORBIDDEN}, lambda cluster: cluster.read())
    assert came.unreadable == ()


def test_pods_that_can_not_be_listed_for_another_reason_are_not_none(run):
    came, _ = run({**lists(), PODS: [Say(422, {"message": "no"})]}, lambda cluster: cluster.read())
    assert isinstance(came, RefusedError)


def test_pods_are_listed_before_what_controls_them_and_all_of_it_before_the_records(run):
    _, asked = run(lists(), lambda cluster: cluster.read())
    paths = [each.partition("?")[0].rpartition("/")[2] for each in asked]
    assert (
        paths.index("pods") < paths.index("replicasets") < min(map(paths.index, ("deployments", "daemonsets", "roles")))
    )
    assert max(paths.index(each) for each in ("deployments", "daemonsets", "namespaces")) < paths.index("grants")
    (pods,) = [each for each in asked if each.startswith(f"{PODS}?")]
    assert pods.endswith(
        "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dgitops-breakglass%2Cgitops-breakglass.dev%2Frequest"
    )
