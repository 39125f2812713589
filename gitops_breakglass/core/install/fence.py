"""The fence: reconciler and sweeper change nothing but objects of ours, whatever rights they hold."""

from __future__ import annotations

from gitops_breakglass.core.debug.needs import SessionNeeds
from gitops_breakglass.core.install.admission import Clause, Matched, annotation_of, is_ours, literal, policy
from gitops_breakglass.core.install.fence_sessions import SESSION_VARIABLES, session_clauses
from gitops_breakglass.core.install.guard_marks import is_lost
from gitops_breakglass.core.install.identities import RBAC_RESOURCES, ROLES, UPSTREAM
from gitops_breakglass.model.kube import EXPIRES_AT, NAMESPACE, OUR_GROUP, PREFIX, RBAC_GROUP, Manifest
from gitops_breakglass.model.lease import SWEEPER

FENCE = "gitops-breakglass-fence"
SWEEPER_FENCE = "gitops-breakglass-fence-sweeper"

# Every write and every CONNECT (exec, attach, port-forward, proxy). Reviews of one's own access never come by here.
EVERYTHING = Matched("*", ("*",), ("*/*",), ("CREATE", "UPDATE", "DELETE", "CONNECT"))

_SUB = "request.?subResource.orValue('')"
_VARIABLES = {
    "rbac": f"request.resource.group == {literal(RBAC_GROUP)}"
    f" && request.resource.resource in {list(RBAC_RESOURCES)} && {_SUB} == ''",
    "record": f"request.resource.group == {literal(OUR_GROUP)}"
    f" && request.resource.resource in ['grants', 'checkpoints', 'ledgerpages', 'guardparameters'] && {_SUB} in ['', 'status']",
    "upstream": "("
    + " || ".join(
        f"request.resource.group == {literal(group)} && request.resource.resource == {literal(name)}"
        for group, name in UPSTREAM
    )
    + f") && {_SUB} in ['', 'status']",
    "lease": "request.resource.group == 'coordination.k8s.io' && request.resource.resource == 'leases'"
    f" && {_SUB} == ''",
    # What is written, and for a deletion what goes.
    "target": "request.operation == 'DELETE' ? oldObject : object",
    # Of ours, but for its managed-by label: somebody took that off while no guard was there.
    "lost": f"variables.rbac && oldObject != null && {is_lost('oldObject')}",
    "made": "object.?status.?inventory.orValue([])",
    "madeBefore": "oldObject.?status.?inventory.orValue([])",
    **SESSION_VARIABLES,
    "granted": "variables.rbac || variables.session",
    "ours": "variables.granted || variables.record || variables.upstream",
}

KIND = Clause(
    "variables.ours || variables.lease || variables.injection",
    "the fence: this identity may change roles, bindings, records and debug sessions of grants, and nothing else",
)
# Where the kind is already wrong, the clauses below are silent: what they look at may not even be there.
_NOT_OURS_TO_JUDGE = "!variables.ours || "
ONE_BY_ONE = Clause(
    # Its name is what a deletion of a whole collection lacks.
    "!(variables.ours || variables.lease) || request.operation != 'DELETE' || request.?name.orValue('') != ''",
    "the fence: this identity deletes one object by its name, never a collection",
)
LABELLED = Clause(
    _NOT_OURS_TO_JUDGE + f"request.operation == 'DELETE' || variables.lost || {is_ours('object')}",
    "the fence: this identity writes only objects that carry the managed-by label of gitops-breakglass",
)
WAS_LABELLED = Clause(
    _NOT_OURS_TO_JUDGE
    + f"request.operation == 'CREATE' || variables.restart || variables.lost || {is_ours('oldObject')}",
    "the fence: this object is not of gitops-breakglass, so this identity may neither change nor delete it",
)
PREFIXED = Clause(
    "!variables.granted || variables.isNamespace || variables.restart"
    f" || variables.target.metadata.name.startsWith({literal(PREFIX)})",
    f"the fence: the names of this identity's roles, bindings and objects of debug sessions begin with {PREFIX}",
)
AT_HOME = Clause(
    "!(variables.record || variables.upstream || variables.lease)"
    f" || request.?namespace.orValue('') == {literal(NAMESPACE)}",
    f"the fence: outside the namespace {NAMESPACE} this identity changes only roles, bindings and debug sessions",
)
CLAUSES = (KIND, ONE_BY_ONE, LABELLED, WAS_LABELLED, PREFIXED, AT_HOME)

MAKES_NOTHING = Clause(
    "request.operation in ['UPDATE', 'DELETE']",
    "the fence: the sweeper ends access and can make nothing",
)
# Compared with what is there: finalizers may have to go while the rules stay as they are.
EMPTIES = Clause(
    f"!(variables.rbac && request.operation == 'UPDATE' && request.resource.resource in {list(ROLES)})"
    " || object.?rules.orValue(null) == null || size(object.rules) == 0"
    " || object.rules == oldObject.?rules.orValue(null)",
    "the fence: the sweeper may empty a role, and not otherwise change its rules",
)
ONLY_STATUS = Clause(
    f"request.operation != 'UPDATE' || variables.granted || variables.lease || {_SUB} == 'status'",
    "the fence: the sweeper changes a record's status, and nothing else of it",
)
OWN_LEASE = Clause(
    f"!variables.lease || request.operation != 'UPDATE' || (object.metadata.name == {literal(SWEEPER)}"
    " && object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({}))",
    "the fence: the sweeper says in its own Lease that it is at work, and in no other",
)
_OF_GRANT = "request.operation == 'UPDATE' && variables.record && request.resource.resource == 'grants'"
REMAKES_NOTHING = Clause(
    f"!({_OF_GRANT}) || object.?status.?remade.orValue([]) == oldObject.?status.?remade.orValue([])",
    "the fence: the sweeper does not say that something is to be made anew",
)
# What people were told keeps them from being told again, and what a grant was used for keeps it from ending as idle.
TELLS_NOTHING = Clause(
    f"!({_OF_GRANT}) || (object.?status.?told.orValue([]) == oldObject.?status.?told.orValue([])"
    " && object.?status.?use.orValue({}) == oldObject.?status.?use.orValue({}))",
    "the fence: the sweeper says neither what people were told nor what a grant was used for",
)
# Of recurring access, which has no end of its own, occurrences that are long over are forgotten. Comparing many with many costs
# the API server too much; so many objects no single request makes.
NOTHING_UNMADE = Clause(
    f"!({_OF_GRANT} && {annotation_of('oldObject', EXPIRES_AT)} != '')"
    " || (size(variables.madeBefore) > 200 ? size(variables.made) >= size(variables.madeBefore)"
    " : variables.madeBefore.all(was, variables.made.exists(each, each.kind == was.kind && each.name == was.name"
    " && each.?namespace.orValue('') == was.?namespace.orValue(''))))",
    "the fence: the sweeper leaves in a record what was made, so that what somebody deletes is not made again",
)
SWEEPER_CLAUSES = (MAKES_NOTHING, EMPTIES, TELLS_NOTHING, ONLY_STATUS, OWN_LEASE, REMAKES_NOTHING, NOTHING_UNMADE)


def fence(reconciler: str, sweeper: str, needs: SessionNeeds) -> tuple[Manifest, ...]:
    """Return the policies that hold the two usernames to objects of ours, and the sweeper to ending access.

    Of debug sessions only what they need is let through.

    Admission policies are not evaluated for changes of admission policies: that neither username may change the fence
    rests on their holding no rights there, which the ceiling never gives.
    """
    writers = f"request.userInfo.username in [{literal(reconciler)}, {literal(sweeper)}]"
    sweeps = f"request.userInfo.username == {literal(sweeper)}"
    return (
        policy(FENCE, EVERYTHING, clauses=(*CLAUSES, *session_clauses(needs)), variables=_VARIABLES, condition=writers),
        policy(SWEEPER_FENCE, EVERYTHING, clauses=SWEEPER_CLAUSES, variables=_VARIABLES, condition=sweeps),
    )
