"""The pod of a workload: what the template may say of it, what a session adds, and what holds whatever they say."""

import json
from pathlib import Path

import pytest

from gitops_breakglass.core.debug.workload.base import POD_FIELDS
from tests.unit.debug_workload.asked import POD, parts_of, template_of

SCHEMA = Path(__file__).parents[3] / "schemas" / "kubernetes" / "pod.schema.json"
REQUEST = """
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata: {name: inc-4711}
spec: {templateRef: debugging, cluster: prod, nodeSelector: {pool: spare}}
"""


def pod_of(text):
    parts = parts_of(text)
    assert parts.problems == ()
    return parts.objects[-1].manifest["spec"]["template"]["spec"]


def problems_of(text):
    parts = parts_of(text)
    assert (parts.objects == ()) is bool(parts.problems)
    return [(each.rule, f"{each.location.line}:{each.location.column}", each.message) for each in parts.problems]


def notes_of(text):
    return [each.rule for each in parts_of(text).notes]


def with_fields(fields):
    return template_of(POD.replace("{containers", f"{{{fields}, containers"))


def test_what_a_pod_may_say_is_what_the_schema_knows():
    assert set(json.loads(SCHEMA.read_text())["$defs"]["PodSpec"]["properties"]) == POD_FIELDS


def test_a_pod_that_says_little_gets_what_keeps_its_end_certain():
    assert pod_of(template_of(POD)) == {
        "containers": [{"name": "debug", "image": "example.com/tools:1"}],
        "restartPolicy": "Always",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 5,
    }
    assert notes_of(template_of(POD)) == []


@pytest.mark.parametrize(
    "fields, field, value, notes",
    [
        ("restartPolicy: Never", "restartPolicy", "Always", ["debug-pod-restart"]),
        ("restartPolicy: Always", "restartPolicy", "Always", []),
        ("automountServiceAccountToken: true", "automountServiceAccountToken", True, ["token-mounted"]),
        ("terminationGracePeriodSeconds: 600", "terminationGracePeriodSeconds", 5, ["grace-shortened"]),
        ("terminationGracePeriodSeconds: 0", "terminationGracePeriodSeconds", 0, []),
        ("terminationGracePeriodSeconds: true", "terminationGracePeriodSeconds", 5, []),
    ],
)
def test_what_is_corrected_is_said(fields, field, value, notes):
    assert pod_of(with_fields(fields))[field] == value
    assert notes_of(with_fields(fields)) == notes


@pytest.mark.parametrize(
    "field", ["nodeName: node-1", "ephemeralContainers: []", "hostUsers: true", "serviceAccount: x"]
)
def test_what_would_pass_by_the_constraints_is_refused(field):
    key = field.partition(":")[0]
    assert problems_of(with_fields(field)) == [("debug-pod", "5:13", f"a debug pod has no {key}")]


def test_a_pod_without_containers_is_none():
    assert problems_of(template_of("{containers: []}")) == [("debug-pod", "5:13", "the pod has no containers")]


def test_a_template_whose_pod_is_not_there_makes_nothing():
    text = template_of(POD).partition("---\n")[2]
    assert problems_of(text) == [("debug-pod", "6:3", "debugging has no pod: the DebugPodTemplate tools is not there")]


def test_overrides_change_the_three_host_fields_and_nothing_else():
    spec = "  podOverrides: {spec: {hostNetwork: false, hostPID: true}}\n"
    pod = pod_of(template_of(POD.replace("{containers", "{hostNetwork: true, containers"), spec))
    assert (pod["hostNetwork"], pod["hostPID"], "hostIPC" in pod) == (False, True, False)


def test_an_override_of_containers_is_refused_and_not_dropped():
    spec = "  podOverrides:\n    spec:\n      containers: [{name: debug}]\n"
    message = "containers can't be overridden: only hostNetwork, hostPID, hostIPC can"
    assert problems_of(template_of(POD, spec)) == [("pod-overrides", "15:7", message)]


def test_a_request_narrows_where_pods_run_and_never_moves_them():
    assert pod_of(template_of(POD) + REQUEST)["nodeSelector"] == {"pool": "spare"}
    narrowed = with_fields("nodeSelector: {zone: west}") + REQUEST
    assert pod_of(narrowed)["nodeSelector"] == {"zone": "west", "pool": "spare"}
    contradicted = with_fields("nodeSelector: {pool: debug}") + REQUEST
    message = "nodes are to have pool=spare, and pool=debug by the template"
    assert problems_of(contradicted) == [("node-selector", "18:62", message)]


@pytest.mark.parametrize(
    "label", ["a: 'b c'", "'a b': c", "'a/b/c': d", f"a: {64 * 'x'}", "'': a", '"a\\n": b', "a: '{{ .session.name }}'"]
)
def test_a_label_that_no_node_can_have_is_refused(label):
    text = template_of(POD) + REQUEST.replace("pool: spare", label)
    assert [rule for rule, _, _ in problems_of(text)] == ["node-selector"]


@pytest.mark.parametrize("namespace", ["../x", "a/b", "Shop", "-a", f"{64 * 'a'}", '"a\\n"', "a b"])
def test_a_name_that_no_namespace_has_is_refused(namespace):
    text = template_of(POD) + REQUEST.replace("nodeSelector: {pool: spare}", f"targetNamespace: {namespace}")
    assert [rule for rule, _, _ in problems_of(text)] == ["debug-namespace"]


@pytest.mark.parametrize(
    "key", ["gitops-breakglass.dev/request", "x.gitops-breakglass.dev/y", "app.kubernetes.io/managed-by"]
)
@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_no_template_puts_on_what_only_we_put_on(key, field):
    spec = f"  {field}: {{'{key}': x}}\n"
    message = f"{key} is a mark of this tool, by which it finds what it made"
    assert [(rule, said) for rule, _, said in problems_of(template_of(POD, spec))] == [("session-labels", message)]
    of_pod = template_of(POD).replace(
        "  podSpec: ", f"  template:\n    metadata: {{{field}: {{'{key}': x}}}}\n    spec: "
    )
    assert [(rule, said) for rule, _, said in problems_of(of_pod)] == [("session-labels", message)]


def test_more_replicas_than_the_quota_has_pods_are_cut_and_said():
    quota = "{maxPods: 2, enforceResourceRequests: false, enforceResourceLimits: false}"
    spec = f"  replicas: 3\n  resourceQuota: {quota}\n"
    parts = parts_of(template_of(POD, spec))
    assert parts.objects[-1].manifest["spec"]["replicas"] == 2
    assert [each.rule for each in parts.notes] == ["replicas-cut", "quota-is-shared"]


def test_a_template_that_says_no_kind_makes_a_daemon_set():
    parts = parts_of(template_of(POD).replace("  workloadType: Deployment\n", ""))
    assert parts.objects[-1].manifest["kind"] == "DaemonSet"
