"""The rights that debug templates cost: of reconciler and sweeper on exactly what a session of theirs makes, and no others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.debug.needs import SessionNeeds, session_needs
from gitops_breakglass.core.install.bundle import bundle
from gitops_breakglass.core.install.debug_rights import reconciler_debug_rules, sweeper_debug_rules
from gitops_breakglass.core.install.guard import longest_window
from gitops_breakglass.core.rbac.ceiling import ceiling
from gitops_breakglass.core.rbac.manifest import to_manifest
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.rules import Discovery
from tests.debug_side import EVERYTHING, a_binding, a_debug_side, a_pod_template, a_template
from tests.unit.installation import a_policy, given

FOLLOWS = ["delete", "get", "list", "patch", "watch"]
MAKES = ["create", *FOLLOWS]
ENDS = ["delete", "get", "list", "patch"]


def rule(verbs, *resources, group=""):
    return {"apiGroups": [group], "resources": list(resources), "verbs": verbs}


def needs(*templates, bindings=(), pods=(), cluster="prod-1"):
    return session_needs(replace(a_policy(), debug=a_debug_side(*templates, bindings=bindings, pods=pods)), cluster)


def debugging(**spec):
    return a_template(mode="kubectl-debug", kubectlDebug=spec)


def test_without_a_template_for_the_cluster_nothing_is_given():
    for found in (needs(), needs(a_template(clusters=("edge-*",))), needs(a_template(clusters=()))):
        assert found == SessionNeeds()
        assert (reconciler_debug_rules(found), sweeper_debug_rules(found)) == ([], [])


@pytest.mark.parametrize(
    "template, reconciler, sweeper",
    [
        (
            a_template(workloadType="Deployment"),
            [
                rule(FOLLOWS, "pods"),
                rule(MAKES, "deployments", group="apps"),
                rule(FOLLOWS, "replicasets", group="apps"),
            ],
            [rule(ENDS, "pods"), rule(ENDS, "deployments", "replicasets", group="apps")],
        ),
        (
            a_template(),
            [rule(FOLLOWS, "pods"), rule(MAKES, "daemonsets", group="apps")],
            [rule(ENDS, "pods"), rule(ENDS, "daemonsets", group="apps")],
        ),
        (
            debugging(ephemeralContainers={"enabled": True}),
            [rule(["get"], "pods"), rule(["patch"], "pods/ephemeralcontainers")],
            [rule(["get"], "pods")],
        ),
        (
            debugging(ephemeralContainers={"enabled": True, "restartPodAfter": True}),
            [rule(["delete", "get"], "pods"), rule(["patch"], "pods/ephemeralcontainers")],
            [rule(["delete", "get"], "pods")],
        ),
        (debugging(podCopy={"enabled": True}), [rule(MAKES, "pods")], [rule(ENDS, "pods")]),
        (debugging(nodeDebug={"enabled": True}), [rule(MAKES, "pods"), rule(["get"], "nodes")], [rule(ENDS, "pods")]),
        (debugging(nodeDebug={"enabled": False}), [], []),
    ],
    ids=["deployment", "daemonset", "ephemeral", "restarted", "copy", "node", "nothing-enabled"],
)
def test_a_template_costs_the_rights_that_its_sessions_need(template, reconciler, sweeper):
    assert reconciler_debug_rules(needs(template)) == reconciler
    assert sweeper_debug_rules(needs(template)) == sweeper


def test_all_that_templates_can_make_is_named_kind_by_kind():
    found = needs(*EVERYTHING)
    assert reconciler_debug_rules(found) == [
        rule(["create", "delete"], "namespaces"),
        rule(MAKES, "configmaps", "pods", "resourcequotas"),
        rule(["get"], "nodes"),
        rule(["patch"], "pods/ephemeralcontainers"),
        rule(MAKES, "daemonsets", "deployments", group="apps"),
        rule(FOLLOWS, "replicasets", group="apps"),
        rule(MAKES, "networkpolicies", group="networking.k8s.io"),
    ]
    assert sweeper_debug_rules(found) == [
        rule(ENDS, "configmaps", "pods", "resourcequotas"),
        rule(["delete", "list"], "namespaces"),
        rule(ENDS, "daemonsets", "deployments", "replicasets", group="apps"),
        rule(ENDS, "networkpolicies", group="networking.k8s.io"),
    ]


def kinds(*templates, **more):
    return {each.kind for each in needs(*templates, **more).kinds}


def auxiliary(**resource):
    return a_template(workloadType="DaemonSet", auxiliaryResources=[{"name": "x", **resource}])


@pytest.mark.parametrize(
    "template, made",
    [
        (auxiliary(template={"kind": "Service", "apiVersion": "v1"}), {"Service"}),
        (auxiliary(templateString="apiVersion: v1\nkind: ConfigMap\n---\nkind: 'LimitRange'\n"), {"ConfigMap", "LimitRange"}),
        (auxiliary(template={"kind": "Secret", "apiVersion": "v1"}), set()),
        (auxiliary(template={"kind": "Pod", "apiVersion": "v1"}), set()),
        (a_template(podDisruptionBudget={"enabled": True}), {"PodDisruptionBudget"}),
        (a_template(podTemplateString="containers: []\n---\nkind: Service\n"), {"Service"}),
    ],
)  # fmt: skip
def test_what_stands_beside_the_pods_is_what_the_template_names(template, made):
    assert kinds(template) == {"DaemonSet"} | made


def test_where_a_text_does_not_say_its_kind_it_may_be_any_auxiliary_one():
    every = {
        "ConfigMap", "LimitRange", "NetworkPolicy", "PodDisruptionBudget", "ResourceQuota", "Service", "ServiceAccount",
    }  # fmt: skip
    assert kinds(auxiliary(templateString="kind: {{ .vars.kind }}\n")) == {"DaemonSet"} | every


def test_a_workload_is_of_the_kind_that_the_template_or_its_text_says():
    text = "apiVersion: apps/v1\nkind: Deployment\nspec: {}\n"
    assert kinds(a_template(podTemplateString=text)) == {"Deployment"}
    assert kinds(a_template(podTemplateString=text, workloadType="DaemonSet")) == {"DaemonSet"}
    assert kinds(a_template(podTemplateString="kind: {{ .vars.kind }}")) == {"DaemonSet", "Deployment"}
    written = a_pod_template("tools", templateString=text)
    assert kinds(a_template(podTemplateRef="tools"), pods=(written,)) == {"Deployment"}


def test_a_binding_brings_its_template_to_a_cluster():
    nowhere = a_template(clusters=())
    here = a_binding(templateRef={"name": "tools"}, clusters=["prod-1"])
    assert kinds(nowhere, bindings=(here,)) == {"DaemonSet"}
    for other in (
        a_binding(templateRef={"name": "tools"}, clusters=["prod-2"]),
        a_binding(templateRef={"name": "others"}, clusters=["prod-1"]),
        a_binding(templateRef={"name": "tools"}, clusters=["prod-1"], disabled=True),
    ):
        assert kinds(nowhere, bindings=(other,)) == set()


@pytest.mark.parametrize(
    "constraints, places",
    [
        ({}, ("breakglass-debug",)),
        ({"defaultNamespace": "tools"}, ("tools",)),
        ({"defaultNamespace": "tools", "allowedNamespaces": ["app-*"]}, ("tools",)),
        ({"allowUserNamespace": True, "allowedNamespaces": {"patterns": ["app-*"]}}, ("app-*", "breakglass-debug")),
        ({"allowUserNamespace": True, "allowedNamespaces": {"selectorTerms": [{"matchLabels": {}}]}}, ("*",)),
        ({"allowUserNamespace": True}, ("*",)),
    ],
)
def test_objects_are_where_the_templates_have_them(constraints, places):
    assert needs(a_template(namespaceConstraints=constraints)).places == places


def test_the_ceiling_covers_what_may_be_done_with_the_pods():
    policy = replace(a_policy(), debug=a_debug_side(a_template(allowedPodOperations={"logs": True, "attach": False})))
    assert to_manifest(ceiling(policy, cluster_name="prod-1", cluster=Rbac(), discovery=Discovery())) == [
        {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/exec", "pods/portforward"], "verbs": ["create", "get"]},
        {"apiGroups": ["guard.gitops-breakglass.dev"], "resources": ["podrules"], "verbs": ["hold"]},
    ]
    assert ceiling(policy, cluster_name="edge-1", cluster=Rbac(), discovery=Discovery()) == ()


def test_windows_may_be_as_long_as_the_longest_session():
    debug = a_debug_side(a_template(constraints={"maxDuration": "9h"}), a_template("b"))
    assert longest_window(replace(a_policy(), debug=debug), "prod-1") == timedelta(hours=9)
    assert longest_window(replace(a_policy(), debug=a_debug_side(a_template())), "prod-1") == timedelta(hours=4)


def test_the_rights_are_in_the_roles_of_the_two():
    roles = {
        each["metadata"]["name"]: each["rules"]
        for each in bundle(given(needs=needs(*EVERYTHING))).rights
        if each["kind"] == "ClusterRole"
    }
    plain = {
        each["metadata"]["name"]: each["rules"] for each in bundle(given()).rights if each["kind"] == "ClusterRole"
    }
    for name, added in (
        ("gitops-breakglass-reconciler", reconciler_debug_rules(needs(*EVERYTHING))),
        ("gitops-breakglass-sweeper", sweeper_debug_rules(needs(*EVERYTHING))),
    ):
        assert roles[name] == [*plain[name], *added]
