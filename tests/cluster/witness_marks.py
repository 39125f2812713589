"""Witness cases of the guard on marks, on who binds whom to a grant's role, and on what is written beside records."""

from __future__ import annotations

from gitops_breakglass.core.install import guard, guard_marks, guard_parameters, guard_records
from gitops_breakglass.core.marks import PATH
from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    GUARD_PARAMETERS,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    RBAC,
    RBAC_GROUP,
    REQUEST,
    TELEKOM_API,
)
from tests.cluster.harness.actor import Answer
from tests.cluster.witness_cases import Calls, refused_by
from tests.cluster.witness_stage import ALICE, OURS, Stage, in_hours, ours

SESSIONS = f"/apis/{TELEKOM_API}/namespaces/{NAMESPACE}/breakglasssessions"
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "00000000-0000-0000-0000-000000000001"}


def _made(stage: Stage, **metadata: object) -> Calls:
    """Make a Role as it should be, and another one."""
    roles = f"{stage.rbac}/roles"
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(ours(**metadata)))


def _changed(stage: Stage, by: str, **metadata: object) -> Calls:
    """Give a Role of a grant a note, and then these metadata."""
    actor, role = getattr(stage, by), stage.made_role()
    return stage.patched(actor, role, annotations={"note": "x"}), stage.patched(actor, role, **metadata)


# -- marks


@refused_by(guard.WINDOWS, guard_marks.HAS_MARKS)
def a_role_that_no_request_asked_for_and_that_no_sweep_would_end(stage: Stage) -> Calls:
    return _made(stage, labels={MANAGED_BY: MANAGER})


@refused_by(guard.WINDOWS, guard_marks.HAS_MARKS)
def a_role_that_follows_from_no_decision(stage: Stage) -> Calls:
    return _made(stage, annotations={EXPIRES_AT: in_hours(1)})


@refused_by(guard.WINDOWS, guard_marks.HAS_MARKS)
def a_role_whose_decision_is_no_digest(stage: Stage) -> Calls:
    return _made(stage, annotations={EXPIRES_AT: in_hours(1), DECISION: "mine"})


@refused_by(guard.WINDOWS, guard_marks.DECISION_STAYS)
def an_administrator_takes_the_decision_off(stage: Stage) -> Calls:
    return _changed(stage, "admin", annotations={DECISION: None})


@refused_by(guard.WINDOWS, guard_marks.DECISION_STAYS)
def the_reconciler_says_that_a_role_follows_from_another_decision(stage: Stage) -> Calls:
    return _changed(stage, "reconciler", annotations={DECISION: "1" * 64})


@refused_by(guard.WINDOWS, guard_marks.ANNOTATIONS_STAY)
def an_administrator_says_that_another_file_asked_for_a_role(stage: Stage) -> Calls:
    return _changed(stage, "admin", annotations={PATH: "requests/prod-cluster-1/mine.yaml"})


@refused_by(guard.WINDOWS, guard_marks.ANNOTATIONS_STAY)
def the_sweeper_takes_away_which_file_asked_for_a_role(stage: Stage) -> Calls:
    annotations = {**ours()["annotations"], PATH: "requests/prod-cluster-1/inc-1.yaml"}
    made = stage.reconciler.must("POST", f"{stage.rbac}/roles", stage.role(ours(annotations=annotations)))
    role = f"{stage.rbac}/roles/{made['metadata']['name']}"
    passes = stage.patched(stage.sweeper, role, annotations={"note": "x"})
    return passes, stage.patched(stage.sweeper, role, annotations={PATH: None})


@refused_by(guard.WINDOWS, guard_marks.REQUEST_STAYS)
def an_administrator_takes_the_request_off(stage: Stage) -> Calls:
    return _changed(stage, "admin", labels={REQUEST: None})


# -- who binds whom


@refused_by(guard.BINDINGS_GUARD, "only the reconciler binds anybody to a role of a grant")
def an_administrator_binds_somebody_else_to_a_grants_role(stage: Stage) -> Calls:
    return _bound(stage, stage.made_role().rpartition("/")[2])


@refused_by(guard.BINDINGS_GUARD, "only the reconciler binds anybody to a role of a grant")
def an_administrator_binds_somebody_to_a_grants_role_that_is_still_to_come(stage: Stage) -> Calls:
    return _bound(stage, "bg-of-tomorrow")


def _bound(stage: Stage, role: str) -> Calls:
    """What an administrator gets for binding by a name of no interest, to a role of others and to this one."""
    bindings, theirs = f"{stage.rbac}/rolebindings", {"generateName": "mine-"}
    passes = stage.admin.request("POST", bindings, stage.binding(theirs, role="bystander"))
    return passes, stage.admin.request("POST", bindings, stage.binding(theirs, role=role))


@refused_by(guard.BINDINGS_GUARD, guard.OWN_KIND)
def a_binding_in_a_namespace_to_a_cluster_role(stage: Stage) -> Calls:
    meta, roles = ours(), f"/apis/{RBAC}/clusterroles"
    stage.reconciler.must("POST", roles, stage.role(meta))
    stage.remove_later(f"{roles}/{meta['name']}")
    bindings = f"{stage.rbac}/rolebindings"
    passes = stage.reconciler.request("POST", bindings, stage.binding())
    there = stage.binding(role=meta["name"], kind="ClusterRole")
    return passes, stage.reconciler.request("POST", bindings, there)


@refused_by(guard.BINDINGS_GUARD, guard.ONE_PERSON)
def a_binding_for_a_group(stage: Stage) -> Calls:
    return _bound_to(stage, {"kind": "Group", "apiGroup": RBAC_GROUP, "name": "developers"})


@refused_by(guard.BINDINGS_GUARD, guard.ONE_PERSON)
def a_binding_for_one_person_more(stage: Stage) -> Calls:
    return _bound_to(stage, ALICE, {**ALICE, "name": "mallory@example.com"})


@refused_by(guard.BINDINGS_GUARD, guard.ONE_PERSON)
def a_binding_that_is_for_nobody_yet(stage: Stage) -> Calls:
    return _bound_to(stage)


def _bound_to(stage: Stage, *subjects: object) -> Calls:
    bindings = f"{stage.rbac}/rolebindings"
    account = {"kind": "ServiceAccount", "name": "default", "namespace": stage.namespace}
    passes = stage.reconciler.request("POST", bindings, stage.binding(subjects=[account]))
    return passes, stage.reconciler.request("POST", bindings, stage.binding(subjects=list(subjects)))


# -- what a role allows, where somebody let the reconciler have more than its ceiling


def _more(stage: Stage, verb: str, resource: str, group: str) -> Calls:
    stage.lets(stage.reconciler, verb, resource, group=group, namespace=stage.namespace)
    roles, rule = f"{stage.rbac}/roles", {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(rules=[rule]))


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_with_every_verb(stage: Stage) -> Calls:
    return _more(stage, "*", "configmaps", "")


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_on_every_resource(stage: Stage) -> Calls:
    return _more(stage, "get", "*", "")


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_on_every_group(stage: Stage) -> Calls:
    return _more(stage, "get", "configmaps", "*")


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_that_lets_its_subject_act_as_others(stage: Stage) -> Calls:
    return _more(stage, "impersonate", "serviceaccounts", "")


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_that_makes_tokens(stage: Stage) -> Calls:
    return _more(stage, "create", "serviceaccounts/token", "")


@refused_by(guard.ROLES_GUARD, guard.NO_WAY_TO_MORE)
def a_role_that_changes_admission(stage: Stage) -> Calls:
    return _more(stage, "delete", "validatingadmissionpolicies", "admissionregistration.k8s.io")


@refused_by(guard.ROLES_GUARD, guard.NOT_SUMMED_UP)
def an_administrator_has_a_grants_role_filled_from_others(stage: Stage) -> Calls:
    meta, roles = ours(), f"/apis/{RBAC}/clusterroles"
    stage.reconciler.must("POST", roles, stage.role(meta))
    stage.remove_later(f"{roles}/{meta['name']}")
    summed = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    path = f"{roles}/{meta['name']}"
    return stage.patched(stage.admin, path, annotations={"note": "x"}), stage.admin.request("PATCH", path, summed)


# -- records, parameters, and what is written beside


@refused_by(guard_records.RECORDS, guard_records.MARKS_STAY)
def the_reconciler_says_that_a_record_is_of_another_decision(stage: Stage) -> Calls:
    grant = stage.made_grant()
    passes = stage.patched(stage.reconciler, grant, annotations={"note": "x"})
    return passes, stage.patched(stage.reconciler, grant, annotations={DECISION: "1" * 64})


@refused_by(guard_records.RECORDS, guard_marks.NO_STRINGS)
def the_reconciler_gives_a_record_an_owner_with_which_it_would_go(stage: Stage) -> Calls:
    return _strung(stage, stage.made_grant(), ownerReferences=[OWNER])


@refused_by(guard_records.RECORDS, guard_marks.NO_STRINGS)
def the_reconciler_gives_a_record_a_finalizer(stage: Stage) -> Calls:
    return _strung(stage, stage.made_grant(), finalizers=["example.com/stay"])


@refused_by(guard_parameters.PARAMETERS, guard_marks.NO_STRINGS)
def the_reconciler_gives_parameters_an_owner(stage: Stage) -> Calls:
    return _strung(stage, stage.made_parameters("nobody@example.com"), ownerReferences=[OWNER])


@refused_by(guard_parameters.PARAMETERS, guard_marks.NO_STRINGS)
def parameters_that_are_made_with_an_owner(stage: Stage) -> Calls:
    tries = f"{OURS}/{GUARD_PARAMETERS}?dryRun=All"
    owned = stage.parameters("nobody@example.com", ours(ownerReferences=[OWNER]))
    passes = stage.reconciler.request("POST", tries, stage.parameters("nobody@example.com"))
    return passes, stage.reconciler.request("POST", tries, owned)


def _strung(stage: Stage, path: str, **metadata: object) -> Calls:
    passes = stage.patched(stage.reconciler, path, annotations={"note": "x"})
    return passes, stage.patched(stage.reconciler, path, **metadata)


def _session(metadata: dict[str, object] | None = None) -> dict[str, object]:
    spec = {"cluster": "prod-cluster-1", "user": "alice@example.com", "grantedGroup": "pod-exec-access"}
    made = metadata or ours()
    return {"apiVersion": TELEKOM_API, "kind": "BreakglassSession", "metadata": made, "spec": spec}


def _made_session(stage: Stage) -> str:
    made = stage.reconciler.must("POST", SESSIONS, _session())
    path = f"{SESSIONS}/{made['metadata']['name']}"
    stage.remove_later(path)
    return path


@refused_by(guard_records.RESOURCES, "only the reconciler writes resources beside records")
def an_administrator_makes_a_session_that_looks_like_ours(stage: Stage) -> Calls:
    theirs = stage.admin.request("POST", f"{SESSIONS}?dryRun=All", _session({"name": "theirs"}))
    return theirs, stage.admin.request("POST", f"{SESSIONS}?dryRun=All", _session())


@refused_by(guard_records.RESOURCES, "only the reconciler changes the resources that it writes beside records")
def an_administrator_notes_something_on_a_session_of_ours(stage: Stage) -> Calls:
    path = _made_session(stage)
    passes = stage.patched(stage.reconciler, path, annotations={"note": "x"})
    return passes, stage.patched(stage.admin, path, annotations={"note": "y"})


@refused_by(guard_records.RESOURCES, "only reconciler and sweeper say how a request stands")
def an_administrator_says_how_a_session_of_ours_stands(stage: Stage) -> Calls:
    def says(actor: str) -> Answer:
        return getattr(stage, actor).request("PATCH", f"{path}/status", {"status": {"state": "Approved"}})

    path = _made_session(stage)
    return says("sweeper"), says("admin")


@refused_by(guard_records.RESOURCES, guard_records.MARKS_STAY)
def the_reconciler_gives_a_session_to_another_request(stage: Stage) -> Calls:
    path = _made_session(stage)
    passes = stage.patched(stage.reconciler, path, annotations={"note": "x"})
    return passes, stage.patched(stage.reconciler, path, labels={REQUEST: "1" * 32})


@refused_by(guard_records.RESOURCES, guard_marks.NO_STRINGS)
def the_reconciler_gives_a_session_an_owner(stage: Stage) -> Calls:
    return _strung(stage, _made_session(stage), ownerReferences=[OWNER])
