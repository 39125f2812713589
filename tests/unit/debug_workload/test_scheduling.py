"""Where the pods of a session may run: every constraint holds, and none loosens another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.core.debug.workload.scheduling import MOST_TERMS, constrain
from gitops_breakglass.core.debug.workload.told import Source, Told
from tests.unit.debug_workload.test_pods import POD, pod_of, problems_of, template_of

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
HERE = Source(yamlfile.load(b"spec: {}\n", "policies/debug.yaml").documents[0], ("spec", "schedulingConstraints"))


def constrained(constraints, *, pod=POD):
    return template_of(pod, f"  schedulingConstraints: {constraints}\n")


def terms_of(text):
    return pod_of(text)["affinity"]["nodeAffinity"][REQUIRED]["nodeSelectorTerms"]


def test_nodes_are_denied_by_name_and_by_label():
    assert terms_of(constrained("{deniedNodes: [node-1, node-2], deniedNodeLabels: {control: '*', pci: 'true'}}")) == [
        {
            "matchExpressions": [
                {"key": "control", "operator": "DoesNotExist"},
                {"key": "pci", "operator": "NotIn", "values": ["true"]},
            ],
            "matchFields": [
                {"key": "metadata.name", "operator": "NotIn", "values": ["node-1"]},
                {"key": "metadata.name", "operator": "NotIn", "values": ["node-2"]},
            ],
        }
    ]


@pytest.mark.parametrize(
    "constraints, message",
    [
        (
            "{deniedNodes: ['node-*']}",
            "deniedNodes has the pattern node-*, and Kubernetes knows nodes by exact names only",
        ),
        (
            "{deniedNodeLabels: {pci: 't*'}}",
            "deniedNodeLabels has the pattern t*, and Kubernetes knows values of labels exactly, or all of them",
        ),
        ("{requiredNodeAffinity: {nodeSelectorTerms: []}}", "no node meets these conditions"),
        ("{requiredNodeAffinity: {nodeSelectorTerms: [{}]}}", "no node meets these conditions"),
    ],
)
def test_what_can_not_be_held_to_is_refused(constraints, message):
    assert [(rule, said) for rule, _, said in problems_of(constrained(constraints))] == [
        ("scheduling-constraint", message)
    ]


def test_a_selector_that_contradicts_the_pod_is_refused_where_it_stands():
    text = constrained(
        "{nodeSelector: {zone: east}}", pod=POD.replace("{containers", "{nodeSelector: {zone: west}, containers")
    )
    message = "nodes are to have zone=east, and zone=west by the template"
    assert problems_of(text) == [("scheduling-constraint", "13:42", message)]


def test_pods_are_not_spread_in_two_ways():
    spread = "topologySpreadConstraints: [{maxSkew: %d, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]"
    pod = POD.replace("{containers", f"{{{spread % 1}, containers")
    assert len(pod_of(constrained(f"{{{spread % 1}}}", pod=pod))["topologySpreadConstraints"]) == 1
    assert [rule for rule, _, _ in problems_of(constrained(f"{{{spread % 2}}}", pod=pod))] == ["scheduling-constraint"]


def test_alternatives_multiply_up_to_a_bound():
    def terms(count, word):
        return {"nodeSelectorTerms": [{"matchExpressions": [_exists(f"{word}-{each}")]} for each in range(count)]}

    for second, bounded in ((8, False), (9, True)):
        pod, told = {}, Told()
        constrain(pod, {"requiredNodeAffinity": terms(MOST_TERMS // 8, "a")}, HERE, told)
        constrain(pod, {"requiredNodeAffinity": terms(second, "b")}, HERE, told)
        assert bool(told.problems) is bounded


def _exists(key):
    return {"key": key, "operator": "Exists"}


KEYS = st.sampled_from(["a", "b", "c"])
EXPRESSIONS = st.builds(
    lambda key, operator: {"key": key, "operator": operator}, KEYS, st.sampled_from(["Exists", "DoesNotExist"])
)
TERMS = st.builds(lambda found: {"matchExpressions": found} if found else {}, st.lists(EXPRESSIONS, max_size=2))
BLOCKS = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": st.dictionaries(KEYS, st.just("x"), max_size=2),
        "deniedNodeLabels": st.dictionaries(KEYS, st.sampled_from(["*", "x"]), max_size=2),
        "deniedNodes": st.lists(st.sampled_from(["n1", "n2"]), max_size=2, unique=True),
        "requiredNodeAffinity": st.builds(lambda terms: {"nodeSelectorTerms": terms}, st.lists(TERMS, max_size=2)),
    },
)
NODES = st.tuples(st.sampled_from(["n1", "n2", "n3"]), st.dictionaries(KEYS, st.sampled_from(["x", "y"])))


def runs_on(pod, node):
    """Whether Kubernetes lets a pod run on a node, as its documentation says."""
    name, labels = node
    selector = pod.get("affinity", {}).get("nodeAffinity", {}).get(REQUIRED)
    return all(labels.get(key) == value for key, value in pod.get("nodeSelector", {}).items()) and (
        selector is None or any(meets(term, name, labels) for term in selector["nodeSelectorTerms"])
    )


def meets(term, name, labels):
    expressions, fields = term.get("matchExpressions", []), term.get("matchFields", [])
    return bool(expressions or fields) and all(
        {
            "Exists": each["key"] in labels,
            "DoesNotExist": each["key"] not in labels,
            "NotIn": (name if each in fields else labels.get(each["key"])) not in each.get("values", []),
        }[each["operator"]]
        for each in (*expressions, *fields)
    )


def allows(block, node):
    name, labels = node
    denied = block.get("deniedNodeLabels", {})
    return (
        runs_on({"nodeSelector": block.get("nodeSelector", {})}, node)
        and name not in block.get("deniedNodes", [])
        and not any(key in labels and value in ("*", labels[key]) for key, value in denied.items())
        and (
            "requiredNodeAffinity" not in block
            or any(meets(term, name, labels) for term in block["requiredNodeAffinity"]["nodeSelectorTerms"])
        )
    )


@given(st.lists(BLOCKS, max_size=3), NODES)
def test_pods_run_where_every_constraint_lets_them_and_nowhere_else(blocks, node):
    pod, told = {}, Told()
    for block in blocks:
        constrain(pod, block, HERE, told)
    if not told.problems:
        assert runs_on(pod, node) == all(allows(block, node) for block in blocks)
    else:
        assert not all(allows(block, node) for block in blocks)


def test_a_condition_that_no_node_meets_is_not_made_one_that_some_meet():
    never, some = {"nodeSelectorTerms": [{}]}, {"nodeSelectorTerms": [{"matchExpressions": [_exists("a")]}]}
    for first, constraints in (
        (some, {"requiredNodeAffinity": never}),
        (never, {"requiredNodeAffinity": some}),
        (never, {"deniedNodes": ["n1"]}),
    ):
        told = Told()
        constrain({"affinity": {"nodeAffinity": {REQUIRED: first}}}, constraints, HERE, told)
        assert [each.message for each in told.problems] == ["no node meets these conditions"]
