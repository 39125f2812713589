"""What of a grant was used, and what would do next time."""

from gitops_breakglass.core.rbac.algebra import Attributes, rule
from gitops_breakglass.core.use.needed import Asked, Right, needed
from gitops_breakglass.model.grant import ScopedRules

EVERYWHERE = ScopedRules(
    "",
    (
        rule(["get", "list", "watch"], ["pods", "pods/log"]),
        rule(["create"], ["pods/exec"]),
        rule(["get", "list", "patch"], ["deployments"], groups=["apps"]),
        rule(["get"], ["secrets"], names=["db", "tls"]),
        rule(["get", "list"], ["nodes"]),
    ),
    "ClusterRole ops",
)


def call(verb, resource, name="", *, group="", namespace="shop"):
    return Asked(namespace, Attributes(verb, group, resource, name))


def test_of_fourteen_rights_the_two_that_were_used_are_left_in_the_namespace_where_they_were_used():
    granted = (*EVERYWHERE.rules, rule(["patch"], ["services"]))
    found = needed(
        [ScopedRules("", granted, "ClusterRole ops")],
        [call("list", "pods"), call("list", "pods"), call("get", "pods/log", "web-0")],
    )
    assert (found.granted, found.used) == (14, 2)
    assert found.scopes == (
        ScopedRules("shop", (rule(["list"], ["pods"]), rule(["get"], ["pods/log"])), "ClusterRole ops"),
    )
    assert len(found.unused) == 12
    assert Right("", "", "pods/exec", "create") in found.unused


def test_what_has_no_namespace_or_was_listed_over_all_of_them_stays_on_the_whole_cluster():
    found = needed([EVERYWHERE], [call("list", "nodes", namespace=""), call("list", "pods", namespace="")])
    assert found.scopes == (ScopedRules("", (rule(["list"], ["nodes", "pods"]),), "ClusterRole ops"),)


def test_a_kind_whose_objects_people_name_is_asked_for_by_name_and_one_with_generated_names_is_not():
    found = needed(
        [EVERYWHERE],
        [call("patch", "deployments", "web", group="apps"), call("get", "pods", "web-7d4b9-x2x4q")],
    )
    assert found.scopes[0].rules == (
        rule(["get"], ["pods"]),
        rule(["patch"], ["deployments"], groups=["apps"], names=["web"]),
    )


def test_reading_by_name_is_not_asked_for_beside_a_list_of_the_kind():
    seen = [call(verb, "deployments", name, group="apps") for verb, name in (("list", ""), ("get", "web"))]
    assert needed([EVERYWHERE], seen).scopes[0].rules == (rule(["get", "list"], ["deployments"], groups=["apps"]),)


def test_who_needed_many_objects_of_a_kind_needed_the_kind():
    seen = [call("patch", "deployments", f"web-{number}", group="apps") for number in range(11)]
    assert needed([EVERYWHERE], seen).scopes[0].rules == (rule(["patch"], ["deployments"], groups=["apps"]),)


def test_a_name_that_the_grant_had_is_never_left_out():
    assert needed([EVERYWHERE], [call("get", "secrets", "db")]).scopes[0].rules == (
        rule(["get"], ["secrets"], names=["db"]),
    )
    # The whole pods would have been listed; of pods that the grant names, too, no more than the names is asked for.
    named = ScopedRules("shop", (rule(["get"], ["pods"], names=["web-0", "web-1"]),), "Role ops")
    assert needed([named], [call("get", "pods", "web-0")]).scopes[0].rules == (
        rule(["get"], ["pods"], names=["web-0"]),
    )


def test_a_call_that_the_grant_does_not_allow_is_no_use_of_it():
    found = needed([EVERYWHERE], [call("delete", "pods", "web-0"), call("get", "secrets", "other")])
    assert (found.scopes, found.used) == ((), 0)


def test_a_star_in_the_place_of_a_name_is_asked_for_by_nobody():
    grant = ScopedRules("", (rule(["*"], ["*"], groups=["*"]), rule(["get"], urls=["*"])), "ClusterRole all")
    seen = [call("get", "*"), call("get", "pods", group="*"), Asked("", Attributes("get", url="/healthz/*"))]
    assert needed([grant], seen).scopes == ()


def test_a_path_is_asked_for_as_it_was_called():
    grant = ScopedRules("", (rule(["get"], urls=["/healthz/*", "/metrics"]),), "ClusterRole probes")
    found = needed([grant], [Asked("", Attributes("get", url="/healthz/etcd"))])
    assert found.scopes == (ScopedRules("", (rule(["get"], urls=["/healthz/etcd"]),), "ClusterRole probes"),)
    assert (found.granted, found.used) == (2, 1)
