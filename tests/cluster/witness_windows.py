"""Witness cases of the guard on windows: no object of a grant without its end, past it, or with what would outlast it."""

from __future__ import annotations

from gitops_breakglass.core.install import guard, guard_marks
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, RBAC, REQUEST
from tests.cluster.witness_cases import Calls, refused_by
from tests.cluster.witness_stage import Stage, ending, in_hours, ours


@refused_by(guard.WINDOWS, "only the reconciler makes objects of grants", is_alone=False)
def an_administrator_makes_a_binding_of_ours(stage: Stage) -> Calls:
    bindings = f"{stage.rbac}/rolebindings"
    own = stage.binding({"name": "own"}, role="bystander")
    return stage.admin.request("POST", bindings, own), stage.admin.request("POST", bindings, stage.binding())


@refused_by(guard.WINDOWS, "only the reconciler makes objects of grants")
def an_administrator_makes_a_namesake_without_our_label(stage: Stage) -> Calls:
    roles = f"{stage.rbac}/roles"
    other = stage.admin.request("POST", roles, stage.role({"name": "b-and-g"}))
    return other, stage.admin.request("POST", roles, stage.role(ours(labels={REQUEST: "0" * 32})))


def _create_role(stage: Stage, **metadata: object) -> Calls:
    roles = f"{stage.rbac}/roles"
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(ours(**metadata)))


@refused_by(guard.WINDOWS, guard.HAS_END)
def a_role_without_an_end(stage: Stage) -> Calls:
    return _create_role(stage, annotations={DECISION: "0" * 64})


@refused_by(guard.WINDOWS, guard.HAS_END)
def a_role_whose_end_is_not_in_utc(stage: Stage) -> Calls:
    return _create_role(stage, **ending(in_hours(1).replace("Z", "+00:00")))


@refused_by(guard.WINDOWS, guard.NOT_OVER)
def a_role_that_is_already_over(stage: Stage) -> Calls:
    return _create_role(stage, **ending(in_hours(-0.001)))


@refused_by(guard.WINDOWS, guard.NOT_OVER)
def a_binding_that_is_over_by_the_servers_clock_whatever_its_client_claims(stage: Stage) -> Calls:
    bindings = f"{stage.rbac}/rolebindings"
    claimed = {**ending(in_hours(-1)), "creationTimestamp": in_hours(-2)}
    passes = stage.reconciler.request("POST", bindings, stage.binding())
    return passes, stage.reconciler.request("POST", bindings, stage.binding(claimed))


@refused_by(guard.WINDOWS, "no window on this cluster is longer than")
def a_role_that_lasts_longer_than_anything_that_is_offered(stage: Stage) -> Calls:
    roles = f"{stage.rbac}/roles"
    passes = stage.reconciler.request("POST", roles, stage.role(ending(in_hours(14 * 24))))
    return passes, stage.reconciler.request("POST", roles, stage.role(ending(in_hours(14 * 24 + 0.1))))


def _patch_role(stage: Stage, by: str, passing: dict[str, object], refused: dict[str, object]) -> Calls:
    actor = {"admin": stage.admin, "reconciler": stage.reconciler, "sweeper": stage.sweeper}[by]
    role = stage.made_role()
    return stage.patched(actor, role, **passing), stage.patched(actor, role, **refused)


@refused_by(guard.WINDOWS, guard.NOT_EXTENDED)
def the_reconciler_moves_an_end_later(stage: Stage) -> Calls:
    earlier, later = {EXPIRES_AT: in_hours(0.5)}, {EXPIRES_AT: in_hours(2)}
    return _patch_role(stage, "reconciler", {"annotations": earlier}, {"annotations": later})


@refused_by(guard.WINDOWS, guard.NOT_EXTENDED)
def an_administrator_moves_an_end_later(stage: Stage) -> Calls:
    earlier, later = {EXPIRES_AT: in_hours(0.5)}, {EXPIRES_AT: in_hours(2)}
    return _patch_role(stage, "admin", {"annotations": earlier}, {"annotations": later})


@refused_by(guard.WINDOWS, guard.NOT_EXTENDED)
def the_reconciler_takes_an_end_away(stage: Stage) -> Calls:
    return _patch_role(stage, "reconciler", {"annotations": {"note": "x"}}, {"annotations": {EXPIRES_AT: None}})


@refused_by(guard.WINDOWS, guard_marks.NO_FINALIZERS)
def a_role_that_is_made_with_a_finalizer(stage: Stage) -> Calls:
    return _create_role(stage, finalizers=["example.com/stay"])


@refused_by(guard.WINDOWS, guard_marks.NO_FINALIZERS)
def an_administrator_adds_a_finalizer(stage: Stage) -> Calls:
    return _patch_role(stage, "admin", {"finalizers": []}, {"finalizers": ["example.com/stay"]})


@refused_by(guard.WINDOWS, guard_marks.NO_OWNERS)
def a_role_that_is_made_with_an_owner(stage: Stage) -> Calls:
    return _create_role(stage, ownerReferences=[_owner()])


@refused_by(guard.WINDOWS, guard_marks.NO_OWNERS)
def an_administrator_adds_an_owner(stage: Stage) -> Calls:
    return _patch_role(stage, "admin", {"ownerReferences": []}, {"ownerReferences": [_owner()]})


@refused_by(guard.WINDOWS, guard_marks.MARK_STAYS)
def an_administrator_takes_our_label_off(stage: Stage) -> Calls:
    return _patch_role(stage, "admin", {"annotations": {"note": "x"}}, {"labels": {MANAGED_BY: None}})


@refused_by(guard.WINDOWS, guard_marks.MARK_STAYS)
def an_administrator_puts_our_label_on_an_object_of_others(stage: Stage) -> Calls:
    role = stage.of_others("roles")
    return stage.patched(stage.admin, role, labels={"a": "b"}), stage.patched(
        stage.admin, role, labels={MANAGED_BY: MANAGER}
    )


@refused_by(guard.WINDOWS, guard_marks.REQUEST_STAYS)
def the_reconciler_gives_a_role_to_another_request(stage: Stage) -> Calls:
    same, other = {"labels": {REQUEST: "0" * 32}}, {"labels": {REQUEST: "1" * 32}}
    return _patch_role(stage, "reconciler", same, other)


@refused_by(guard.WINDOWS, guard_marks.NO_OTHER_LABELS)
def a_cluster_role_that_is_summed_up_into_view(stage: Stage) -> Calls:
    roles = f"/apis/{RBAC}/clusterroles?dryRun=All"
    labels = {**ours()["labels"], "rbac.authorization.k8s.io/aggregate-to-view": "true"}
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(ours(labels=labels)))


def _owner() -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-0000-0000-000000000001"}
