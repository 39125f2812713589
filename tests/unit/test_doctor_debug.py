"""`doctor` on debug templates: what keeps them from working on a cluster."""

from dataclasses import replace

import pytest

from gitops_breakglass.core.doctor.debug import debug_problems, judge_debug, wanted_namespaces
from gitops_breakglass.core.doctor.pod_level import level_of, takes
from gitops_breakglass.model.doctor import Verdict
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.rules import ApiResource, Discovery
from gitops_breakglass.model.session_kinds import SESSION_KINDS
from gitops_breakglass.model.unread import Unread
from tests.debug_side import CONTAINERS, a_debug_side, a_pod_template, a_template
from tests.unit.installation import a_policy

SERVED = Discovery(tuple(ApiResource(each.group, each.resource, ("get",), each.namespaced) for each in SESSION_KINDS))
TIGHT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
SAFE = {"containers": [{**CONTAINERS[0], "securityContext": TIGHT}]}


def problems(*templates, enforced=None, there=("tools",), served=SERVED, pod=SAFE):
    debug = a_debug_side(*templates, pods=(a_pod_template(podSpec=pod),))
    policy = replace(a_policy(), debug=debug)
    labels = {"pod-security.kubernetes.io/enforce": enforced} if enforced else {}
    found = {
        key: LiveObject(key, "u", {"metadata": {"labels": labels}}) if key.name in there else None
        for key in wanted_namespaces(policy, "prod-1")
    }
    return debug_problems(policy, "prod-1", served, found)


def at(place="tools", **spec):
    return a_template(podTemplateRef="tools", namespaceConstraints={"defaultNamespace": place, **spec})


def test_a_template_that_finds_all_is_not_told():
    assert problems(at()) == problems(at(), enforced="restricted") == ()
    assert problems(at("nowhere", createIfNotExists=True)) == ()
    assert problems(a_template(clusters=("edge-*",))) == ()


def test_a_namespace_that_is_missing_is_told():
    assert problems(at("nowhere")) == ("tools has pods in the namespace nowhere, which is not there",)


def test_patterns_of_namespaces_are_not_looked_for():
    policy = replace(a_policy(), debug=a_debug_side(at(allowUserNamespace=True, allowedNamespaces=["app-*"])))
    assert wanted_namespaces(policy, "prod-1") == (ObjectKey("v1", "Namespace", "", "tools"),)


def test_a_kind_that_is_not_served_is_told():
    without = Discovery(tuple(each for each in SERVED.resources if each.name != "daemonsets"))
    assert problems(at(), served=without) == ("tools makes a DaemonSet, which is not served here as apps/v1",)


def test_a_namespace_that_refuses_the_pods_is_told():
    on_node = a_template(
        mode="kubectl-debug",
        kubectlDebug={"nodeDebug": {"enabled": True}},
        namespaceConstraints={"defaultNamespace": "tools"},
    )
    assert problems(on_node, enforced="baseline") == (
        "tools has pods of the level privileged, and tools enforces baseline",
    )
    assert problems(at(), enforced="restricted", pod={"containers": CONTAINERS}) == (
        "tools has pods of the level baseline, and tools enforces restricted",
    )


def context(**changes):
    return {"containers": [{"name": "x", "securityContext": {**TIGHT, **changes}}]}


@pytest.mark.parametrize(
    ("spec", "level"),
    [
        (SAFE, "restricted"),
        (context(runAsNonRoot=None), "baseline"),
        ({**context(runAsNonRoot=True, seccompProfile={}), "securityContext": {}}, "baseline"),
        (context(allowPrivilegeEscalation=True), "baseline"),
        (context(runAsUser=0), "baseline"),
        (context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}), "restricted"),
        (context(capabilities={"drop": ["ALL"], "add": ["CHOWN"]}), "baseline"),
        (context(capabilities={"add": ["NET_ADMIN"]}), "privileged"),
        (context(privileged=True), "privileged"),
        ({**SAFE, "hostNetwork": True}, "privileged"),
        ({**SAFE, "hostPID": True}, "privileged"),
        ({**SAFE, "volumes": [{"name": "x", "hostPath": {"path": "/"}}]}, "privileged"),
        ({**SAFE, "initContainers": [{"name": "y", "securityContext": {"privileged": True}}]}, "privileged"),
        ({"containers": [{"name": "x", "ports": [{"hostPort": 80}]}]}, "privileged"),
    ],
)
def test_a_pod_needs_the_level_that_its_words_come_to(spec, level):
    assert level_of(spec) == level


def test_a_namespace_takes_its_level_and_stricter_ones():
    assert [takes("baseline", each) for each in ("restricted", "baseline", "privileged")] == [True, True, False]
    assert takes("", "privileged")


def test_what_is_wrong_is_an_error_and_what_can_t_be_read_is_not_known():
    assert judge_debug((), "prod").verdict is Verdict.OK
    assert judge_debug(Unread("HTTP 403", "look"), "prod").verdict is Verdict.UNKNOWN
    told = judge_debug(tuple("abcdefg"), "prod")
    assert (told.verdict, told.message) == (Verdict.ERROR, "a; b; c; d; e; and 2 more")
