"""The guard on windows: no object of a grant begins too late, lasts too long, or is made to last longer, whoever asks."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.install.admission import (
    Clause,
    Matched,
    annotation_of,
    is_ours,
    list_of,
    literal,
    policy,
)
from gitops_breakglass.core.install.guard_marks import (
    ANNOTATIONS_STAY,
    DECISION_STAYS,
    HAS_MARKS,
    MARK_STAYS,
    MARK_VARIABLES,
    NO_FINALIZERS,
    NO_OTHER_LABELS,
    NO_OWNERS,
    REQUEST_STAYS,
    STRING_VARIABLES,
    is_lost,
)
from gitops_breakglass.core.install.identities import ADMISSION_GROUP, BINDINGS, RBAC_RESOURCES, ROLES
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.kube import (
    EXPIRES_AT,
    MANAGER,
    NAMESPACE,
    OUR_GROUP,
    PREFIX,
    RBAC,
    RBAC_GROUP,
    Manifest,
)
from gitops_breakglass.model.policy import PolicySide

WINDOWS = "gitops-breakglass-guard-windows"
BINDINGS_GUARD = "gitops-breakglass-guard-bindings"
ROLES_GUARD = "gitops-breakglass-guard-roles"

_WRITES = ("CREATE", "UPDATE")
_TIME = literal(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$")

WINDOW_VARIABLES = {
    **MARK_VARIABLES,
    **STRING_VARIABLES,
    "end": annotation_of("object", EXPIRES_AT),
    "oldEnd": f"oldObject == null ? '' : {annotation_of('oldObject', EXPIRES_AT)}",
    "readable": f"variables.end.matches({_TIME})",
    "wasReadable": f"variables.oldEnd.matches({_TIME})",
}

HAS_END = Clause(
    "!variables.created || variables.readable",
    f"the guard: an object of a grant says in the annotation {EXPIRES_AT} when it ends, as 2026-01-31T09:00:00Z",
)
# The creation timestamp is the server's own clock: what the client sends there is overwritten first.
NOT_OVER = Clause(
    "!variables.created || !variables.readable"
    " || timestamp(variables.end) > timestamp(object.metadata.creationTimestamp)",
    "the guard: the window of this object is already over",
)
NOT_EXTENDED = Clause(
    "variables.created || !variables.held || variables.end == variables.oldEnd"
    " || (variables.readable && variables.wasReadable && timestamp(variables.end) <= timestamp(variables.oldEnd))",
    f"the guard: the end of a window ({EXPIRES_AT}) never moves later and never goes away",
)
# Only what the reconciler makes is held to this: what was bound before the guard came is somebody else's.
OWN_ROLE = Clause(
    f"!variables.created || !variables.concerned || object.roleRef.name.startsWith({literal(PREFIX)})",
    f"the guard: a grant's binding names a role of its own, whose name begins with {PREFIX}",
)
# Whoever binds a ClusterRole of a grant in a namespace of theirs makes another grant of it.
OWN_KIND = Clause(
    "!variables.created || !variables.concerned"
    " || object.roleRef.kind == (request.resource.resource == 'rolebindings' ? 'Role' : 'ClusterRole')",
    "the guard: a grant's binding names a Role in its own namespace, or for the whole cluster a ClusterRole",
)
ONE_PERSON = Clause(
    f"!variables.created || !variables.concerned || ({list_of('object', 'subjects')}.size() == 1"
    f" && {list_of('object', 'subjects')}.all(s, s.kind in ['User', 'ServiceAccount']))",
    "the guard: a grant's binding is for one user or one service account, never for a group",
)
NO_SYSTEM_SUBJECTS = Clause(
    f"!variables.created || !variables.concerned || {list_of('object', 'subjects')}.all(s,"
    " !s.name.startsWith('kubeadm:') && (!s.name.startsWith('system:') ||"
    " (s.kind == 'User' && s.name.startsWith('system:serviceaccount:'))))",
    "the guard: nothing is granted to users or groups of Kubernetes itself",
)
# The role that a binding names can't be changed at all: the API server sees to that.
SUBJECTS_STAY = Clause(
    f"variables.created || !variables.held || {list_of('object', 'subjects')}.size() == 0"
    f" || {list_of('object', 'subjects')} == {list_of('oldObject', 'subjects')}",
    "the guard: whom a grant is for never changes",
)
# The reconciler holds these rights itself, so the ceiling does not keep it from handing them out; whoever got them could
# bind themselves for good.
GIVES_NO_ACCESS = Clause(
    f"!variables.held || {list_of('object', 'rules')}.all(rule, !rule.?apiGroups.orValue([]).exists(group,"
    f" group == {literal(OUR_GROUP)} || (group == {literal(RBAC_GROUP)}"
    " && rule.verbs.exists(verb, !(verb in ['get', 'list', 'watch'])))))",
    "the guard: no grant gives rights to write roles or bindings, or any right on records",
)
# The ceiling holds none of these; this is for a reconciler that somebody let have more.
NO_WAY_TO_MORE = Clause(
    f"!variables.held || {list_of('object', 'rules')}.all(rule,"
    " !rule.verbs.exists(verb, verb in ['*', 'escalate', 'bind'] || verb.startsWith('impersonate'))"
    " && !rule.?apiGroups.orValue([]).exists(group, group == '*' || "
    f"(group == {literal(ADMISSION_GROUP)} && rule.verbs.exists(verb, !(verb in ['get', 'list', 'watch']))))"
    " && !rule.?resources.orValue([]).exists(each, each == '*' || each.startsWith('*/')"
    " || each in ['serviceaccounts/token', 'tokenrequests']))",
    "the guard: no grant holds a wildcard, nor a right by which more could be had: escalate, bind, impersonate, tokens,"
    " or changing admission",
)
# The rules of an aggregated role are whatever others' labels make them.
NOT_SUMMED_UP = Clause(
    "!variables.held || dyn(object).?aggregationRule.orValue(null) == null",
    "the guard: a grant's role says itself what it allows, and is not filled from others",
)
# Whoever holds the markers of all pod rules counts as held to none of them.
HELD_BY_NAME = Clause(
    f"!variables.held || {list_of('object', 'rules')}.all(rule, !rule.?apiGroups.orValue([]).exists(group,"
    f" group == {literal(MARKER_GROUP)}) || rule.?resourceNames.orValue([]).size() > 0)",
    "the guard: a grant names each of the pod rules that it is held to",
)


def windows(reconciler: str, longest: timedelta, *, version: str) -> Manifest:
    """Return the policy on the window and the marks of every Role and binding of ours; `longest` bounds a window.

    `version` is told with the refusal of `probe`, which so proves that this guard is in force and no older one.
    """
    made_by = Clause(
        f"!variables.created || request.userInfo.username == {literal(reconciler)}",
        f"the guard ({version}): only the reconciler makes objects of grants (names with {PREFIX}, label {MANAGER})",
    )
    clauses = (
        made_by,
        HAS_MARKS,
        HAS_END,
        NOT_OVER,
        not_too_long(longest),
        NOT_EXTENDED,
        NO_FINALIZERS,
        NO_OWNERS,
        MARK_STAYS,
        REQUEST_STAYS,
        DECISION_STAYS,
        ANNOTATIONS_STAY,
        NO_OTHER_LABELS,
    )
    return policy(
        WINDOWS,
        _of(RBAC_RESOURCES),
        clauses=clauses,
        variables=WINDOW_VARIABLES,
        condition=_concerned(reconciler),
    )


def bindings_guard(reconciler: str) -> Manifest:
    """Return the policy on what a binding of ours binds, and on who binds a role of ours."""
    bound_by = Clause(
        f"!variables.created || request.userInfo.username == {literal(reconciler)}"
        f" || !object.roleRef.name.startsWith({literal(PREFIX)})",
        f"the guard: only the reconciler binds anybody to a role of a grant (names with {PREFIX})",
    )
    concerned = _concerned(reconciler)
    return policy(
        BINDINGS_GUARD,
        _of(BINDINGS),
        clauses=(bound_by, OWN_ROLE, OWN_KIND, ONE_PERSON, NO_SYSTEM_SUBJECTS, SUBJECTS_STAY),
        variables={**MARK_VARIABLES, "concerned": concerned},
        condition=f"{concerned} || object.roleRef.name.startsWith({literal(PREFIX)})",
    )


def roles_guard(reconciler: str, sweeper: str) -> Manifest:
    """Return the policy on the rules of a Role of ours, and on who changes them; anyone who may change Roles may empty it."""
    rules_stay = Clause(
        f"variables.created || !variables.held || {list_of('object', 'rules')}.size() == 0"
        f" || {list_of('object', 'rules')} == {list_of('oldObject', 'rules')}"
        f" || request.userInfo.username in [{literal(reconciler)}, {literal(sweeper)}]",
        "the guard: only reconciler and sweeper change what a grant's role allows; others may empty it",
    )
    condition = _concerned(reconciler)
    return policy(
        ROLES_GUARD,
        _of(ROLES),
        clauses=(rules_stay, GIVES_NO_ACCESS, NO_WAY_TO_MORE, NOT_SUMMED_UP, HELD_BY_NAME),
        variables=MARK_VARIABLES,
        condition=condition,
    )


def longest_window(policy_side: PolicySide, cluster: str) -> timedelta:
    """Return the longest window that the policy side offers on the cluster; zero where it offers none.

    A start may be scheduled far ahead, but objects are made when it has come: the length alone bounds them.
    """
    offered = [each.max_valid_for for each in policy_side.escalations if applies_to(each, cluster)]
    offered += [each.max_duration for each in policy_side.configuration.offers if matches_any(each.clusters, cluster)]
    return max(*offered, session_needs(policy_side, cluster).longest, timedelta())


def probe() -> Manifest:
    """Return a Role that the guard refuses as soon as it is in force, for whoever tries it."""
    metadata = {"name": f"{PREFIX}install-probe", "namespace": NAMESPACE}
    return {"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": []}


def not_too_long(longest: timedelta) -> Clause:
    """Return the bound on the length of a window, by the server's own clock."""
    # Creation timestamps are cut to whole seconds.
    seconds = int(longest.total_seconds()) + 1 if longest else 0
    return Clause(
        "!variables.created || !variables.readable || timestamp(variables.end)"
        f" - timestamp(object.metadata.creationTimestamp) <= duration('{seconds}s')",
        f"the guard: no window on this cluster is longer than {seconds} s; install again where the policy side has"
        " grown",
    )


def _of(resources: tuple[str, ...]) -> Matched:
    return Matched(RBAC_GROUP, ("*",), resources, _WRITES)


def _concerned(reconciler: str) -> str:
    """By label, by name, and by writer: leaving a label off must not evade it."""
    return (
        f"request.userInfo.username == {literal(reconciler)}"
        f" || object.metadata.name.startsWith({literal(PREFIX)}) || {is_ours('object')}"
        f" || (oldObject != null && ({is_ours('oldObject')} || {is_lost('oldObject')}))"
    )
