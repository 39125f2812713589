"""All that the sweeper's account can do, by real calls: each verb on each resource that the API server serves."""

from __future__ import annotations

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from gitops_breakglass.model.kube import NAMESPACE, RBAC, RBAC_GROUP
from tests.cluster.harness.actor import Actor
from tests.cluster.install_fixture import Installed

FORBIDDEN = 403
NAMES = ("absent", "reconciler", "sweeper")
ELSEWHERE = "default"
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

LOOKS = {"list", "watch"}
SEES = {"get", "list", "watch"}
ENDS = {"delete", "get", "list", "patch"}
"""What debug sessions make, of the kinds that this policy side asks for: patched for finalizers, as the fence sees to."""
EVERYWHERE = {
    "bindings of RBAC": (
        {"rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"},
        SEES | {"delete", "patch"},
    ),
    "roles of RBAC": (
        {"roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"},
        SEES | {"delete", "patch", "update"},
    ),
    "debug sessions": (
        {
            "configmaps",
            "daemonsets.apps",
            "deployments.apps",
            "replicasets.apps",
            "networkpolicies.networking.k8s.io",
            "pods",
            "resourcequotas",
        },
        ENDS,
    ),
    "namespaces": ({"namespaces"}, {"delete", "get", "list"}),
    "reviews of itself, as everybody": (
        {
            "selfsubjectaccessreviews.authorization.k8s.io",
            "selfsubjectreviews.authentication.k8s.io",
            "selfsubjectrulesreviews.authorization.k8s.io",
        },
        {"create"},
    ),
}
AT_HOME = {
    "records": (
        {
            "checkpoints.access.gitops-breakglass.dev",
            "grants.access.gitops-breakglass.dev",
            "trustroots.access.gitops-breakglass.dev",
        },
        SEES,
    ),
    "what deny policies keep away": ({"guardparameters.access.gitops-breakglass.dev"}, SEES | {"delete"}),
    "resources beside records": (
        {
            "breakglasses.access.cloudnimbus.io",
            "breakglasssessions.breakglass.t-caas.telekom.com",
            "debugsessions.breakglass.t-caas.telekom.com",
        },
        SEES | {"delete"},
    ),
    "statuses": (
        {
            "breakglasses/status.access.cloudnimbus.io",
            "breakglasssessions/status.breakglass.t-caas.telekom.com",
            "debugsessions/status.breakglass.t-caas.telekom.com",
            "grants/status.access.gitops-breakglass.dev",
        },
        {"patch", "update"},
    ),
}
LEASES = {
    ("get", "leases.coordination.k8s.io", NAMESPACE, "reconciler"),
    ("get", "leases.coordination.k8s.io", NAMESPACE, "sweeper"),
    ("update", "leases.coordination.k8s.io", NAMESPACE, "sweeper"),
}


def expected(resources):
    """The whole list of what is not refused: verb, resource, namespace (empty: the whole cluster), name (empty: any)."""
    for kinds, verbs in EVERYWHERE.values():
        for kind, verb in itertools.product(kinds, verbs):
            places = ("", ELSEWHERE, NAMESPACE) if resources[kind] else ("",)
            yield from ((verb, kind, place, "") for place in places if place or not resources[kind] or verb in LOOKS)
    for kinds, verbs in AT_HOME.values():
        yield from ((verb, kind, NAMESPACE, "") for kind, verb in itertools.product(kinds, verbs))
    yield from LEASES


def served(admin: Actor):
    """Every resource and subresource, with its path before and after the namespace, and whether it is namespaced."""
    groups = [("/api/v1", "")]
    for group in admin.must("GET", "/apis")["groups"]:
        groups += [(f"/apis/{group['preferredVersion']['groupVersion']}", group["name"])]
    for root, group in groups:
        for each in admin.must("GET", root)["resources"]:
            yield root, f"{each['name']}.{group}" if group else each["name"], each["name"], each["namespaced"]


def calls(root, resource, name, namespaced):
    """The calls of each verb in each place: verb, resource, place, name, then method, path and body."""
    plural, _, sub = name.partition("/")
    for place in ("", ELSEWHERE, NAMESPACE) if namespaced else ("",):
        many = f"{root}/namespaces/{place}/{plural}" if place else f"{root}/{plural}"
        # On all namespaces together one can only look.
        one = place or not namespaced
        for verb in VERBS if not sub else ("create", "delete", "get", "patch", "update"):
            method = {"create": "POST", "update": "PUT", "patch": "PATCH"}.get(
                verb, "DELETE" if "delete" in verb else "GET"
            )
            body = {} if verb in {"create", "update", "patch"} else None
            dry = "" if method == "GET" else "?dryRun=All"
            if verb == "watch":
                dry = "?watch=1&timeoutSeconds=1"
            if verb in {"list", "watch"} or (one and not sub and verb in {"create", "deletecollection"}):
                yield verb, resource, place, "", method, f"{many}{dry}", body
            elif one and (sub or verb not in {"create", "deletecollection"}):
                for each in NAMES if plural == "leases" else NAMES[:1]:
                    path = f"{many}/{each}" + (f"/{sub}" if sub else "")
                    yield verb, resource, place, each if plural == "leases" else "", method, f"{path}{dry}", body


def test_all_that_the_sweeper_can_do_is_this_list(installed: Installed):
    resources = {resource: namespaced for _, resource, _, namespaced in served(installed.admin)}
    asked = [call for each in served(installed.admin) for call in calls(*each)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda call: installed.sweeper.status(*call[4:]), asked))
    assert len(asked) > 1000
    allowed = {call[:4] for call, status in zip(asked, answers, strict=True) if status != FORBIDDEN}
    wanted = set(expected(resources))
    assert sorted(allowed - wanted) == []
    assert sorted(wanted - allowed) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Impersonate-User": "alice@example.com"},
        {"Impersonate-User": "system:serviceaccount:gitops-breakglass:reconciler"},
        {"Impersonate-User": "x", "Impersonate-Group": "system:masters"},
        {"Impersonate-User": "x", "Impersonate-Uid": "1"},
        {"Impersonate-User": "x", "Impersonate-Extra-Scopes": "all"},
    ],
    ids=str,
)
def test_it_can_be_nobody_else(installed, headers):
    answer = installed.sweeper.request("GET", "/api/v1/namespaces/kube-system", headers=headers)
    assert answer.status == FORBIDDEN


@pytest.mark.parametrize("path", ["/metrics", "/logs/", "/debug/pprof/", "/configz", "/statusz", "/flagz"])
def test_it_reads_nothing_of_the_server_itself(installed, path):
    assert installed.sweeper.status("GET", path) == FORBIDDEN


RBAC_REF = {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "view"}
POD = {"containers": [{"name": "main", "image": "registry.example.com/shell:1"}]}
LABELS = {"app": "of-others"}
WORKLOAD = {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": POD}}
OF_OTHERS = {
    f"/apis/{RBAC}/clusterroles": {"rules": []},
    f"/apis/{RBAC}/clusterrolebindings": {"roleRef": RBAC_REF},
    f"/apis/{RBAC}/namespaces/{ELSEWHERE}/roles": {"rules": []},
    f"/apis/{RBAC}/namespaces/{ELSEWHERE}/rolebindings": {"roleRef": RBAC_REF},
    "/api/v1/namespaces": {},
    f"/api/v1/namespaces/{ELSEWHERE}/pods": {"spec": POD},
    f"/api/v1/namespaces/{ELSEWHERE}/configmaps": {"data": {}},
    f"/api/v1/namespaces/{ELSEWHERE}/resourcequotas": {"spec": {}},
    f"/apis/apps/v1/namespaces/{ELSEWHERE}/deployments": {"spec": {**WORKLOAD, "replicas": 0}},
    f"/apis/apps/v1/namespaces/{ELSEWHERE}/daemonsets": {"spec": WORKLOAD},
    f"/apis/apps/v1/namespaces/{ELSEWHERE}/replicasets": {"spec": {**WORKLOAD, "replicas": 0}},
    f"/apis/networking.k8s.io/v1/namespaces/{ELSEWHERE}/networkpolicies": {
        "spec": {"podSelector": {"matchLabels": LABELS}}
    },
}


@pytest.mark.parametrize("collection", OF_OTHERS, ids=lambda path: path.rpartition("/")[2])
def test_what_is_not_ours_it_neither_changes_nor_deletes(installed, collection):
    """Of every kind of which it may delete ours: each write to an object of others is refused."""
    name = f"of-others-{uuid.uuid4().hex[:8]}"
    path = f"{collection}/{name}"
    installed.admin.must(
        "POST", collection, {"metadata": {"name": name, "finalizers": ["example.com/kept"]}, **OF_OTHERS[collection]}
    )
    try:
        before = installed.admin.must("GET", path)
        for method, body in (
            ("DELETE", None),
            ("PATCH", {"metadata": {"finalizers": None}}),
            ("PATCH", {"metadata": {"labels": {"app.kubernetes.io/managed-by": "gitops-breakglass"}}}),
            ("PUT", before),
        ):
            answer = installed.sweeper.request(method, path, body)
            assert answer.status == FORBIDDEN, (method, answer)
        assert installed.admin.must("GET", path)["metadata"]["uid"] == before["metadata"]["uid"]
    finally:
        installed.admin.request("PATCH", path, {"metadata": {"finalizers": None}})
        installed.admin.request("DELETE", path)
