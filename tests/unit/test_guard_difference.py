"""Parameters of the guard against Roles: at no moment may a Role give what they should have refused."""

from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.core.plan.guards import guard_difference
from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    REQUEST,
    LiveObject,
    key_of,
)
from gitops_breakglass.model.plan import Create, Refresh

UID = "u1"
SECRETS = {"policy": "keep-secrets", "verbs": ["delete"]}
PODS = {"policy": "keep-pods", "verbs": ["delete"]}


def parameters(*rules, end="2026-11-22T17:00:00Z", name="bg-inc-1"):
    return {
        "apiVersion": OUR_API,
        "kind": "GuardParameters",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": {MANAGED_BY: MANAGER, REQUEST: UID},
            "annotations": {EXPIRES_AT: end, DECISION: "d"},
        },
        "spec": {"subject": {"kind": "User", "name": "ben"}, "rules": list(rules)},
    }


def live(manifest):
    held = {**manifest, "metadata": {**manifest["metadata"], "uid": "o1", "resourceVersion": "7"}}
    return LiveObject(key_of(manifest), "o1", held)


def differ(wanted, there, *, granted=(UID,), busy=()):
    return guard_difference(
        {key_of(each): each for each in wanted},
        [live(each) for each in there],
        {},
        reasons={},
        granted=set(granted),
        busy=set(busy),
    )


def rules_after(change):
    return change.manifest["spec"]["rules"]


def test_parameters_that_are_not_there_come_before_any_role():
    (create,) = differ([parameters(SECRETS)], []).first
    assert isinstance(create, Create)
    assert rules_after(create) == [SECRETS]


def test_a_rule_that_is_new_is_added_before_the_roles_change_and_the_old_ones_stay_meanwhile():
    found = differ([parameters(PODS)], [parameters(SECRETS)], busy=[UID])
    (refresh,) = found.first
    assert isinstance(refresh, Refresh)
    assert rules_after(refresh) == [SECRETS, PODS]
    assert (found.last, found.ends) == ((), ())


def test_a_rule_that_is_needed_no_more_goes_only_when_the_roles_are_as_they_should_be():
    assert differ([parameters(PODS)], [parameters(SECRETS, PODS)], busy=[UID]).last == ()
    (refresh,) = differ([parameters(PODS)], [parameters(SECRETS, PODS)]).last
    assert rules_after(refresh) == [PODS]


def test_parameters_that_are_needed_no_more_go_only_when_the_roles_are_as_they_should_be():
    assert differ([], [parameters(SECRETS)], busy=[UID]).ends == ()
    (end,) = differ([], [parameters(SECRETS)]).ends
    assert (end.why, end.while_granted) == ("no deny policy needs it any more", True)


def test_parameters_of_a_grant_that_is_over_end_with_it():
    (end,) = differ([], [parameters(SECRETS)], granted=()).ends
    assert (end.why, end.while_granted) == ("no proved request asks for it", False)


def test_parameters_that_somebody_changed_are_put_right_before_the_roles():
    for changed in (parameters(SECRETS, end="2026-11-23T17:00:00Z"), parameters()):
        (refresh,) = differ([parameters(SECRETS)], [changed]).first
        assert refresh.manifest["spec"] == parameters(SECRETS)["spec"]
        assert refresh.manifest["metadata"]["annotations"] == parameters(SECRETS)["metadata"]["annotations"]
        assert refresh.manifest["metadata"]["resourceVersion"] == "7"


def test_parameters_for_another_subject_are_put_right_before_the_roles():
    other = parameters(SECRETS)
    other["spec"]["subject"] = {"kind": "User", "name": "somebody"}
    (refresh,) = differ([parameters(SECRETS)], [other]).first
    assert refresh.manifest["spec"]["subject"]["name"] == "ben"


def test_parameters_that_are_as_they_should_be_stay():
    found = differ([parameters(SECRETS)], [parameters(SECRETS)])
    assert (found.first, found.last, found.ends) == ((), (), ())
    assert [str(keep.key) for keep in found.keeps] == ["GuardParameters gitops-breakglass/bg-inc-1"]


def test_parameters_of_a_request_that_stays_as_it_is_stay_with_it():
    there = [live(parameters(SECRETS))]
    assert [each.live.key.name for each in diff({}, there, {}, {}).ends] == ["bg-inc-1"]
    assert diff({}, there, {}, {}, frozen=frozenset({UID})).ends == ()
