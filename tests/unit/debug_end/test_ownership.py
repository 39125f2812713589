"""What of a debug session is ours, and in which order it ends."""

import pytest

from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.ownership import is_grant_object, is_stray, may_be_grant_object
from gitops_breakglass.model.kube import DECISION, MANAGED_BY, MANAGER, OUR_API, RBAC, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.model.session_kinds import SESSION_KINDS

NAME = "bg-net-0123456789"
KEYS = [
    ObjectKey(each.api_version, each.kind, "debug" if each.namespaced else "", NAME if each.namespaced else "debug")
    for each in SESSION_KINDS
]


def live(key, labels=(MANAGED_BY, REQUEST), annotations=(DECISION,)):
    values = {MANAGED_BY: MANAGER, REQUEST: "1" * 32, DECISION: "f" * 64}
    metadata = {"name": key.name, "namespace": key.namespace}
    marks = {"labels": {each: values[each] for each in labels}, "annotations": dict.fromkeys(annotations, "f")}
    return LiveObject(key, "u", {"metadata": {**metadata, **marks}})


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_kind_of_a_session_is_ours_with_both_labels_and_with_less_only_told(key):
    assert is_grant_object(live(key))
    assert not is_stray(live(key))
    assert not is_grant_object(live(key, labels=(MANAGED_BY,)))
    assert is_stray(live(key, labels=(MANAGED_BY,)))
    assert not is_grant_object(live(key, labels=(REQUEST,)))
    assert not is_stray(live(key, labels=(REQUEST,)))


@pytest.mark.parametrize("key", [each for each in KEYS if each.kind != "Namespace"], ids=str)
def test_a_name_that_no_session_gives_is_nobody_s_to_end(key):
    other = ObjectKey(key.api_version, key.kind, key.namespace, "web-0")
    assert not is_grant_object(live(other))
    assert is_stray(live(other))


@pytest.mark.parametrize("name", ["kube-system", "kube-public", "default", "gitops-breakglass"])
def test_a_namespace_that_no_session_can_have_made_is_never_ours_whatever_its_labels_say(name):
    assert not is_grant_object(live(ObjectKey("v1", "Namespace", "", name)))


def test_a_namespace_is_ours_only_with_the_digest_of_its_decision():
    key = ObjectKey("v1", "Namespace", "", "debug")
    assert not is_grant_object(live(key, annotations=()))
    assert is_grant_object(live(key))


@pytest.mark.parametrize(
    "key",
    [
        ObjectKey("v1", "Secret", "debug", NAME),
        ObjectKey("apps/v1", "StatefulSet", "debug", NAME),
        ObjectKey("batch/v1", "Deployment", "debug", NAME),
        ObjectKey("v1", "Node", "", NAME),
    ],
    ids=str,
)
def test_what_no_session_makes_is_not_ended_by_anybody_s_record(key):
    assert not may_be_grant_object(key)


def test_what_gives_access_ends_first_then_pods_and_what_holds_them_to_limits_last():
    others = [
        ObjectKey(RBAC, "RoleBinding", "debug", NAME),
        ObjectKey(RBAC, "Role", "debug", NAME),
        ObjectKey(OUR_API, "GuardParameters", "gitops-breakglass", NAME),
    ]
    ends = in_ending_order(Delete(live(key), "1" * 32, "over") for key in (*KEYS, *others))
    assert [each.live.key.kind for each in ends] == [
        "RoleBinding",
        "DaemonSet",
        "Deployment",
        "ReplicaSet",
        "Pod",
        "ConfigMap",
        "Service",
        "ServiceAccount",
        "Role",
        "GuardParameters",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "LimitRange",
        "ResourceQuota",
        "Namespace",
    ]
