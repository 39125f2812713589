"""Without an audit log an object's own marks tell, and nobody is blamed by them."""

import pytest

from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.residue.residue import Looked, residue
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.residue import Sort, Traces
from tests.unit.residue.scenes import LONG, bound, found, lines, met, scene

KUBECTL = (60.0, "kubectl-create")
BOB = Subject("User", "bob@example.com")


def test_what_a_program_made_while_access_held_and_nobody_else_may_make_is_likely():
    assert lines(met(traces=[KUBECTL])) == ["likely made ConfigMap shop/notes"]


def test_what_came_to_be_without_a_program_s_name_is_possible():
    assert lines(met()) == ["possible made ConfigMap shop/notes"]


@pytest.mark.parametrize("created", [-1.0, -LONG, LONG + 1.0])
def test_what_came_to_be_before_or_after_is_not_told(created):
    assert lines(met(created=created, traces=[(created, "kubectl-create")])) == []


def test_the_second_in_which_access_began_counts_since_objects_have_whole_seconds():
    assert lines(met(created=-0.5)) == ["possible made ConfigMap shop/notes"]


@pytest.mark.parametrize(
    "other",
    [
        BOB,
        Subject("Group", "developers"),
        Subject("Group", "system:authenticated"),
        Subject("ServiceAccount", "deployer", "ci"),
        Subject("Group", "system:serviceaccounts:ci"),
    ],
    ids=str,
)
def test_what_others_may_make_too_is_only_possible(other):
    assert lines(met(traces=[KUBECTL]), rbac=bound(other)) == ["possible made ConfigMap shop/notes"]


@pytest.mark.parametrize(
    "other",
    [
        Subject("User", "alice@example.com"),
        Subject("User", "system:kube-controller-manager"),
        Subject("Group", "system:masters"),
        Subject("ServiceAccount", "job-controller", "kube-system"),
    ],
    ids=str,
)
def test_the_subject_and_the_cluster_s_own_parts_are_no_others(other):
    assert lines(met(traces=[KUBECTL]), rbac=bound(other)) == ["likely made ConfigMap shop/notes"]


def test_others_of_another_namespace_or_kind_change_nothing():
    assert lines(met(traces=[KUBECTL]), rbac=bound(BOB, namespace="cart")) == ["likely made ConfigMap shop/notes"]
    assert lines(met(traces=[KUBECTL]), rbac=bound(BOB, resources=["secrets"])) == ["likely made ConfigMap shop/notes"]


def test_whose_grant_held_at_the_same_time_is_another():
    grants = [ScopedRules("shop", (rule(["create"], ["configmaps"]),), "Role notes")]
    assert lines(met(traces=[KUBECTL]), grants=grants) == ["possible made ConfigMap shop/notes"]


def test_what_the_grant_did_not_allow_is_only_possible():
    assert lines(met(traces=[KUBECTL]), of=scene(rules=())) == ["possible made ConfigMap shop/notes"]


def test_where_nobody_can_say_who_else_may_it_is_only_possible():
    left = residue(scene(), Looked(Traces((met(traces=[KUBECTL]),))))
    assert [each.certainty for each in left.left] == ["possible"]
    assert "who else may do what the grant allowed: roles and bindings could not be read" in left.unseen


def test_what_says_that_a_controller_made_it_is_told_and_only_possible_since_anybody_can_write_that():
    hidden = met("Pod", "miner", traces=[KUBECTL], owner="ReplicaSet web-1")
    assert lines(hidden) == ["possible made Pod shop/miner"]


def test_fields_that_were_set_while_access_held_are_told_of_what_was_there_before():
    old = met("Deployment", "web", created=-500.0, traces=[(-500.0, "helm"), (90.0, "kubectl-edit")])
    assert lines(old) == ["likely changed Deployment shop/web"]


@pytest.mark.parametrize(
    "trace",
    [
        (90.0, "kubectl-edit", "status"),
        (90.0, "kube-controller-manager"),
        (-90.0, "kubectl-edit"),
        (LONG + 90.0, "kubectl-edit"),
    ],
    ids=str,
)
def test_what_the_cluster_s_parts_set_and_what_was_set_at_other_times_is_not_told(trace):
    assert lines(met("Deployment", "web", created=-500.0, traces=[trace])) == []


def test_that_names_of_parts_are_free_is_said_where_such_a_name_is_seen():
    old = met("Deployment", "web", created=-500.0, traces=[(90.0, "kube-controller-manager")])
    said = (
        "whether 1 object that only parts of the cluster changed, by their name, were changed by them: names are free"
    )
    assert said in found(old).unseen
    assert not any("names are free" in each for each in found(met()).unseen)


def test_what_the_tool_made_is_known_by_its_uid_and_not_by_a_label():
    assert lines(met(uid="of-a-record"), of=scene(ours=["of-a-record"])) == []


def test_kinds_that_may_not_be_listed_are_told_with_the_reason():
    unlisted = {
        "secrets": "it may not be listed by who asks",
        "roles.rbac.authorization.k8s.io": "it may not be listed by who asks",
    }
    said = residue(scene(), Looked(Traces((), frozenset(), unlisted))).unseen
    assert "objects of roles.rbac.authorization.k8s.io, secrets: it may not be listed by who asks" in said


def test_what_is_bound_to_an_account_that_was_left_is_told_whoever_bound_it():
    account = Subject("ServiceAccount", "backdoor", "shop")
    left = found(met("ServiceAccount", "backdoor"), met("ServiceAccount", "old", created=-90.0), rbac=bound(account))
    assert left.accounts == (
        "ServiceAccount shop/backdoor (possible) holds Role keepers in shop, by RoleBinding shop/keepers",
    )


def test_the_most_dangerous_comes_first():
    left = found(met(), met("Pod", "miner"), met("ServiceAccount", "backdoor"), met("Secret", "t", token_of="backdoor"))
    assert [each.sort for each in left.left] == [Sort.RBAC, Sort.TOKENS, Sort.WORKLOADS, Sort.OTHER]
