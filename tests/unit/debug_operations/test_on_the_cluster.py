"""What the cluster says against an operation, and what follows where it can't be seen."""

from datetime import timedelta

import pytest

from gitops_breakglass.core.debug.operations.objects import wanted_facts
from gitops_breakglass.model.kube import ObjectKey
from tests.unit.debug_operations.asking import (
    NAMESPACE,
    NODE,
    NODES,
    PODS,
    WEB,
    copied,
    ephemeral,
    node_debug,
    parts_of,
    pod_copy,
    request,
    seen,
    template_with,
)

STATIC = {"kubernetes.io/config.mirror": "x"}
LABELS = {"selectorTerms": [{"matchLabels": {"debug": "allowed"}}]}
BY_LABELS = template_with("ephemeralContainers", allowedNamespaces=LABELS)
DENIED_BY_LABELS = template_with("podCopy", deniedNamespaces=LABELS)
ALLOWED = copied(NAMESPACE, metadata__labels={"debug": "allowed"})
WITH_SELECTOR = {
    **NODES,
    "kubectlDebug": {"nodeDebug": {**NODES["kubectlDebug"]["nodeDebug"], "nodeSelector": {"pool": "edge"}}},
}


def refused(spec, operation, facts):
    parts = parts_of(spec, request(operation), facts)
    assert not (parts.problems and (parts.objects or parts.injections))
    return [(each.rule, each.location.line, each.location.column) for each in parts.problems]


@pytest.mark.parametrize(
    ("rule", "spec", "operation", "facts", "line"),
    [
        ("pod-not-there", PODS, ephemeral(), seen(NAMESPACE), 10),
        ("pod-not-there", PODS, pod_copy(), seen(NAMESPACE), 10),
        ("pod-not-running", PODS, ephemeral(), seen(copied(WEB, status={"phase": "Succeeded"})), 10),
        ("pod-not-running", PODS, ephemeral(), seen(copied(WEB, status={"phase": "Failed"})), 10),
        (
            "pod-not-running",
            PODS,
            ephemeral(),
            seen(copied(WEB, metadata__deletionTimestamp="2026-01-01T00:00:00Z")),
            10,
        ),
        ("pod-not-running", PODS, ephemeral(), seen(copied(WEB, metadata__annotations=STATIC)), 10),
        (
            "pod-of-a-session",
            PODS,
            pod_copy(),
            seen(copied(WEB, metadata__labels={"app.kubernetes.io/managed-by": "gitops-breakglass"})),
            10,
        ),
        # Its name alone refuses it, whoever's it is: the guard could not keep anybody out of the application in it.
        ("pod-of-a-session", PODS, ephemeral(pod="bg-worker-0"), None, 10),
        ("pod-of-a-session", PODS, ephemeral(pod="bg-worker-0"), seen(copied(WEB, metadata__name="bg-worker-0")), 10),
        ("container-not-there", PODS, ephemeral(targetContainer="sidecar"), seen(WEB), 12),
        ("namespace-labels-unknown", BY_LABELS, ephemeral(), None, 9),
        ("namespace-labels-unknown", BY_LABELS, ephemeral(), seen(WEB), 9),
        ("namespace-labels-unknown", DENIED_BY_LABELS, pod_copy(), None, 9),
        ("operation-namespace", BY_LABELS, ephemeral(), seen(WEB, NAMESPACE), 9),
        ("operation-namespace", DENIED_BY_LABELS, pod_copy(), seen(WEB, ALLOWED), 9),
        ("node-not-there", NODES, node_debug(image="alpine:3"), seen(), 9),
        ("node-not-selected", WITH_SELECTOR, node_debug(image="alpine:3"), None, 9),
        ("node-not-selected", WITH_SELECTOR, node_debug(image="alpine:3"), seen(copied(NODE, metadata__labels=...)), 9),
    ],
)
def test_what_the_cluster_says_against_an_operation_refuses_the_session_at_its_place(
    rule, spec, operation, facts, line
):
    assert refused(spec, operation, facts) == [(rule, line, 7)]


@pytest.mark.parametrize(
    ("spec", "operation", "facts"),
    [
        (PODS, ephemeral(targetContainer="app"), seen(WEB)),
        (PODS, pod_copy(), seen(copied(WEB, status={"phase": "Succeeded"}))),
        (PODS, pod_copy(), seen(copied(WEB, metadata__annotations=STATIC))),
        (BY_LABELS, ephemeral(), seen(WEB, ALLOWED)),
        (DENIED_BY_LABELS, pod_copy(), seen(WEB, NAMESPACE)),
        (WITH_SELECTOR, node_debug(image="alpine:3"), seen(NODE)),
        (NODES, node_debug(image="alpine:3"), None),
    ],
)
def test_what_the_cluster_says_nothing_against_is_rendered(spec, operation, facts):
    parts = parts_of(spec, request(operation), facts)
    assert parts.problems == ()
    assert parts.objects or parts.injections


def test_what_is_looked_for_is_pods_with_their_namespaces_and_nodes_each_once():
    asked = request(ephemeral(), pod_copy(), node_debug())
    assert wanted_facts(asked) == (
        ObjectKey("v1", "Pod", "app-frontend", "web-abc123"),
        ObjectKey("v1", "Namespace", "", "app-frontend"),
        ObjectKey("v1", "Node", "", "node-to-debug"),
    )


def test_where_no_cluster_could_be_seen_an_injection_is_for_no_pod_yet_and_a_copy_is_nothing_that_could_be_made():
    parts = parts_of(PODS, request(ephemeral(), pod_copy()), None)
    (injection,), (copy,) = parts.injections, parts.objects
    assert (injection.pod_uid, injection.restart) == ("", False)
    assert copy.manifest["spec"] == {"containers": []}
    assert [note.rule for note in parts.notes] == ["pod-by-name", "pod-by-name"]


def test_a_pod_that_was_replaced_makes_another_session_of_what_was_shown():
    asked = request(ephemeral(), pod_copy())
    before, after = (parts_of(PODS, asked, seen(copied(WEB, metadata__uid=uid))) for uid in ("one", "other"))
    assert before.injections != after.injections
    assert before.objects != after.objects


def test_rules_that_nobody_asked_refuse_all_the_same_where_it_is_rendered():
    parts = parts_of(PODS, request(ephemeral(privileged=True, image="Evil"), node_debug()), seen(WEB, NODE))
    assert [each.rule for each in parts.problems] == [
        "image-reference",
        "privileged-not-allowed",
        "operation-not-enabled",
    ]


def test_a_session_of_operations_without_any_comes_to_nothing():
    assert [each.rule for each in parts_of(PODS, request(), seen()).problems] == ["operation-mode"]


def test_in_a_hybrid_session_operations_may_be_left_out():
    assert parts_of({**PODS, "mode": "hybrid"}, request(), seen()).problems == ()


@pytest.mark.parametrize(("asked", "granted"), [({}, timedelta(hours=1)), ({"ttl": "20m"}, timedelta(minutes=20))])
def test_a_copy_has_the_time_that_it_asks_for_or_else_its_template_s(asked, granted):
    (copy,) = parts_of(PODS, request(pod_copy(**asked)), seen(WEB)).objects
    assert copy.ttl == granted


def test_a_pod_without_a_controller_is_not_deleted_at_the_end():
    spec = template_with("ephemeralContainers", restartPodAfter=True)
    (injection,) = parts_of(spec, request(ephemeral()), seen(copied(WEB, metadata__ownerReferences=...))).injections
    assert not injection.restart


def test_a_debugger_never_takes_the_name_of_another_container():
    pod = copied(WEB, spec__containers=[{"name": "debugger", "image": "a"}, {"name": "debugger-1", "image": "b"}])
    (copy,) = parts_of(PODS, request(pod_copy(image="busybox:1")), seen(pod)).objects
    assert [each["name"] for each in copy.manifest["spec"]["containers"]] == ["debugger", "debugger-1", "debugger-2"]


def test_objects_have_the_labels_of_their_template_and_the_copy_s_own_above_them():
    spec = template_with("podCopy", labels={"purpose": "copy"})
    (copy,) = parts_of(spec, request(pod_copy()), seen(WEB), labels={"purpose": "debug", "team": "sre"}).objects
    assert copy.manifest["metadata"]["labels"] == {"purpose": "copy", "team": "sre"}
    (node,) = parts_of(NODES, request(node_debug(image="alpine:3")), None, labels={"team": "sre"}).objects
    assert node.manifest["metadata"]["labels"] == {"team": "sre"}


def test_no_template_puts_the_mark_of_another_session_on_its_pods():
    mark = {"gitops-breakglass.dev/session": "bg-other-0123456789"}
    copied_ones = template_with("podCopy", labels=mark)
    for parts in (
        parts_of(copied_ones, request(pod_copy()), seen(WEB)),
        parts_of(PODS, request(pod_copy()), seen(WEB), labels=mark),
        parts_of(NODES, request(node_debug(image="alpine:3")), None, labels=mark),
    ):
        assert [each.rule for each in parts.problems] == ["session-labels"]
        assert not parts.objects


def test_a_pod_on_a_node_has_the_namespaces_of_the_node_that_the_template_says():
    hosts = {"hostNetwork": False, "hostPID": False, "hostIPC": True}
    block = {**NODES["kubectlDebug"]["nodeDebug"], "hostNamespaces": hosts, "allowedImages": ["alpine:*", "busybox:1"]}
    (node,) = parts_of({**NODES, "kubectlDebug": {"nodeDebug": block}}, request(node_debug()), seen(NODE)).objects
    spec = node.manifest["spec"]
    assert {name: spec[name] for name in hosts} == hosts
    assert spec["containers"][0]["image"] == "busybox:1"


def test_a_filter_that_names_no_namespace_allows_none():
    spec = template_with("podCopy", allowedNamespaces={})
    assert refused(spec, pod_copy(), seen(WEB)) == [("operation-namespace", 9, 7)]


def test_of_a_copy_that_keeps_secrets_alone_no_token_is_kept():
    spec = template_with("podCopy", targetNamespace="app-frontend")
    (copy,) = parts_of(spec, request(pod_copy(keepSecrets=True)), seen(WEB)).objects
    held = {each["name"] for each in copy.manifest["spec"]["volumes"]}
    assert held == {"cache", "certificates", "settings", "data"}
    assert "serviceAccountName" not in copy.manifest["spec"]


def test_of_a_copy_that_keeps_the_token_alone_no_secret_is_kept():
    spec = template_with("podCopy", targetNamespace="app-frontend")
    (copy,) = parts_of(spec, request(pod_copy(keepServiceAccountToken=True)), seen(WEB)).objects
    held = {each["name"] for each in copy.manifest["spec"]["volumes"]}
    assert held == {"cache", "settings", "data", "kube-api-access-x7k2p"}
    assert copy.manifest["spec"]["serviceAccountName"] == "web"


def test_no_pod_on_a_node_lies_in_the_namespace_of_the_signing_key():
    parts = parts_of(NODES, request(node_debug(image="alpine:3")), seen(NODE), namespace="gitops-breakglass")
    assert ([each.rule for each in parts.problems], parts.objects) == (["operation-namespace"], ())
