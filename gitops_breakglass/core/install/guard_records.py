"""The guard on records: only the reconciler writes what was decided, and anyone who may can revoke."""

from __future__ import annotations

from gitops_breakglass.core.install.admission import Clause, Matched, annotation_of, is_ours, literal, policy
from gitops_breakglass.core.install.guard_marks import NO_STRINGS, STRING_VARIABLES
from gitops_breakglass.core.install.identities import UPSTREAM
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, NAMESPACE, OUR_GROUP, PREFIX, Manifest

RECORDS = "gitops-breakglass-guard-records"

_MATCHED = Matched(
    OUR_GROUP, ("v1alpha1",), ("checkpoints", "grants", "grants/status", "ledgerpages"), ("CREATE", "UPDATE")
)
_VARIABLES = {
    "created": "request.operation == 'CREATE'",
    "status": "request.?subResource.orValue('') == 'status'",
    **STRING_VARIABLES,
}
SAME_METADATA = " && ".join(
    f"object.metadata.?{name}.orValue({empty}) == oldObject.metadata.?{name}.orValue({empty})"
    for name, empty in (("labels", "{}"), ("annotations", "{}"), ("finalizers", "[]"), ("ownerReferences", "[]"))
)
MARKS_STAY = Clause(
    "variables.created || (object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({})"
    f" && {annotation_of('object', EXPIRES_AT)} == {annotation_of('oldObject', EXPIRES_AT)}"
    f" && {annotation_of('object', DECISION)} == {annotation_of('oldObject', DECISION)})",
    f"the guard: the labels of a record, its {EXPIRES_AT} and its {DECISION} stay as they were made",
)


# A write that changes nothing passes: whoever moves a cluster's storage to another version makes such.
PAGES_STAY = Clause(
    "variables.created || request.resource.resource != 'ledgerpages'"
    f" || (object.spec == oldObject.spec && {SAME_METADATA})",
    "the guard: what is written in the ledger stays as it is, whoever asks",
)


EVIDENCE = "gitops-breakglass-guard-evidence"
NAMESPACE_CONTROLLER = "system:serviceaccount:kube-system:namespace-controller"
# Whoever may pin the trust root is an administrator of ours: no right that install gives says so.
PINS_TRUST = (
    f"authorizer.group({literal(OUR_GROUP)}).resource('trustroots').namespace({literal(NAMESPACE)})"
    ".check('update').allowed()"
)
KEPT = Clause(
    f"request.userInfo.username == {literal(NAMESPACE_CONTROLLER)} || {PINS_TRUST}",
    "the guard: records, checkpoint and ledger are kept, since without them what was decided would be decided again;"
    " whoever may change the trust root may delete them",
)


def evidence_guard() -> Manifest:
    """Return the policy on who deletes records, checkpoint, pages of the ledger and trust root."""
    matched = Matched(OUR_GROUP, ("v1alpha1",), ("checkpoints", "grants", "ledgerpages", "trustroots"), ("DELETE",))
    return policy(EVIDENCE, matched, clauses=(KEPT,), variables={})


def records_guard(reconciler: str, sweeper: str) -> Manifest:
    """Return the policy on who writes grants, checkpoints and pages of the ledger."""
    writes = f"request.userInfo.username == {literal(reconciler)}"
    made_by = Clause(f"!variables.created || {writes}", "the guard: only the reconciler makes records")
    # The CRD lets nothing of a grant's spec change but `revokedAt`, and that only once: with its metadata as they are,
    # all that an update can do is to revoke.
    changed_by = Clause(
        f"variables.created || variables.status || {writes} || (request.resource.resource == 'grants' && {SAME_METADATA})",
        "the guard: only the reconciler changes records; others may set spec.revokedAt of a grant, and nothing else",
    )
    status_by = Clause(
        f"!variables.status || request.userInfo.username in [{literal(reconciler)}, {literal(sweeper)}]",
        "the guard: only reconciler and sweeper say what became of a grant",
    )
    return policy(
        RECORDS,
        _MATCHED,
        clauses=(made_by, changed_by, status_by, MARKS_STAY, PAGES_STAY, NO_STRINGS),
        variables=_VARIABLES,
    )


RESOURCES = "gitops-breakglass-guard-resources"


def resources_guard(reconciler: str, sweeper: str) -> Manifest:
    """Return the policy on the upstream resources that are written beside records, which anybody who may can delete."""
    writes = f"request.userInfo.username == {literal(reconciler)}"
    made_by = Clause(
        f"!variables.created || {writes}",
        f"the guard: only the reconciler writes resources beside records (names with {PREFIX}, its managed-by label)",
    )
    changed_by = Clause(
        # A write that changes nothing passes, as above.
        f"variables.created || variables.status || {writes} || (object.spec == oldObject.spec && {SAME_METADATA})",
        "the guard: only the reconciler changes the resources that it writes beside records",
    )
    status_by = Clause(
        f"!variables.status || request.userInfo.username in [{literal(reconciler)}, {literal(sweeper)}]",
        "the guard: only reconciler and sweeper say how a request stands",
    )
    named = f"(request.operation == 'CREATE' && object.metadata.name.startsWith({literal(PREFIX)}))"
    at_home = f"request.?namespace.orValue('') == {literal(NAMESPACE)}"
    return policy(
        RESOURCES,
        *(Matched(group, ("*",), (name, f"{name}/status"), ("CREATE", "UPDATE")) for group, name in UPSTREAM),
        clauses=(made_by, changed_by, status_by, MARKS_STAY, NO_STRINGS),
        variables=_VARIABLES,
        condition=f"{at_home} && ({named} || {is_ours('object')} || (oldObject != null && {is_ours('oldObject')}))",
    )
