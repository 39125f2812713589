"""The guard on debug sessions: only the reconciler makes their objects, and what was approved stays as it was made.

A workload's ReplicaSets and pods are made by Kubernetes, with the marks of the workload's template. They are known by who
controls them, for their names are not ours to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gitops_breakglass.core.install.admission import Clause, Matched, is_ours, literal, policy
from gitops_breakglass.core.install.guard import HAS_END, NOT_EXTENDED, NOT_OVER, WINDOW_VARIABLES, not_too_long
from gitops_breakglass.core.install.guard_marks import ANNOTATIONS_STAY, DECISION_STAYS, HAS_MARKS, MARK_STAYS
from gitops_breakglass.core.install.guard_pods import held, held_by
from gitops_breakglass.core.install.guard_subjects import by_grant
from gitops_breakglass.model.enforcement import SESSION_MARKER
from gitops_breakglass.model.kube import DOMAIN, PREFIX, Manifest
from gitops_breakglass.model.session_kinds import SESSION_KINDS

SESSIONS = "gitops-breakglass-guard-sessions"
SESSION_PODS = "gitops-breakglass-guard-session-pods"
CONTAINERS = "gitops-breakglass-guard-containers"

_CONTROLLERS = (
    "system:kube-controller-manager",
    *(f"system:serviceaccount:kube-system:{each}-controller" for each in ("deployment", "replicaset", "daemon-set")),
)
"""Who makes pods of workloads: each controller by its own account, or all of them by one."""
_MAKERS = {"replicasets": ("Deployment",), "pods": ("DaemonSet", "ReplicaSet")}
_RESOURCE = "request.resource.resource"

_CONTROLLED = "object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false){more})"
_FOLLOWS = " || ".join(
    f"({_RESOURCE} == {literal(resource)} && "
    + _CONTROLLED.format(
        more=f" && o.apiVersion == 'apps/v1' && o.kind in {list(kinds)} && o.name.startsWith({literal(PREFIX)})"
    )
    + ")"
    for resource, kinds in _MAKERS.items()
)
_VARIABLES: Mapping[str, str] = {
    **WINDOW_VARIABLES,
    "byKubernetes": f"request.userInfo.username in {list(_CONTROLLERS)}",
    "follows": f"variables.created && variables.byKubernetes && ({_FOLLOWS})",
    # Not every kind has each of the fields, and a kind that has not must not be asked for it.
    "now": "dyn(object)",
    "before": "dyn(oldObject)",
}
_CONTENT = ("spec", "data", "binaryData", "immutable", "secrets", "imagePullSecrets", "automountServiceAccountToken")

CONTENT_STAYS = Clause(
    f"variables.created || !variables.held || (variables.byKubernetes && {_RESOURCE} == 'replicasets') || ("
    + " && ".join(f"variables.now.?{each}.orValue(null) == variables.before.?{each}.orValue(null)" for each in _CONTENT)
    + ")",
    "the guard: what a debug session made stays as it was approved; it can be deleted, and not changed",
)
LABELS_STAY = Clause(
    f"variables.created || !variables.held || oldObject.metadata.labels.all(key, !key.startsWith({literal(DOMAIN + '/')})"
    " || object.metadata.?labels[?key].orValue('') == oldObject.metadata.labels[key])",
    f"the guard: the labels of {DOMAIN} on an object of a debug session stay",
)
NO_FINALIZERS = Clause(
    "!variables.held || object.metadata.?finalizers.orValue([]).all(f, f in variables.finalizers)",
    "the guard: an object of a debug session gets no finalizers, which would keep it from going",
)
NO_OWNERS = Clause(
    "!variables.held || variables.follows"
    " || object.metadata.?ownerReferences.orValue([]).all(o, string(o.uid) in variables.owners)",
    "the guard: an object of a debug session gets no owner but the workload that it was made for",
)

_POD_VARIABLES = {
    "scaled": "request.?subResource.orValue('') == 'scale'",
    "now": "dyn(object)",
    "before": "dyn(oldObject)",
    "kept": "variables.scaled ? [] : variables.before.spec.?ephemeralContainers.orValue([]).map(c, c.name)",
}
AS_MANY = Clause(
    # What is sent as a scale has no labels; whom it counts says whose it is.
    f"!variables.scaled || !variables.before.?status.?selector.orValue('').contains({literal(DOMAIN + '/session=')})",
    "the guard: nobody scales what a debug session made",
)
AS_THEY_ARE = Clause(
    f"variables.scaled || !({is_ours('oldObject')})",
    "the guard: nobody adds containers to a pod of a debug session, or gives it more",
)


def sessions_guard(reconciler: str, longest: timedelta) -> tuple[Manifest, ...]:
    """Return the policies on objects of sessions, on what is below them, and on the containers that a subject enters."""
    return (_objects(reconciler, longest), _below(reconciler), _containers())


def _objects(reconciler: str, longest: timedelta) -> Manifest:
    made_by = Clause(
        f"!variables.created || variables.follows || request.userInfo.username == {literal(reconciler)}",
        f"the guard: only the reconciler makes objects of debug sessions (names with {PREFIX}, its managed-by label), and"
        " Kubernetes what follows from them",
    )
    clauses = (
        made_by,
        HAS_MARKS,
        HAS_END,
        NOT_OVER,
        not_too_long(longest),
        NOT_EXTENDED,
        CONTENT_STAYS,
        NO_FINALIZERS,
        NO_OWNERS,
        MARK_STAYS,
        LABELS_STAY,
        DECISION_STAYS,
        ANNOTATIONS_STAY,
    )
    # What somebody's own controller makes may have such a name: it comes of a name that was there before this guard.
    named = (
        f"request.operation == 'CREATE' && {_RESOURCE} != 'namespaces' && object.metadata.name.startsWith("
        f"{literal(PREFIX)}) && !{_CONTROLLED.format(more='')}"
    )
    concerned = f"({named}) || {is_ours('object')} || (oldObject != null && {is_ours('oldObject')})"
    return policy(SESSIONS, *_of_kinds(), clauses=clauses, variables=_VARIABLES, condition=concerned)


def _of_kinds() -> tuple[Matched, ...]:
    groups: dict[str, list[str]] = {}
    for each in SESSION_KINDS:
        groups.setdefault(each.group, []).append(each.resource)
    return tuple(Matched(group, ("v1",), tuple(sorted(names)), ("CREATE", "UPDATE")) for group, names in groups.items())


def _below(reconciler: str) -> Manifest:
    named_by = Clause(
        f"variables.scaled || request.userInfo.username == {literal(reconciler)}"
        " || variables.now.spec.?ephemeralContainers.orValue([]).all(c,"
        f" c.name in variables.kept || !c.name.startsWith({literal(PREFIX)}))",
        f"the guard: only the reconciler puts containers into pods whose names begin with {PREFIX}",
    )
    return policy(
        SESSION_PODS,
        Matched("apps", ("*",), ("deployments/scale", "replicasets/scale"), ("UPDATE",)),
        Matched("", ("v1",), ("pods/ephemeralcontainers", "pods/resize"), ("UPDATE",)),
        clauses=(AS_MANY, AS_THEY_ARE, named_by),
        variables=_POD_VARIABLES,
    )


OWN_CONTAINER = Clause(
    # By its whole name: a container of another session, or what one that is over left in the pod, may have more rights.
    f"!{held(SESSION_MARKER)} || !variables.byGrant || (variables.container.startsWith({literal(PREFIX)})"
    f" && {held_by('variables.container')})",
    f"the guard: a debug session gives its own container of this pod and no other: name it, it begins with {PREFIX}",
)


def _containers() -> Manifest:
    """Return the policy on who gets into which container of a pod that is somebody else's."""
    return policy(
        CONTAINERS,
        Matched("", ("v1",), ("pods/attach", "pods/exec"), ("CONNECT",)),
        clauses=(OWN_CONTAINER,),
        variables={"byGrant": by_grant("CONNECT"), "container": "object.?container.orValue('')"},
        # Who holds markers of all names was given everything there is, by no grant. It is asked here, since one expression
        # has no budget for three questions to the authorizer.
        condition=f"!request.name.startsWith({literal(PREFIX)}) && !{held()}",
    )
