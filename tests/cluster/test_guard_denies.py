"""What deny policies keep from a grant, by real calls: every operation, by name, place and label, and nobody else."""

from __future__ import annotations

import pytest

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.deny import LabelExpression, NamespaceFilter, Operator, SelectorTerm
from gitops_breakglass.model.enforcement import Needs
from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.request import Subject
from tests.cluster.guarded import EVERYTHING, REFUSED, a_rule, guarded
from tests.cluster.harness.actor import JSON_PATCH
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.world import World

FORBIDDEN = 403


@pytest.fixture
def stage(installed, installed_world):
    with guarded(installed, installed_world) as stage:
        yield stage


def refused(answer) -> bool:
    """Whether the guard refused it, and nothing else did."""
    if answer.status != FORBIDDEN:
        assert answer.status in range(200, 300), answer.message
        return False
    assert REFUSED in answer.message, answer.message
    return True


# -- operations


def calls_on(stage, name):
    """Each way to change a config map, and the verb that RBAC knows it by; nothing is changed."""
    path, one = stage.path("configmaps"), stage.path("configmaps", name)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    fresh = {"metadata": {"name": f"{name}-new"}, "data": {"a": "b"}}
    person = stage.person
    return {
        "create": lambda: person.request("POST", f"{path}?dryRun=All", fresh),
        "update": lambda: person.request("PUT", f"{one}?dryRun=All", body),
        "patch": lambda: person.request("PATCH", f"{one}?dryRun=All", {"data": {"a": "b"}}),
        "delete": lambda: person.request("DELETE", f"{one}?dryRun=All"),
        "deletecollection": lambda: person.request("DELETE", f"{path}?dryRun=All&fieldSelector=metadata.name={name}"),
    }


@pytest.mark.parametrize(
    "verb, kept",
    [
        ("create", {"create"}),
        # Admission does not hear by which of the two an object changes.
        ("update", {"update", "patch"}),
        ("patch", {"update", "patch"}),
        # An object that may not be deleted may not be deleted with others.
        ("delete", {"delete", "deletecollection"}),
        ("deletecollection", {"deletecollection"}),
    ],
)
def test_a_verb_that_is_denied_by_name_is_refused_for_that_name_and_no_other(stage, verb, kept):
    stage.makes("db-main", "web")
    stage.denies(a_rule(verb, names=("db-*",)))
    assert {name for name, call in calls_on(stage, "db-main").items() if refused(call())} == kept
    assert {name for name, call in calls_on(stage, "web").items() if refused(call())} == set()


def test_what_reads_is_never_refused(stage):
    stage.makes("db-main")
    stage.denies(a_rule("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"))
    assert stage.person.status("GET", stage.path("configmaps")) == 200
    assert stage.person.status("GET", stage.path("configmaps", "db-main")) == 200


def test_a_collection_with_an_object_that_may_not_go_leaves_that_object(stage):
    stage.makes("db-main", "web")
    stage.denies(a_rule("delete", names=("db-main",)))
    assert refused(stage.person.request("DELETE", stage.path("configmaps")))
    assert stage.person.status("GET", stage.path("configmaps", "db-main")) == 200


@pytest.mark.parametrize("more", [{}, {"data": {"a": "b"}}], ids=["empty", "with data"])
def test_what_is_made_by_being_applied_is_held_to_a_deny_of_patch(stage, more):
    stage.denies(a_rule("patch", names=("db-*",)))
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "db-new"}, **more}
    assert refused(stage.person.apply(stage.path("configmaps", "db-new"), body))
    body = {"metadata": {"name": "db-new"}, "data": {"a": "b"}}
    assert not refused(stage.person.request("POST", stage.path("configmaps"), body))


def test_a_name_that_the_server_makes_up_is_held_to_a_deny_too(stage):
    stage.denies(a_rule("create", names=("db-*",)))
    path = f"{stage.path('configmaps')}?dryRun=All"
    assert refused(stage.person.request("POST", path, {"metadata": {"generateName": "db-"}}))
    assert not refused(stage.person.request("POST", path, {"metadata": {"generateName": "web-"}}))


# -- resources and subresources


def test_a_deny_on_a_resource_is_for_that_group_and_resource(stage):
    stage.denies(a_rule("create", resource="secrets"), a_rule("create", group="apps"))
    body = {"metadata": {"generateName": "x-"}}
    assert refused(stage.person.request("POST", stage.path("secrets"), body))
    assert not refused(stage.person.request("POST", stage.path("configmaps"), body))


def test_a_subresource_is_named_or_it_is_not_meant(stage):
    deployment = {
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "main", "image": "example.com/app:1"}]},
            },
        },
    }
    api = "/apis/apps/v1"
    stage.installed.admin.must("POST", stage.path("deployments", api=api), deployment)
    stage.denies(a_rule("patch", resource="deployments", group="apps", subresources=("scale",), names=("web",)))
    path = stage.path("deployments", "web", api=api)
    assert refused(stage.person.request("PATCH", f"{path}/scale", {"spec": {"replicas": 1}}))
    assert not refused(stage.person.request("PATCH", path, {"metadata": {"labels": {"c": "d"}}}))


def test_an_eviction_is_of_the_pod_that_its_path_names(stage):
    stage.denies(a_rule("create", resource="pods", subresources=("eviction",), names=("bystander",)))
    stage.world.pod(stage.namespace, "other")
    for name, is_kept in (("bystander", True), ("other", False)):
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        path = f"{stage.path('pods', name)}/eviction?dryRun=All"
        assert refused(stage.person.request("POST", path, body)) == is_kept


def test_containers_are_not_added_where_that_is_denied(stage):
    stage.denies(a_rule("patch", resource="pods", subresources=("ephemeralcontainers",)))
    debugger = [{"name": "debugger", "image": "example.com/debug:1"}]
    path = stage.path("pods", "bystander")
    patch = {"spec": {"ephemeralContainers": debugger}}
    kind = "application/strategic-merge-patch+json"
    assert refused(stage.person.request("PATCH", f"{path}/ephemeralcontainers", patch, kind))
    assert not refused(stage.person.request("PATCH", path, {"metadata": {"labels": {"c": "d"}}}))


@pytest.mark.parametrize("verb", ["create", "get"])
def test_streams_are_refused_by_whichever_verb_they_come(stage, verb):
    stage.world.pod(stage.namespace, "db-0")
    below = ("exec", "attach", "portforward")
    stage.denies(a_rule(verb, resource="pods", subresources=below, names=("db-*",)))
    person, namespace = stage.person, stage.namespace
    for pod, is_kept in (("db-0", True), ("bystander", False)):
        streams = [
            person.exec(namespace, pod),
            person.exec(namespace, pod, spdy=True),
            person.attach(namespace, pod),
            person.port_forward(namespace, pod),
        ]
        assert [each.arrived for each in streams] == [not is_kept] * 4
        assert [REFUSED in each.message for each in streams] == [is_kept] * 4


# -- places


def test_a_deny_holds_where_its_grant_does(stage):
    elsewhere = stage.world.namespace()
    stage.lets(stage.person, elsewhere)
    stage.denies(a_rule("create", places=(stage.namespace,)))
    body = {"metadata": {"generateName": "x-"}}
    assert refused(stage.person.request("POST", stage.path("configmaps"), body))
    assert not refused(stage.person.request("POST", stage.path("configmaps", namespace=elsewhere), body))


def test_a_namespace_is_meant_by_its_name(stage):
    elsewhere = stage.world.namespace("kept")
    stage.lets(stage.person, elsewhere)
    stage.denies(
        a_rule(
            "create",
            namespaces=NamespaceFilter(("kept-*", "[")),
        )
    )
    body = {"metadata": {"generateName": "x-"}}
    assert refused(stage.person.request("POST", stage.path("configmaps", namespace=elsewhere), body))
    assert not refused(stage.person.request("POST", stage.path("configmaps"), body))


TIER = "example.com/tier"
TERMS = {
    "labels": (SelectorTerm(labels=((TIER, "gold"),)), {"gold"}),
    "in": (SelectorTerm(expressions=(LabelExpression(TIER, Operator.IN, ("gold", "iron")),)), {"gold", "iron"}),
    "not-in": (SelectorTerm(expressions=(LabelExpression(TIER, Operator.NOT_IN, ("gold",)),)), {"iron", ""}),
    "exists": (SelectorTerm(expressions=(LabelExpression(TIER, Operator.EXISTS),)), {"gold", "iron"}),
    "does-not-exist": (SelectorTerm(expressions=(LabelExpression(TIER, Operator.DOES_NOT_EXIST),)), {""}),
    "anything": (SelectorTerm(), {"gold", "iron", ""}),
    "both": (
        SelectorTerm(((TIER, "gold"),), (LabelExpression(TIER, Operator.DOES_NOT_EXIST),)),
        set(),
    ),
}


@pytest.fixture(scope="module")
def tiers(installed):
    """Namespaces by the label that they carry."""
    world = World(installed.admin, "nowhere")
    yield {tier: world.namespace(labels={TIER: tier} if tier else {}) for tier in ("gold", "iron", "")}
    world.close()


@pytest.mark.parametrize("term, kept", TERMS.values(), ids=TERMS)
def test_a_namespace_is_meant_by_its_labels(stage, tiers, term, kept):
    for namespace in tiers.values():
        stage.lets(stage.person, namespace)
    stage.denies(a_rule("create", namespaces=NamespaceFilter(terms=(term,))))
    found = {
        tier
        for tier, namespace in tiers.items()
        if refused(
            stage.person.request(
                "POST", stage.path("configmaps", namespace=namespace), {"metadata": {"generateName": "x-"}}
            )
        )
    }
    assert found == kept


def cluster_wide(stage):
    """Let the person do everything everywhere."""
    name = f"everything-{stage.namespace}"
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    stage.world.make(f"{rbac}/clusterroles", {"metadata": {"name": name}, "rules": [EVERYTHING]})
    ref = {"kind": "ClusterRole", "apiGroup": "rbac.authorization.k8s.io", "name": name}
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": stage.person.name}
    bound = {"metadata": {"name": name}, "roleRef": ref, "subjects": [subject]}
    stage.world.make(f"{rbac}/clusterrolebindings", bound)
    eventually(lambda: stage.person.status("GET", "/api/v1/nodes") == 200)


def test_a_namespace_itself_is_in_the_namespace_of_its_name_and_has_its_own_labels(stage, tiers):
    cluster_wide(stage)
    stage.denies(
        a_rule("delete", resource="namespaces", places=(tiers["iron"],)),
        a_rule("delete", resource="namespaces", namespaces=NamespaceFilter(terms=(SelectorTerm(((TIER, "gold"),)),))),
    )
    found = {
        tier
        for tier, name in tiers.items()
        if refused(stage.person.request("DELETE", f"/api/v1/namespaces/{name}?dryRun=All"))
    }
    assert found == {"gold", "iron"}


def test_a_namespace_is_judged_by_the_labels_that_it_had(stage, tiers):
    cluster_wide(stage)
    gold = NamespaceFilter(terms=(SelectorTerm(((TIER, "gold"),)),))
    stage.denies(a_rule("patch", resource="namespaces", namespaces=gold))
    iron = {"metadata": {"labels": {TIER: "iron"}}}
    path = f"/api/v1/namespaces/{tiers['gold']}?dryRun=All"
    assert refused(stage.person.request("PATCH", path, iron))


def test_what_is_in_no_namespace_is_meant_by_no_label_and_by_a_star(stage):
    cluster_wide(stage)
    body = {"metadata": {"generateName": "x-"}}
    nodes = "/api/v1/nodes?dryRun=All"
    anything = NamespaceFilter(terms=(SelectorTerm(),))
    stage.denies(a_rule("create", resource="nodes", namespaces=anything))
    stage.denies(a_rule("create", resource="nodes", namespaces=NamespaceFilter(("?*",))))
    assert not refused(stage.person.request("POST", nodes, body))
    stage.denies(a_rule("create", resource="nodes", namespaces=NamespaceFilter(("*",))))
    assert refused(stage.person.request("POST", nodes, body))


# -- names

GLOBS = ["db-*", "d[a-c]-?", "[^d]*", "db-1", "d\\b", "[", "*", "?*-[0-9]", "[z-a]*", "db.*", "*.b"]
NAMES = ["db-1", "db-main", "web", "db.b", "d-1", "z", "a.b"]


@pytest.mark.parametrize("glob", GLOBS)
def test_the_api_server_matches_names_as_we_do(stage, glob):
    stage.denies(a_rule("create", names=(glob,)))
    path = f"{stage.path('configmaps')}?dryRun=All"
    found = {name for name in NAMES if refused(stage.person.request("POST", path, {"metadata": {"name": name}}))}
    assert found == {name for name in NAMES if matches_any((glob,), name)}


def test_names_that_were_found_allowed_are_let_through(stage):
    stage.makes("db-main", "db-copy")
    stage.denies(a_rule("delete", except_names=(f"{stage.namespace}/db-copy", "elsewhere/db-main")))
    paths = {name: f"{stage.path('configmaps', name)}?dryRun=All" for name in ("db-main", "db-copy")}
    assert {name for name, path in paths.items() if refused(stage.person.request("DELETE", path))} == {"db-main"}


# -- subjects


def test_a_group_is_meant_by_what_the_caller_belongs_to(stage, installed):
    groups = ["sre", f"night-shift-{stage.namespace}"]
    member, other = installed.users.fresh(groups=groups), installed.users.fresh(groups=["sre"])
    for person in (member, other):
        stage.lets(person)
    stage.denies(a_rule("create"), subject=Subject("Group", groups[1]))
    body = {"metadata": {"generateName": "x-"}}
    assert refused(member.request("POST", stage.path("configmaps"), body))
    assert not refused(other.request("POST", stage.path("configmaps"), body))


def test_a_service_account_is_meant_by_its_place_and_name(stage, installed):
    path = stage.path("serviceaccounts")
    installed.admin.must("POST", path, {"metadata": {"name": "robot"}})
    robot, other = (installed.users.service_account(stage.namespace, name) for name in ("robot", "default"))
    for account in (robot, other):
        stage.lets(account)
    stage.denies(a_rule("create"), subject=Subject("ServiceAccount", "robot", stage.namespace))
    body = {"metadata": {"generateName": "x-"}}
    assert refused(robot.request("POST", stage.path("configmaps"), body))
    assert not refused(other.request("POST", stage.path("configmaps"), body))


def test_nobody_else_and_nothing_else_is_refused_and_afterwards_it_is_as_before(stage, installed):
    other = installed.users.fresh()
    stage.lets(other)
    body, path = {"metadata": {"generateName": "x-"}}, stage.path("configmaps")
    assert not refused(stage.person.request("POST", path, body))
    made = stage.denies(a_rule("create", reason="ask the\nowners"))
    answer = stage.person.request("POST", path, body)
    assert refused(answer)
    assert answer.message.endswith(f"{REFUSED}: ask the owners")
    # A standing right is no way around it: where both allow the same, the deny wins.
    assert not refused(other.request("POST", path, body))
    assert not refused(stage.person.request("POST", stage.path("secrets"), body))
    stage.cluster.delete(made)
    eventually(lambda: not refused(stage.person.request("POST", path, body)))


# -- parameters


def test_parameters_are_in_force_as_they_were_seen_or_not_at_all(stage):
    made = stage.denies(a_rule("create"))
    changed = stage.cluster.replace(
        made,
        {
            **made.manifest,
            "spec": {**made.manifest["spec"], "rules": [{**made.manifest["spec"]["rules"][0], "verbs": ["delete"]}]},
        },
    )
    stage.waits_for(changed)
    assert not stage.cluster.in_force(made)
    stage.cluster.delete(changed)
    eventually(lambda: not stage.cluster.in_force(changed))


def test_the_sweeper_takes_parameters_away_and_changes_nothing_of_them(stage, installed):
    made = stage.denies(a_rule("create"))
    path = f"/apis/{made.key.api_version}/namespaces/{made.key.namespace}/guardparameters/{made.key.name}"
    assert installed.sweeper.status("PATCH", path, {"metadata": {"annotations": {"note": "x"}}}) == FORBIDDEN
    assert installed.sweeper.status("DELETE", path.rpartition("/")[0]) == FORBIDDEN
    assert installed.sweeper.status("DELETE", path) == 200
    body = {"metadata": {"generateName": "x-"}}
    eventually(lambda: not refused(stage.person.request("POST", stage.path("configmaps"), body)))


def test_what_is_installed_is_read_back_by_the_reconciler(stage):
    needs = Needs(
        namespaces=True, pods=frozenset({stage.namespace}), names=frozenset({("", "secrets", stage.namespace)})
    )
    facts = stage.cluster.deny_facts(needs)
    assert facts.guard.rules
    assert facts.guard.blind_groups == frozenset()
    assert facts.namespaces[stage.namespace] == {"kubernetes.io/metadata.name": stage.namespace}
    assert [(pod.namespace, pod.name) for pod in facts.pods[stage.namespace]] == [(stage.namespace, "bystander")]
    assert facts.names == {("", "secrets", stage.namespace): ((stage.namespace, "bystander"),)}


BAD = [
    [{"op": "remove", "path": "/spec/rules/0/verbs"}],
    [{"op": "replace", "path": "/spec/rules/0/verbs", "value": []}],
    [{"op": "replace", "path": "/spec/rules/0/verbs", "value": "create"}],
    [{"op": "remove", "path": "/spec/rules/0/namePattern"}],
    [{"op": "replace", "path": "/spec/rules/0/namespaces", "value": {}}],
    [{"op": "add", "path": "/spec/rules/0/namespaces/terms/-", "value": {"labels": {}}}],
    [{"op": "replace", "path": "/spec/rules", "value": []}],
    [{"op": "replace", "path": "/spec/subject/kind", "value": "ServiceAccount"}],
    [{"op": "replace", "path": "/spec/subject/name", "value": "somebody-else"}],
]


@pytest.mark.parametrize("patch", BAD, ids=lambda each: f"{each[0]['op']} {each[0]['path']}")
def test_parameters_that_could_not_be_read_can_not_be_written(stage, installed, patch):
    made = stage.denies(a_rule("create"))
    path = f"/apis/{made.key.api_version}/namespaces/{made.key.namespace}/guardparameters/{made.key.name}"
    answer = installed.reconciler.request("PATCH", path, patch, JSON_PATCH)
    assert answer.status == 422, answer


def test_parameters_that_somebody_changed_since_are_not_taken_away(stage):
    made = stage.denies(a_rule("delete", names=("db-0",)))
    rules = made.manifest["spec"]["rules"]
    changed = {**made.manifest, "spec": {**made.manifest["spec"], "rules": [*rules, *rules]}}
    now = stage.cluster.replace(made, changed)
    with pytest.raises(ConflictError):
        stage.cluster.delete(made)
    assert stage.cluster.get(made.key) == now
    stage.cluster.delete(now)
