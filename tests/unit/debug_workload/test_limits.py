"""What bounds the pods of a session, and whom it does not bound."""

import pytest

from gitops_breakglass.model.kube import ObjectKey
from tests.unit.debug_workload.asked import POD, parts_of, template_of
from tests.unit.debug_workload.test_pods import REQUEST, problems_of

SAYS = (
    "{containers: [{name: debug, image: example.com/tools:1, "
    "resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: 500m, memory: 64Mi}}}]}"
)
ELSEWHERE = REQUEST.replace("nodeSelector: {pool: spare}", "targetNamespace: shop")


def quota(words):
    return f"  resourceQuota: {{{words}}}\n"


def told(text):
    return [(rule, said) for rule, _, said in problems_of(text)]


@pytest.mark.parametrize(
    "words, said",
    [
        ("maxPods: 1", ["requests of cpu and memory", "limits of cpu and memory"]),
        ("maxPods: 1, enforceResourceLimits: false", ["requests of cpu and memory"]),
        ("maxPods: 1, enforceResourceRequests: false", ["limits of cpu and memory"]),
        ("maxStorage: 1Gi, enforceResourceLimits: false", ["requests of cpu and memory and ephemeral-storage"] * 2),
        ("maxPods: 1, enforceResourceRequests: false, enforceResourceLimits: false", []),
        (
            "maxCPU: '1', enforceResourceRequests: false, enforceResourceLimits: false",
            ["requests of cpu", "limits of cpu"],
        ),
    ],
)
def test_containers_say_what_they_use_where_the_quota_asks_for_it(words, said):
    messages = [message for _, message in told(template_of(POD, quota(words)))]
    if words.startswith("maxStorage"):
        said = ["requests of cpu and memory and ephemeral-storage", "limits of ephemeral-storage"]
    assert messages == [f"the container debug has no {each}" for each in said]


@pytest.mark.parametrize(
    "replicas, words, message",
    [
        (2, "maxCPU: '1'", None),
        (3, "maxCPU: '1'", "requests of cpu come to more than maxCPU 1, with 3 pods"),
        (1, "maxMemory: 63Mi", "requests of memory come to more than maxMemory 63Mi, with 1 pod"),
    ],
)
def test_what_can_not_fit_is_refused_before_anybody_approves_it(replicas, words, message):
    found = [said for _, said in told(template_of(SAYS, f"  replicas: {replicas}\n{quota(words)}"))]
    assert found[:1] == ([message] if message else [])


def test_containers_that_run_before_the_others_use_what_they_use_alone():
    run = "{name: %s, image: a:1, resources: {requests: {cpu: '%s', memory: 1Mi}, limits: {cpu: '%s', memory: 1Mi}}%s}"
    before = f"initContainers: [{run % ('one', 2, 2, '')}, {run % ('two', 1, 1, ', restartPolicy: Always')}]"
    pod = f"{{{before}, containers: [{run % ('debug', 2, 2, '')}]}}"
    assert told(template_of(pod, quota("maxCPU: '3'"))) == []
    assert [rule for rule, _ in told(template_of(pod, quota("maxCPU: '2.9'")))] == ["container-resources"] * 2


def test_a_quota_stays_out_of_the_namespaces_of_others():
    message = "a quota would bound every pod of shop, and not the session's alone"
    assert told(template_of(SAYS, quota("maxPods: 1")) + ELSEWHERE) == [("quota-elsewhere", message)]


def test_a_quota_is_bound_to_the_priority_class_of_the_pods():
    classed = SAYS.replace("{containers", "{priorityClassName: debugging, containers")
    parts = parts_of(template_of(classed, quota("maxPods: 1")) + ELSEWHERE)
    expression = {"scopeName": "PriorityClass", "operator": "In", "values": ["debugging"]}
    assert parts.objects[0].manifest["spec"] == {
        "hard": {"pods": "1"},
        "scopeSelector": {"matchExpressions": [expression]},
    }


def test_a_quota_of_a_priority_class_bounds_no_storage_on_who_knows_how_many_nodes():
    stores = SAYS.replace("memory: 64Mi", "memory: 64Mi, ephemeral-storage: 1Gi")
    classed = stores.replace("{containers", "{priorityClassName: debugging, containers")
    assert told(template_of(classed, quota("maxStorage: 1Gi"))) == []
    expected = [("container-resources", "a quota of one priority class can't bound storage")]
    assert told(template_of(classed, quota("maxStorage: 1Gi"), kind="DaemonSet")) == expected
    assert told(template_of(stores, quota("maxStorage: 1Gi"), kind="DaemonSet")) == []


@pytest.mark.parametrize("bounds", ["", ", minAvailable: 1, maxUnavailable: 1"])
def test_a_budget_has_one_bound(bounds):
    spec = f"  podDisruptionBudget: {{enabled: true{bounds}}}\n"
    assert [rule for rule, _ in told(template_of(POD, spec))] == ["disruption-budget"]


def test_a_budget_that_is_off_is_none():
    assert len(parts_of(template_of(POD, "  podDisruptionBudget: {minAvailable: 1}\n")).objects) == 1


@pytest.mark.parametrize(
    "words, message",
    [
        (
            "defaultDeny: [Ingress], egress: [{to: [{podSelector: {}}]}]",
            "there are rules for egress, and defaultDeny lacks ",
        ),
        ("egress: [{}]", "an empty rule lets all egress through"),
    ],
)
def test_a_network_policy_holds_what_it_says(words, message):
    ((rule, said),) = told(template_of(POD, f"  networkPolicy: {{{words}}}\n"))
    assert rule == "network-policy"
    assert said.startswith(message)


def test_a_network_policy_denies_everything_where_nothing_is_listed():
    policy, _ = (each.manifest for each in parts_of(template_of(POD, "  networkPolicy: {}\n")).objects)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"].keys() == {"podSelector", "policyTypes"}


def test_a_network_policy_is_no_promise_about_the_nodes_own_network():
    spec = "  networkPolicy: {}\n  podOverrides: {spec: {hostNetwork: true}}\n"
    message = "the pods are in the node's network, where network policies do not hold"
    assert told(template_of(POD, spec)) == [("network-policy-hostnetwork", message)]


def test_a_namespace_that_is_not_there_is_made_or_missed():
    key = ObjectKey("v1", "Namespace", "", "breakglass-debug")
    assert parts_of(template_of(POD), {}).problems == ()
    assert [each.rule for each in parts_of(template_of(POD), {key: None}).problems] == ["namespace-missing"]
    made = parts_of(template_of(POD, "  namespaceConstraints: {createIfNotExists: true}\n"), {key: None})
    assert [each.key.kind for each in made.objects] == ["Namespace", "Deployment"]


def test_no_debug_pod_is_beside_our_own_keys():
    text = template_of(POD) + ELSEWHERE.replace("shop", "gitops-breakglass")
    assert [rule for rule, _ in told(text)] == ["own-namespace"]
