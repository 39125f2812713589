"""For each clause of fence and guard a call that this clause alone refuses, with the matching call that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gitops_breakglass.core.install import fence, guard, guard_records
from gitops_breakglass.core.install.admission import Clause
from gitops_breakglass.model.enforcement import MARKER_ANY, MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB
from gitops_breakglass.model.kube import (
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_GROUP,
    RBAC,
    RBAC_GROUP,
    REQUEST,
)
from tests.cluster.harness.actor import Answer
from tests.cluster.install_fixture import NAMESAKE
from tests.cluster.witness_stage import ALICE, LEASES, OURS, RULES, Stage, in_hours, ours

Calls = tuple[Answer, Answer]
"""The call that passes, and the one that is refused."""


@dataclass(frozen=True)
class Case:
    policy: str
    says: str
    act: Callable[[Stage], Calls]
    is_alone: bool = True
    """Whether nothing else refuses it; where something does, taking the clause out shows nothing."""


CASES: list[Case] = []


def refused_by(
    policy: str, clause: Clause | str, *, is_alone: bool = True
) -> Callable[[Callable[[Stage], Calls]], Callable[[Stage], Calls]]:
    def keep(act: Callable[[Stage], Calls]) -> Callable[[Stage], Calls]:
        CASES.append(Case(policy, clause.message if isinstance(clause, Clause) else clause, act, is_alone))
        return act

    return keep


# -- the fence


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_writes_a_secret(stage: Stage) -> Calls:
    secrets = f"/api/v1/namespaces/{stage.namespace}/secrets"
    return stage.reconciler.request("GET", secrets), stage.reconciler.request(
        "POST", secrets, {"metadata": {"name": "x"}}
    )


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_opens_a_port(stage: Stage) -> Calls:
    pod = f"/api/v1/namespaces/{stage.namespace}/pods/bystander"
    return stage.reconciler.request("GET", pod), stage.reconciler.request("POST", f"{pod}/portforward?ports=80")


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_asks_for_a_token_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.reconciler, "create", "serviceaccounts/token", group="", namespace=stage.namespace)
    account = f"/api/v1/namespaces/{stage.namespace}/serviceaccounts/default"
    return stage.reconciler.request("GET", account), stage.reconciler.request("POST", f"{account}/token", {"spec": {}})


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_edits_the_trust_root_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.reconciler, "patch", "trustroots", group=OUR_GROUP)
    root = f"{OURS}/trustroots/trust-root"
    forged = {"spec": {"policyCommit": "f" * 40}}
    return stage.reconciler.request("GET", root), stage.reconciler.request("PATCH", f"{root}?dryRun=All", forged)


@refused_by(fence.FENCE, fence.ONE_BY_ONE)
def the_reconciler_deletes_a_collection_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.reconciler, "deletecollection", "roles", group=RBAC_GROUP, namespace=stage.namespace)
    role, _ = stage.made_role(), stage.made_role()
    alone = stage.reconciler.request("DELETE", role)
    return alone, stage.reconciler.request("DELETE", f"{stage.rbac}/roles?labelSelector={MANAGED_BY}%3D{MANAGER}")


@refused_by(fence.FENCE, fence.LABELLED)
def the_reconciler_writes_a_record_without_our_label(stage: Stage) -> Calls:
    grants = f"{OURS}/grants?dryRun=All"
    passes = stage.reconciler.request("POST", grants, stage.grant())
    return passes, stage.reconciler.request("POST", grants, stage.grant(ours(labels=None)))


@refused_by(fence.FENCE, fence.WAS_LABELLED)
def the_reconciler_deletes_a_binding_of_others(stage: Stage) -> Calls:
    passes = stage.reconciler.request("DELETE", stage.made_binding())
    return passes, stage.reconciler.request("DELETE", f"{NAMESAKE}?dryRun=All")


@refused_by(fence.FENCE, fence.WAS_LABELLED)
def the_sweeper_deletes_a_binding_of_others(stage: Stage) -> Calls:
    passes = stage.sweeper.request("DELETE", stage.made_binding())
    return passes, stage.sweeper.request("DELETE", f"{NAMESAKE}?dryRun=All")


@refused_by(fence.FENCE, fence.PREFIXED)
def the_reconciler_makes_a_role_without_our_prefix(stage: Stage) -> Calls:
    roles = f"{stage.rbac}/roles"
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(ours("someone-elses")))


@refused_by(fence.FENCE, fence.AT_HOME)
def the_reconciler_takes_a_lease_elsewhere(stage: Stage) -> Calls:
    lease = {"metadata": {"name": f"lease-{stage.namespace}"}}
    passes = stage.reconciler.request("POST", f"{LEASES.format(NAMESPACE)}?dryRun=All", lease)
    return passes, stage.reconciler.request("POST", LEASES.format(stage.namespace), lease)


@refused_by(fence.SWEEPER_FENCE, fence.MAKES_NOTHING)
def the_sweeper_makes_a_lease_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.sweeper, "create", "leases", group="coordination.k8s.io")
    lease = {"metadata": {"name": f"lease-{stage.namespace}"}}
    passes = stage.sweeper.request("DELETE", stage.made_role())
    return passes, stage.sweeper.request("POST", f"{LEASES.format(NAMESPACE)}?dryRun=All", lease)


@refused_by(fence.SWEEPER_FENCE, fence.OWN_LEASE)
def the_sweeper_takes_the_reconcilers_lease_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.sweeper, "update", "leases", group="coordination.k8s.io")
    leases = LEASES.format(NAMESPACE)
    own, other = (stage.admin.must("GET", f"{leases}/{name}") for name in ("sweeper", "reconciler"))
    passes = stage.sweeper.request("PUT", f"{leases}/sweeper?dryRun=All", own)
    return passes, stage.sweeper.request("PUT", f"{leases}/reconciler?dryRun=All", other)


@refused_by(fence.SWEEPER_FENCE, fence.OWN_LEASE)
def the_sweeper_takes_our_label_from_its_lease(stage: Stage) -> Calls:
    lease = stage.admin.must("GET", path := f"{LEASES.format(NAMESPACE)}/sweeper")
    bare = {**lease, "metadata": {**lease["metadata"], "labels": {}}}
    return stage.sweeper.request("PUT", f"{path}?dryRun=All", lease), stage.sweeper.request(
        "PUT", f"{path}?dryRun=All", bare
    )


@refused_by(fence.SWEEPER_FENCE, fence.EMPTIES)
def the_sweeper_changes_a_roles_rules_though_it_holds_them(stage: Stage) -> Calls:
    for verb in ("get", "list", "watch"):
        stage.lets(stage.sweeper, verb, "configmaps", group="", namespace=stage.namespace)
    empties = stage.sweeper.request("PATCH", stage.made_role(), {"rules": []})
    wider = [{**RULES[0], "verbs": ["get", "list", "watch"]}]
    return empties, stage.sweeper.request("PATCH", stage.made_role(), {"rules": wider})


@refused_by(fence.SWEEPER_FENCE, fence.ONLY_STATUS)
def the_sweeper_revokes_though_someone_let_it_write_records(stage: Stage) -> Calls:
    stage.lets(stage.sweeper, "patch", "grants", group=OUR_GROUP)
    grant = stage.made_grant()
    passes = stage.sweeper.request("PATCH", f"{grant}/status", {"status": {"message": "ended"}})
    return passes, stage.sweeper.request("PATCH", grant, {"spec": {"revokedAt": in_hours(0)}})


MADE = {"apiVersion": RBAC, "kind": "RoleBinding", "namespace": "shop", "name": "bg-x", "uid": "1"}


@refused_by(fence.SWEEPER_FENCE, fence.REMAKES_NOTHING)
def the_sweeper_has_what_somebody_deleted_made_anew(stage: Stage) -> Calls:
    status, taken = f"{stage.made_grant()}/status", {**MADE, "times": 1}
    passes = stage.sweeper.request("PATCH", status, {"status": {"message": "ended"}})
    return passes, stage.sweeper.request("PATCH", status, {"status": {"remade": [taken]}})


TOLD = {"event": "ended", "channel": "smtp", "progress": "sent", "at": "2026-01-01T00:00:00Z", "tries": 1}


@refused_by(fence.SWEEPER_FENCE, fence.TELLS_NOTHING)
def the_sweeper_keeps_people_from_being_told(stage: Stage) -> Calls:
    status = f"{stage.made_grant()}/status"
    stage.reconciler.must("PATCH", status, {"status": {"told": [TOLD]}})
    passes = stage.sweeper.request("PATCH", status, {"status": {"message": "ended"}})
    return passes, stage.sweeper.request("PATCH", status, {"status": {"told": [{**TOLD, "event": "failed"}]}})


@refused_by(fence.SWEEPER_FENCE, fence.TELLS_NOTHING)
def the_sweeper_has_an_idle_session_look_used(stage: Stage) -> Calls:
    status = f"{stage.made_grant()}/status"
    stage.reconciler.must("PATCH", status, {"status": {"use": {"calls": 1}}})
    passes = stage.sweeper.request("PATCH", status, {"status": {"message": "ended"}})
    return passes, stage.sweeper.request("PATCH", status, {"status": {"use": {"calls": 2}}})


@refused_by(fence.SWEEPER_FENCE, fence.NOTHING_UNMADE)
def the_sweeper_forgets_that_something_was_made(stage: Stage) -> Calls:
    status, other = f"{stage.made_grant()}/status", {**MADE, "namespace": "other"}
    stage.reconciler.must("PATCH", status, {"status": {"inventory": [MADE]}})
    passes = stage.sweeper.request("PATCH", status, {"status": {"inventory": [other, {**MADE, "uid": "2"}]}})
    return passes, stage.sweeper.request("PATCH", status, {"status": {"inventory": [other]}})


@refused_by(guard_records.EVIDENCE, guard_records.KEPT)
def the_sweeper_deletes_a_record_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.sweeper, "delete", "grants", group=OUR_GROUP)
    return stage.sweeper.request("DELETE", stage.made_role()), stage.sweeper.request("DELETE", stage.made_grant())


# -- the guard on bindings and roles


@refused_by(guard.BINDINGS_GUARD, guard.OWN_ROLE)
def a_binding_to_a_shared_role_that_the_ceiling_covers(stage: Stage) -> Calls:
    bindings = f"{stage.rbac}/rolebindings"
    passes = stage.reconciler.request("POST", bindings, stage.binding())
    return passes, stage.reconciler.request("POST", bindings, stage.binding(role="bystander"))


@refused_by(guard.BINDINGS_GUARD, guard.NO_SYSTEM_SUBJECTS)
def a_binding_for_everyone(stage: Stage) -> Calls:
    bindings = f"{stage.rbac}/rolebindings"
    everyone = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": "system:anonymous"}]
    robot = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": "system:serviceaccount:ci:deployer"}]
    passes = stage.reconciler.request("POST", bindings, stage.binding(subjects=robot))
    return passes, stage.reconciler.request("POST", bindings, stage.binding(subjects=everyone))


@refused_by(guard.BINDINGS_GUARD, guard.SUBJECTS_STAY)
def the_reconciler_gives_a_binding_to_someone_else(stage: Stage) -> Calls:
    binding = stage.made_binding()
    passes = stage.reconciler.request("PATCH", binding, {"subjects": [ALICE]})
    return passes, stage.reconciler.request("PATCH", binding, {"subjects": [{**ALICE, "name": "mallory@example.com"}]})


@refused_by(guard.ROLES_GUARD, "only reconciler and sweeper change what a grant's role allows")
def an_administrator_changes_what_a_role_of_ours_allows(stage: Stage) -> Calls:
    emptied = stage.admin.request("PATCH", stage.made_role(), {"rules": []})
    return emptied, stage.admin.request("PATCH", stage.made_role(), {"rules": [{**RULES[0], "verbs": ["get"]}]})


@refused_by(guard.ROLES_GUARD, guard.GIVES_NO_ACCESS)
def a_role_with_which_its_subject_could_give_itself_more(stage: Stage) -> Calls:
    roles = f"{stage.rbac}/roles"
    reads, writes = (
        [{"apiGroups": [RBAC_GROUP], "resources": ["roles"], "verbs": verbs}] for verbs in (["get"], ["create"])
    )
    passes = stage.reconciler.request("POST", roles, stage.role(rules=reads))
    return passes, stage.reconciler.request("POST", roles, stage.role(rules=writes))


@refused_by(guard.ROLES_GUARD, guard.GIVES_NO_ACCESS)
def a_role_on_our_own_records(stage: Stage) -> Calls:
    roles = f"/apis/{RBAC}/namespaces/{NAMESPACE}/roles?dryRun=All"
    records = [{"apiGroups": [OUR_GROUP], "resources": ["grants"], "verbs": ["get"]}]
    passes = stage.reconciler.request("POST", roles, stage.role())
    return passes, stage.reconciler.request("POST", roles, stage.role(rules=records))


@refused_by(guard.ROLES_GUARD, "a grant names each of the pod rules that it is held to")
def a_role_that_is_held_to_all_pod_rules_at_once(stage: Stage) -> Calls:
    roles = f"{stage.rbac}/roles"
    stage.lets(stage.reconciler, MARKER_VERB, MARKER_RESOURCE, group=MARKER_GROUP, namespace=stage.namespace)
    every = {"apiGroups": [MARKER_GROUP], "resources": [MARKER_RESOURCE], "verbs": [MARKER_VERB]}
    passes, refused = (
        stage.reconciler.request("POST", roles, stage.role(rules=[rule]))
        for rule in ({**every, "resourceNames": [MARKER_ANY]}, every)
    )
    return passes, refused


# -- the guard on records


@refused_by(guard_records.RECORDS, "only the reconciler makes records")
def an_administrator_makes_a_record(stage: Stage) -> Calls:
    grants = f"{OURS}/grants?dryRun=All"
    passes = stage.reconciler.request("POST", grants, stage.grant())
    return passes, stage.admin.request("POST", grants, stage.grant())


@refused_by(guard_records.RECORDS, "only the reconciler changes records")
def an_administrator_changes_a_record_other_than_by_revoking(stage: Stage) -> Calls:
    grant = stage.made_grant()
    passes = stage.admin.request("PATCH", grant, {"spec": {"revokedAt": in_hours(0)}})
    return passes, stage.patched(stage.admin, grant, annotations={"note": "x"})


@refused_by(guard_records.RECORDS, "only reconciler and sweeper say what became of a grant")
def an_administrator_says_what_became_of_a_grant(stage: Stage) -> Calls:
    status = f"{stage.made_grant()}/status"
    told = {"status": {"message": "ended"}}
    return stage.reconciler.request("PATCH", status, told), stage.admin.request("PATCH", status, told)


@refused_by(guard_records.RECORDS, guard_records.MARKS_STAY)
def the_reconciler_moves_the_end_of_a_record(stage: Stage) -> Calls:
    grant = stage.made_grant()
    passes = stage.reconciler.request("PATCH", grant, {"spec": {"revokedAt": in_hours(0)}})
    return passes, stage.patched(stage.reconciler, grant, annotations={EXPIRES_AT: in_hours(2)})


@refused_by(guard_records.RECORDS, guard_records.MARKS_STAY)
def the_reconciler_gives_a_record_to_another_request(stage: Stage) -> Calls:
    grant = stage.made_grant()
    passes = stage.patched(stage.reconciler, grant, annotations={"note": "x"})
    return passes, stage.patched(stage.reconciler, grant, labels={REQUEST: "1" * 32})


@refused_by(guard_records.RECORDS, guard_records.PAGES_STAY)
def the_reconciler_changes_a_page_of_the_ledger_though_someone_let_it(stage: Stage) -> Calls:
    stage.lets(stage.reconciler, "patch", "ledgerpages", group=OUR_GROUP)
    page = stage.made_page()
    # What changes nothing passes.
    passes = stage.reconciler.request("PATCH", page, {"metadata": {}})
    return passes, stage.patched(stage.reconciler, page, annotations={"note": "x"})


@refused_by(guard_records.RECORDS, "only the reconciler makes records")
def an_administrator_makes_a_page_of_the_ledger(stage: Stage) -> Calls:
    pages = f"{OURS}/ledgerpages?dryRun=All"
    return stage.reconciler.request("POST", pages, stage.page()), stage.admin.request("POST", pages, stage.page())
