"""Roles against what is desired: they shrink, they follow what a deny policy enumerates, and nothing else."""

from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.core.rbac.algebra import rule, to_manifest
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, RBAC, REQUEST, LiveObject, key_of
from gitops_breakglass.model.plan import Refresh, Shrink

UID = "u1"
ANY_POD = rule(["get"], ["pods"])
MARK = rule(["hold"], ["podrules"], groups=[MARKER_GROUP], names=["any", "d1"])


def pods(*names):
    return rule(["get"], ["pods"], names=names)


def role(*rules):
    return {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {
            "name": "bg-inc-1",
            "labels": {MANAGED_BY: MANAGER, REQUEST: UID},
            "annotations": {EXPIRES_AT: "2026-11-22T17:00:00Z", DECISION: "d"},
        },
        "rules": to_manifest(rules),
    }


def changes(wanted, there, *, enumerated=(), frozen=()):
    key = key_of(wanted)
    found = diff(
        {key: wanted},
        [LiveObject(key, "o1", there)],
        {},
        {},
        enumerated={key: tuple(enumerated)},
        frozen=frozenset(frozen),
    )
    return (*found.shrinks, *found.refreshes)


def test_names_that_a_run_finds_allowed_are_added_to_the_role_that_lists_them():
    (change,) = changes(role(pods("a", "b")), role(pods("a")), enumerated=[pods("a", "b")])
    assert isinstance(change, Refresh)
    assert change.manifest["rules"] == to_manifest((pods("a", "b"),))


def test_a_role_never_grows_by_anything_else():
    assert changes(role(pods("a", "b")), role(pods("a"))) == ()
    (change,) = changes(role(ANY_POD, rule(["list"], ["secrets"])), role(pods("a")), enumerated=[pods("a", "b")])
    assert change.manifest["rules"] == to_manifest((pods("a", "b"),))


def test_a_role_that_somebody_emptied_stays_empty():
    assert changes(role(pods("a")), role(), enumerated=[pods("a")]) == ()


def test_names_take_the_place_of_every_name():
    (change,) = changes(role(pods("a")), role(ANY_POD), enumerated=[pods("a")])
    assert isinstance(change, Shrink)
    assert change.manifest["rules"] == to_manifest((pods("a"),))


def test_a_mark_comes_with_the_rights_that_it_binds():
    (change,) = changes(role(ANY_POD, MARK), role(ANY_POD), enumerated=[MARK])
    assert isinstance(change, Refresh)
    assert change.manifest["rules"] == role(ANY_POD, MARK)["rules"]


def test_a_role_that_loses_a_mark_waits_for_the_parameters_of_the_guard():
    (change,) = changes(role(ANY_POD), role(ANY_POD, MARK))
    assert isinstance(change, Refresh)
    assert change.manifest["rules"] == to_manifest((ANY_POD,))


def test_what_there_is_of_a_frozen_request_stays():
    assert changes(role(pods("a")), role(ANY_POD), frozen=[UID]) == ()
