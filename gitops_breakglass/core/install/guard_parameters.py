"""The guard on parameters: what deny policies keep from a live grant stays kept from it until the grant has gone."""

from __future__ import annotations

from gitops_breakglass.core.install.admission import Clause, Matched, literal, policy
from gitops_breakglass.core.install.guard_marks import NO_STRINGS, STRING_VARIABLES
from gitops_breakglass.core.install.guard_records import NAMESPACE_CONTROLLER, PINS_TRUST, SAME_METADATA
from gitops_breakglass.model.kube import GUARD_PARAMETERS, OUR_GROUP, Manifest

PARAMETERS = "gitops-breakglass-guard-parameters"
_MATCHED = Matched(OUR_GROUP, ("v1alpha1",), (GUARD_PARAMETERS,), ("CREATE", "UPDATE", "DELETE"))


def parameters_guard(reconciler: str, sweeper: str) -> Manifest:
    """Return the policy on who makes, changes and deletes them."""
    writes = f"request.userInfo.username == {literal(reconciler)}"
    made_by = Clause(
        # A write that changes nothing passes: whoever moves a cluster's storage to another version makes such.
        f"request.operation == 'DELETE' || {writes}"
        f" || (request.operation == 'UPDATE' && object.spec == oldObject.spec && {SAME_METADATA})",
        "the guard: only the reconciler says what deny policies keep from a grant",
    )
    ended_by = Clause(
        f"request.operation != 'DELETE' || request.userInfo.username in"
        f" [{literal(reconciler)}, {literal(sweeper)}, {literal(NAMESPACE_CONTROLLER)}] || {PINS_TRUST}",
        "the guard: only reconciler and sweeper take away what deny policies keep from a grant, once that is gone;"
        " whoever may change the trust root may too",
    )
    return policy(PARAMETERS, _MATCHED, clauses=(made_by, ended_by, NO_STRINGS), variables=STRING_VARIABLES)
