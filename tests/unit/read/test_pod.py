"""Pods as they are read: as Kubernetes has them, and from files that hold anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.deny.pods import factors, score
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Container, Pod, RiskFactors, Volume

RISK = RiskFactors(1, 1, 1, 1, 1, 1, 1, (("NET_ADMIN", 1),))


def container(fields):
    return read_pod({"spec": {"containers": [fields]}}).containers


def test_a_pod_without_anything_has_no_risk():
    assert read_pod({}) == Pod("", "")
    assert read_pod({"metadata": None, "spec": None}) == Pod("", "")
    assert read_pod({"spec": {"containers": None, "volumes": None}}) == Pod("", "")


@pytest.mark.parametrize(
    "value, on", [(True, True), (False, False), (None, False), ("false", True), (0, True), ([], True), ({}, True)]
)
@pytest.mark.parametrize(
    "name, field", [("hostNetwork", "host_network"), ("hostPID", "host_pid"), ("hostIPC", "host_ipc")]
)
def test_a_switch_is_on_unless_it_is_false_or_not_there(name, field, value, on):
    assert getattr(read_pod({"spec": {name: value}}), field) is on


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"name": "a"}, Container("a")),
        ({}, Container("")),
        ({"name": 3}, Container("")),
        ({"name": "a", "securityContext": None}, Container("a")),
        ({"name": "a", "securityContext": {"privileged": False, "runAsUser": 7}}, Container("a", run_as_user=7)),
        ({"name": "a", "securityContext": {"privileged": "no"}}, Container("a", privileged=True)),
        ({"name": "a", "securityContext": {"runAsUser": "7"}}, Container("a", run_as_user=0)),
        ({"name": "a", "securityContext": {"runAsUser": False}}, Container("a", run_as_user=0)),
        ({"name": "a", "securityContext": {"runAsUser": 7.0}}, Container("a", run_as_user=0)),
        ({"name": "a", "securityContext": "none"}, Container("a", privileged=True, run_as_user=0)),
        (
            {"name": "a", "securityContext": {"capabilities": {"add": ["X", 3]}}},
            Container("a", capabilities=("X", "3")),
        ),
        ({"name": "a", "securityContext": {"capabilities": {"add": "X"}}}, Container("a", capabilities=("X",))),
        ({"name": "a", "securityContext": {"capabilities": ["X"]}}, Container("a", capabilities=("X",))),
        ({"name": "a", "securityContext": {"capabilities": {"drop": ["X"]}}}, Container("a")),
        ({"name": "a", "volumeMounts": [{"name": "v", "readOnly": True}]}, Container("a", mounts=(("v", True),))),
        ({"name": "a", "volumeMounts": [{"name": "v", "readOnly": "yes"}]}, Container("a", mounts=(("v", False),))),
        ({"name": "a", "volumeMounts": {"name": "v"}}, Container("a", mounts=(("v", False),))),
        ({"name": "a", "volumeMounts": ["v"]}, Container("a", mounts=(("(unreadable)", False),))),
    ],
)
def test_a_container_is_what_is_written_or_the_riskier_of_what_it_may_be(fields, expected):
    assert container(fields) == (expected,)


@pytest.mark.parametrize("value", ["app", 3, [1], None])
def test_a_container_that_is_no_mapping_may_be_anything(value):
    (only,) = container(value)
    assert (only.privileged, only.run_as_user) == (True, 0)


@pytest.mark.parametrize("spec", ["x", 3, [], [{}]])
def test_a_spec_that_is_no_mapping_may_be_anything(spec):
    found = factors(read_pod({"spec": spec}), RISK)
    assert {each.partition(":")[0] for each in found} == {
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "privilegedContainer",
        "runAsRoot",
        "hostPathWritable",
    }


@pytest.mark.parametrize("volumes", [["v"], "v", [{"name": 3}], [None], {"hostPath": {}}])
def test_a_volume_that_can_t_be_read_is_a_writable_directory_of_the_node(volumes):
    assert factors(read_pod({"spec": {"volumes": volumes}}), RISK) == ("hostPathWritable:(unreadable)",)


@pytest.mark.parametrize("value, counts", [({"path": "/"}, True), ({}, True), ("/", True), (None, False)])
def test_a_volume_is_of_the_node_where_it_says_so(value, counts):
    assert read_pod({"spec": {"volumes": [{"name": "v", "hostPath": value}]}}).volumes == (Volume("v", counts),)


def test_labels_that_are_no_text_exempt_nothing():
    read = read_pod({"metadata": {"namespace": "a", "name": "b", "labels": {"x": "y", "n": 1, "z": None}}})
    assert (read.namespace, read.name, read.labels) == ("a", "b", {"x": "y"})
    assert read_pod({"metadata": {"labels": ["x"]}}).labels == {}
    assert read_pod({"metadata": "x"}) == Pod("", "")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | st.sampled_from(["", "a", "NET_ADMIN"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "securityContext", "capabilities", "add", "volumeMounts", "hostPath", "privileged"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
SPECS = st.dictionaries(
    st.sampled_from(["containers", "initContainers", "ephemeralContainers", "volumes", "hostPID", "hostNetwork"]),
    ANYTHING,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec"]), SPECS | ANYTHING))
def test_any_file_is_read_and_scored(manifest):
    read = read_pod(manifest)
    assert score(read, RISK) >= 0
    assert all(isinstance(each, str) for each in factors(read, RISK))
