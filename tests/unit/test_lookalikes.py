"""Access that looks like a grant's: what is told of it, and what is somebody's standing right."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.plan.edited import edited
from gitops_breakglass.core.plan.lookalikes import WATCHED, look_alikes
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST
from gitops_breakglass.model.policy import ClusterRole, Rbac, RoleBinding
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window
from tests.laws.drawn_statements import NOW, live, recorded, rendered

ALICE = Subject("User", "alice@example.com")
READS = rule(["get", "list"], ["configmaps"])
WRITES = rule(["create"], ["configmaps"])
DAY = timedelta(days=1)
NOBODY = Rbac()
BEGUN = NOW - timedelta(minutes=30)
STATEMENT = Statement(
    repository="acme/access",
    cluster="prod",
    cluster_uid="uid-1",
    request=RequestId("prod", "inc-1"),
    kind="BreakglassSession",
    uid="0" * 32,
    path="requests/prod/inc-1.yaml",
    blob="b" * 40,
    landing="c" * 40,
    decided_at=BEGUN,
    outcome="granted",
    subject=ALICE,
    windows=(Window(BEGUN, NOW + timedelta(minutes=30)),),
    scopes=(ScopedRules("shop", (READS, WRITES), "a role"),),
)
ROLES = (
    ClusterRole("all", (rule(["*"], ["*"], groups=["*"]),)),
    ClusterRole("same", (READS, WRITES), "shop"),
    ClusterRole("reads", (READS,), "shop"),
    ClusterRole("writes", (WRITES,), "shop"),
    ClusterRole("other", (rule(["get"], ["pods"]),), "shop"),
    ClusterRole("same", (READS, WRITES), "bank"),
)


def bound(role="same", *, subjects=(ALICE,), namespace="shop", created=NOW, kind="Role", name="mine", uid="9"):
    return RoleBinding(name, kind, role, subjects, namespace, created=created, uid=uid)


def told(*bindings, now=NOW, meant=NOBODY, objects=(), statement=STATEMENT, uids=()):
    record = replace(recorded(statement), uids=dict(uids))
    return {str(each.key): each.why for each in look_alikes([record], objects, Rbac(ROLES, bindings), meant, now)}


GIVES = "it gives alice@example.com what the grant prod/inc-1 gives in shop, and has no end"
EVERYWHERE = {"kind": "ClusterRole", "namespace": ""}


@pytest.mark.threat("D3")
@pytest.mark.parametrize("minutes", [-29, 0, 60 * 24 * 30])
def test_a_binding_that_gives_the_same_is_told_while_the_grant_lives_and_for_a_month_after(minutes):
    at = NOW + timedelta(minutes=minutes)
    assert told(bound(created=at), now=at) == {"RoleBinding shop/mine": GIVES}


def test_after_that_it_is_somebodys_standing_right():
    end = STATEMENT.windows[0].end
    assert told(bound(), now=end + WATCHED)
    assert told(bound(), now=end + WATCHED + timedelta(seconds=1)) == {}


def test_what_stood_before_the_grant_is_not_told():
    assert told(bound(created=BEGUN - timedelta(seconds=1))) == {}
    assert told(bound(created=BEGUN))


@pytest.mark.parametrize(
    ("role", "where"),
    [("all", {"kind": "ClusterRole"}), ("all", EVERYWHERE), ("same", {})],
    ids=["all-here", "all", "same"],
)
def test_more_than_the_grant_gave_is_told_as_well(role, where):
    assert list(told(bound(role, **where)).values()) == [GIVES]


@pytest.mark.parametrize("role", ["reads", "writes", "other", "gone"])
def test_less_than_the_grant_gave_is_not_told(role):
    assert told(bound(role)) == {}


def test_two_bindings_that_give_it_together_are_both_told():
    found = told(bound("reads", name="one"), bound("writes", name="two"), bound("other", name="three"))
    assert found == {"RoleBinding shop/one": GIVES, "RoleBinding shop/two": GIVES}


def test_what_gives_it_elsewhere_or_to_others_is_not_told():
    group = Subject("Group", ALICE.name)
    assert told(bound(namespace="bank"), bound(subjects=(Subject("User", "ben@example.com"), group))) == {}


def test_of_a_grant_on_the_whole_cluster_a_binding_in_one_namespace_is_told():
    wide = replace(STATEMENT, scopes=(ScopedRules("", (READS, WRITES), "a role"),))
    assert told(bound(), statement=wide) == {"RoleBinding shop/mine": GIVES}


def test_a_service_account_is_known_by_either_of_its_names():
    robot = replace(STATEMENT, subject=Subject("User", "system:serviceaccount:ci:deployer"))
    found = told(bound(subjects=(Subject("ServiceAccount", "deployer", "ci"),)), statement=robot)
    assert found == {"RoleBinding shop/mine": GIVES.replace(ALICE.name, "system:serviceaccount:ci:deployer")}


def test_what_the_policy_side_has_as_it_is_is_meant():
    meant = Rbac(bindings=(replace(bound(), created=None, uid=""),))
    assert told(bound(), meant=meant) == {}
    assert told(bound(name="another"), meant=meant)
    assert told(bound(subjects=(ALICE, Subject("User", "ben@example.com"))), meant=meant)


@pytest.mark.parametrize("created", [BEGUN - DAY, NOW])
def test_whoever_binds_somebody_to_a_grants_role_is_told_whenever_that_was(created):
    role = rendered(STATEMENT)[0]
    ben = Subject("User", "ben@example.com")
    found = told(bound(role["metadata"]["name"], subjects=(ben,), created=created), objects=[live(role)])
    why = f"it binds ben@example.com to Role {role['metadata']['name']} of a grant"
    assert found == {"RoleBinding shop/mine": why}
    # A role that has gone comes back where somebody edited it.
    assert told(bound(role["metadata"]["name"], subjects=(ben,), created=created)) == found


def test_a_binding_of_ours_that_lost_its_label_is_none():
    _, binding = rendered(STATEMENT)
    key = live(binding).key
    assert told(bound(rendered(STATEMENT)[0]["metadata"]["name"], uid="7"), uids={key: "7"}) == {}


def test_what_carries_our_label_and_was_not_made_by_us_is_told():
    theirs = live(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "x", "namespace": "shop", "labels": {MANAGED_BY: MANAGER}},
        }
    )
    assert told(objects=[theirs]) == {"Role shop/x": "it carries our label, and we did not make it"}


# -- what of ours was edited


def changed(which, change):
    objects = [live(each) for each in rendered(STATEMENT)]
    manifest = {**objects[which].manifest, "metadata": {**objects[which].manifest["metadata"]}}
    for part in ("labels", "annotations"):
        manifest["metadata"][part] = dict(manifest["metadata"][part])
    change(manifest)
    objects[which] = live(manifest)
    return [each.why for each in edited([recorded(STATEMENT)], objects, NOW)]


def test_what_is_as_it_was_signed_or_less_is_not_told():
    assert changed(0, lambda _role: None) == []
    assert changed(0, lambda role: role.update(rules=[])) == []
    assert changed(0, lambda role: role["metadata"]["annotations"].update({EXPIRES_AT: "2026-03-10T03:10:00Z"})) == []


@pytest.mark.parametrize(
    ("which", "change", "why"),
    [
        (
            0,
            lambda role: role["rules"].append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}),
            "somebody put more rules into it than were signed",
        ),
        (0, lambda role: role.update(rules=7), "its rules can't be read"),
        (
            0,
            lambda role: role["metadata"]["annotations"].update({EXPIRES_AT: "2027-01-01T00:00:00Z"}),
            "its end was moved",
        ),
        (1, lambda binding: binding.update(subjects=[]), "somebody changed whom it binds to what"),
        (
            1,
            lambda binding: binding["metadata"]["annotations"].update({DECISION: "0" * 64}),
            "it does not follow from the signed decision",
        ),
        (
            1,
            lambda binding: binding["metadata"]["labels"].update({REQUEST: "1" * 32}),
            "somebody gave it to another request",
        ),
    ],
)
def test_what_somebody_changed_is_told(which, change, why):
    assert changed(which, change) == [why]
