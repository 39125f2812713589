"""Marks of ours against everybody who may write RBAC: every kind of write, and what happened while no guard was there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gitops_breakglass.core.install import guard
from gitops_breakglass.core.marks import PATH
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.install_fixture import Installed, installation, staged
from tests.cluster.witness_stage import ALICE, Stage, in_hours, ours

FORBIDDEN = 403
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"


@pytest.fixture(scope="module")
def shaken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An API server of our own: while the guard is gone, no other test may be judged by it."""
    with installation(tmp_path_factory.mktemp("shaken"), wait=True) as installed:
        yield installed


@pytest.fixture
def stage(shaken: Installed) -> Iterator[Stage]:
    with staged(shaken) as stage:
        yield stage


@contextmanager
def unguarded(shaken: Installed) -> Iterator[None]:
    """Take the guard on windows away for a while, as only a cluster's administrator can."""
    kept = [each for each in shaken.bundle.bounds if each["metadata"]["name"] == guard.WINDOWS]
    shaken.admin.must("DELETE", f"{BINDINGS}/{guard.WINDOWS}")
    probe = "/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All", {"metadata": {"name": "bg-probe"}}
    eventually(lambda: shaken.admin.status("POST", *probe) == 201)
    try:
        yield
    finally:
        for each in kept:
            shaken.administrator.apply(each)
        eventually(lambda: shaken.admin.status("POST", *probe) == FORBIDDEN)


def _lost(shaken: Installed, stage: Stage, path: str, **metadata: Any) -> str:
    with unguarded(shaken):
        changed = stage.patched(stage.admin, path, **metadata)
        assert changed.status == 200, changed.message
    settled(stage.admin)
    return path


NO_LABEL = {"labels": {MANAGED_BY: None}}
NO_LABELS = {"labels": {MANAGED_BY: None, REQUEST: None}}
NO_LABEL_NOR_DECISION = {"labels": {MANAGED_BY: None}, "annotations": {DECISION: None}}


@pytest.mark.threat("D2")
@pytest.mark.parametrize("taken", [NO_LABEL, NO_LABELS, NO_LABEL_NOR_DECISION], ids=["label", "both", "decision"])
@pytest.mark.parametrize("who", ["reconciler", "sweeper"])
def test_what_lost_our_label_can_still_be_ended_by_both_identities(shaken, stage, who, taken):
    actor = getattr(stage, who)
    role, binding = (_lost(shaken, stage, each, **taken) for each in (stage.made_role(), stage.made_binding()))
    assert actor.status("PATCH", role, {"rules": []}) == 200
    assert stage.patched(actor, binding, finalizers=None).status == 200
    assert actor.status("DELETE", binding) == 200
    assert actor.status("DELETE", role) == 200


@pytest.mark.threat("D2")
def test_what_lost_our_label_is_held_to_everything_all_the_same(shaken, stage):
    role = _lost(shaken, stage, stage.made_role(), **NO_LABEL)
    for change in (
        {"annotations": {EXPIRES_AT: in_hours(2)}},
        {"annotations": {DECISION: None}},
        {"annotations": {PATH: "x"}},
        {"labels": {REQUEST: None}},
        {"labels": {"a": "b"}},
        {"finalizers": ["example.com/stay"]},
    ):
        assert stage.patched(stage.admin, role, **change).status == FORBIDDEN, change
    assert stage.patched(stage.admin, role, annotations={EXPIRES_AT: in_hours(0.5)}).status == 200


def test_an_object_of_others_with_a_mark_of_ours_and_another_name_stays(stage):
    role = f"{stage.rbac}/roles/theirs"
    stage.admin.must("POST", f"{stage.rbac}/roles", stage.role({"name": "theirs", "labels": {REQUEST: "0" * 32}}))
    for who in (stage.reconciler, stage.sweeper):
        assert "the fence" in who.request("DELETE", role).message
    for change in ({"finalizers": ["example.com/stay"]}, {"labels": {"a": "b"}}, {"finalizers": None}):
        assert stage.patched(stage.admin, role, **change).status == 200


def test_a_namesake_of_others_without_a_mark_of_ours_stays_and_gets_none(shaken, stage):
    with unguarded(shaken):
        stage.admin.must("POST", f"{stage.rbac}/roles", stage.role({"name": "bg-theirs"}))
    role = f"{stage.rbac}/roles/bg-theirs"
    for who in (stage.reconciler, stage.sweeper):
        assert "the fence" in who.request("DELETE", role).message
    assert stage.patched(stage.admin, role, labels={"a": "b"}).status == 200
    for change in ({"annotations": {DECISION: "0" * 64}}, {"labels": {REQUEST: "0" * 32}}):
        assert stage.patched(stage.admin, role, **change).status == FORBIDDEN


# -- every kind of write


def _later(metadata: dict[str, Any]) -> None:
    metadata["annotations"][EXPIRES_AT] = in_hours(2)


def _without_label(metadata: dict[str, Any]) -> None:
    del metadata["labels"][MANAGED_BY]


def _without_decision(metadata: dict[str, Any]) -> None:
    del metadata["annotations"][DECISION]


def _owned(metadata: dict[str, Any]) -> None:
    metadata["ownerReferences"] = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "u"}]


def _held(metadata: dict[str, Any]) -> None:
    metadata["finalizers"] = ["example.com/stay"]


TAMPERED = {
    _later: pytest.mark.threat("D1"),
    _without_label: pytest.mark.threat("D2"),
    _without_decision: pytest.mark.threat("D2"),
    _held: pytest.mark.threat("D6"),
    _owned: pytest.mark.threat("D8"),
}


@pytest.mark.parametrize("who", ["admin", "reconciler"])
@pytest.mark.parametrize("tamper", [pytest.param(each, marks=mark) for each, mark in TAMPERED.items()])
def test_no_kind_of_write_tampers_with_an_object_of_a_grant(stage, who, tamper):
    actor = getattr(stage, who)
    path = stage.made_role()
    before = stage.admin.must("GET", path)
    whole = {
        **before,
        "metadata": {**before["metadata"], **{k: dict(before["metadata"][k]) for k in ("labels", "annotations")}},
    }
    tamper(whole["metadata"])
    meta = whole["metadata"]
    parts = {k: meta.get(k) for k in ("labels", "annotations", "finalizers", "ownerReferences") if k in meta}
    nulled = {
        k: {**dict.fromkeys(before["metadata"][k], None), **v} if k in ("labels", "annotations") else v
        for k, v in parts.items()
    }
    operations = [{"op": "add", "path": f"/metadata/{k}", "value": v} for k, v in parts.items()]
    applied = {k: whole[k] for k in ("apiVersion", "kind", "rules")}
    tries = {
        "PUT": actor.request("PUT", path, whole),
        "PUT, dry run": actor.request("PUT", f"{path}?dryRun=All", whole),
        "merge": actor.request("PATCH", path, {"metadata": nulled}),
        "strategic": actor.request("PATCH", path, {"metadata": nulled}, STRATEGIC),
        "JSON": actor.request("PATCH", path, operations, JSON_PATCH),
    }
    if tamper not in (_without_label, _without_decision):
        # What a manager applies takes nothing away that another one owns.
        body = {**applied, "metadata": {"name": meta["name"], **parts}}
        tries["apply"] = actor.apply(path, body, "somebody", force=True)
    assert {how: answer.status for how, answer in tries.items()} == dict.fromkeys(tries, FORBIDDEN)
    assert stage.admin.must("GET", path)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_nobody_applies_or_generates_an_object_with_our_prefix(stage):
    roles = f"{stage.rbac}/roles"
    applied = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", **stage.role({"name": "bg-mine"})}
    assert stage.admin.apply(f"{roles}/bg-mine", applied).status == FORBIDDEN
    assert stage.admin.status("POST", roles, stage.role({"generateName": "bg-"})) == FORBIDDEN
    assert stage.admin.status("POST", roles, stage.role({"generateName": "mine-"})) == 201
    marked = {"generateName": "mine-", "labels": {MANAGED_BY: MANAGER}}
    assert stage.admin.status("POST", roles, stage.role(marked)) == FORBIDDEN
    binding = stage.binding({"generateName": "bg-"}, role="bystander")
    assert stage.admin.status("POST", f"{stage.rbac}/rolebindings", binding) == FORBIDDEN


def test_a_binding_stays_emptied_once_its_subjects_were_taken_out(stage):
    binding = stage.made_binding()
    assert stage.admin.status("PATCH", binding, {"subjects": None}) == 200
    assert stage.admin.status("PATCH", binding, {"subjects": [ALICE]}) == FORBIDDEN


def test_who_may_delete_a_collection_ends_what_is_in_it(stage):
    stage.made_role(), stage.made_role()
    assert stage.admin.status("DELETE", f"{stage.rbac}/roles?labelSelector={MANAGED_BY}%3D{MANAGER}") == 200
    left = stage.admin.must("GET", f"{stage.rbac}/roles?labelSelector={MANAGED_BY}%3D{MANAGER}")["items"]
    assert left == []


def test_a_write_that_changes_nothing_passes_for_whoever_moves_storage(stage):
    for path in (stage.made_role(), stage.made_binding(), stage.made_grant(), stage.made_parameters("nobody@x")):
        assert stage.admin.status("PUT", path, stage.admin.must("GET", path)) == 200, path


def test_what_is_made_with_every_mark_by_another_than_the_reconciler_is_refused(stage):
    for who in (stage.admin, stage.sweeper):
        assert who.status("POST", f"{stage.rbac}/roles", stage.role(ours())) == FORBIDDEN
