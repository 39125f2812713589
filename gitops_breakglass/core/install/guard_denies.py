"""The guard on denies: what deny policies keep from a grant's subject, where RBAC can't, as parameters of one policy.

Each live grant has one object of parameters, with its subject and the calls that are refused. Such a call is refused
whoever allows it: the parameters hold only calls that the grant gives, and where a standing right gives the same, the
deny wins. All that nobody denies the subject, and all that others do, passes.
"""

from __future__ import annotations

from gitops_breakglass.core.install.admission import Clause, Matched, annotation_of, binding, literal, policy
from gitops_breakglass.core.install.fence import EVERYTHING
from gitops_breakglass.core.install.marks import GUARD_DENIES, PROBED
from gitops_breakglass.model.enforcement import UNGUARDED_KINDS
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_GROUP,
    DOMAIN,
    GUARD_PARAMETERS,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    OUR_GROUP,
    PARAMETERS_KIND,
    PREFIX,
    RBAC_GROUP,
    TELEKOM_GROUP,
    LiveObject,
    Manifest,
)

_ALL = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_EXCLUDED = (
    # Writing these is never granted; and what ends access must not wait for what keeps it narrow.
    *(Matched(group, ("*",), ("*/*",), _ALL) for group in (RBAC_GROUP, TELEKOM_GROUP, CLOUDNIMBUS_GROUP)),
    Matched(OUR_GROUP, ("*",), ("grants", "grants/status", "checkpoints", "ledgerpages"), _ALL),
    *(Matched(group, ("*",), (resource,), _ALL) for group, resource in sorted(UNGUARDED_KINDS)),
)

IN_FORCE = "the guard: these parameters are in force: "
"""What the answer to the probe begins with, before name and probe of the parameters."""

_SUBJECT = (
    "params.spec.subject.kind == 'Group' ? params.spec.subject.name in request.userInfo.?groups.orValue([])"
    " : params.spec.subject.name == request.userInfo.username"
)
_PROBE = (
    f"request.operation == 'CREATE' && request.resource.group == {literal(OUR_GROUP)}"
    f" && request.resource.resource == {literal(GUARD_PARAMETERS)}"
    f" && {annotation_of('object', PROBED)} == params.metadata.uid + '/' + string(params.metadata.generation)"
)

_PLACE = "request.?namespace.orValue('')"
_SUB = "request.?subResource.orValue('')"
_NAMESPACES = "(request.resource.group == '' && request.resource.resource == 'namespaces')"
_LABELS_OF = "metadata.?labels.orValue({})"
_VARIABLES = {
    "place": _PLACE,
    "sub": _SUB,
    # A collection is deleted object by object, each without a name in its request. What a name below a resource is for
    # is said by the path alone: what is sent there may name something else, or nothing.
    "name": "oldObject != null ? oldObject.metadata.name : request.?name.orValue('') != '' ? request.name"
    " : object.?metadata.name.orValue('')",
    # A proxy takes the name of a port too, and a scheme: `web:80`, `https:web:443`.
    "reached": "variables.sub != 'proxy' ? variables.name : variables.name.split(':').size() == 3 ?"
    " variables.name.split(':')[1] : variables.name.split(':')[0]",
    "nameless": "variables.name == '' && request.operation != 'CREATE'",
    # Admission does not hear by which verb an object changes, nor that one was made by being applied. But then nobody
    # has updated a field of it, as one who creates it has.
    "verbs": "request.operation == 'CREATE' ? (object.?metadata.managedFields.orValue([]).exists(f,"
    " f.?operation.orValue('') == 'Update') ? ['create'] : ['create', 'patch'])"
    " : request.operation == 'UPDATE' ? ['update', 'patch']"
    " : request.operation == 'DELETE' && request.?name.orValue('') == '' ? ['delete', 'deletecollection'] : ['delete']",
    # A namespace is judged by its own labels, as they were before the call.
    "unlabelled": f"variables.place != '' && namespaceObject == null && !{_NAMESPACES}",
    "labels": f"variables.place == '' || variables.unlabelled ? {{}} : {_NAMESPACES} ?"
    f" (oldObject != null ? oldObject.{_LABELS_OF} : object.{_LABELS_OF}) : namespaceObject.{_LABELS_OF}",
}

_EXPRESSED = (
    "(e.operator == 'In' ? e.key in variables.labels && variables.labels[e.key] in e.values"
    " : e.operator == 'NotIn' ? !(e.key in variables.labels) || !(variables.labels[e.key] in e.values)"
    " : e.operator == 'Exists' ? e.key in variables.labels : !(e.key in variables.labels))"
)
_TERMS = (
    "variables.place != '' && rule.namespaces.terms.exists(term, variables.unlabelled || ("
    "term.labels.all(key, key in variables.labels && variables.labels[key] == term.labels[key])"
    f" && term.expressions.all(e, {_EXPRESSED})))"
)
_WHICH_CALL = (
    "(request.operation == 'CONNECT' || rule.verbs.exists(verb, verb in variables.verbs))"
    " && request.resource.group in rule.apiGroups && request.resource.resource in rule.resources"
    " && variables.sub in rule.subresources"
)
_WHERE = (
    "(rule.places.size() == 0 || variables.place in rule.places)"
    " && ((rule.namespaces.patterns.size() == 0 && rule.namespaces.terms.size() == 0)"
    " || (rule.namespaces.patterns.size() > 0 && variables.place.matches(rule.namespaces.pattern))"
    f" || ({_TERMS}))"
)
_WHICH_NAME = (
    "(rule.names.size() == 0 || variables.nameless || variables.name.matches(rule.namePattern)"
    " || (variables.reached != variables.name && variables.reached.matches(rule.namePattern)))"
    " && !(variables.place + '/' + variables.name in rule.exceptNames)"
)

NOT_DENIED = Clause(
    "variables.broken.size() == 0",
    "the guard: a deny policy keeps this from what was granted",
    "'the guard: the deny policy ' + variables.broken[0].policy + ' keeps this from what was granted'"
    " + (variables.broken[0].reason == '' ? '' : ': ' + variables.broken[0].reason)",
)
NOT_PROBED = Clause(
    "!variables.probe",
    "the guard: these parameters are in force",
    f"{literal(IN_FORCE)} + params.metadata.name + ' ' + params.metadata.uid + '/' + string(params.metadata.generation)",
)


def denies_guard() -> Manifest:
    """Return the policy. Whom a call is not by is compared first: that is all that it costs everybody else."""
    variables = {
        "probe": _PROBE,
        **_VARIABLES,
        "broken": f"variables.probe ? [] : params.spec.rules.filter(rule, {_WHICH_CALL} && {_WHERE} && {_WHICH_NAME})",
    }
    return policy(
        GUARD_DENIES,
        EVERYTHING,
        clauses=(NOT_DENIED, NOT_PROBED),
        variables=variables,
        condition=f"({_SUBJECT}) || ({_PROBE})",
        parameters={"apiVersion": OUR_API, "kind": PARAMETERS_KIND},
        excluded=_EXCLUDED,
    )


def denies_binding() -> Manifest:
    """Return what puts it into force for every parameter object in our namespace.

    Without any of these nothing is refused: to refuse then would stop every write on the cluster as long as no grant has
    denies. That none goes while its grant is there is the matter of `guard_parameters`.
    """
    where = {"namespace": NAMESPACE, "selector": {}, "parameterNotFoundAction": "Allow"}
    return binding(GUARD_DENIES, where)


def parameters_probe(live: LiveObject) -> Manifest:
    """Return an object to try to create, which is refused as soon as these very parameters are in force."""
    nothing: dict[str, object] = {
        "policy": "probe",
        "reason": "",
        **{name: ["probe"] for name in ("verbs", "apiGroups", "resources", "subresources")},
        **{name: [] for name in ("places", "names", "exceptNames")},
        "namePattern": "",
        "namespaces": {"patterns": [], "pattern": "", "terms": []},
    }
    return {
        "apiVersion": OUR_API,
        "kind": PARAMETERS_KIND,
        "metadata": {
            "name": f"{PREFIX}probe",
            "namespace": NAMESPACE,
            "labels": {MANAGED_BY: MANAGER},
            "annotations": {PROBED: _version_of(live)},
        },
        "spec": {"subject": {"kind": "User", "name": "probe"}, "rules": [nothing]},
    }


def tells_in_force(live: LiveObject, refusal: str | None) -> bool:
    """Whether the answer to the probe says that these parameters are in force, as they were seen."""
    return f"{IN_FORCE}{live.key.name} {_version_of(live)}" in (refusal or "")


def _version_of(live: LiveObject) -> str:
    return f"{live.uid}/{live.manifest['metadata']['generation']}"


def idle_binding() -> Manifest:
    """Return the binding as it comes first on a cluster: it holds in our namespace alone, and refuses all there.

    An API server takes a second to begin to watch a kind of parameters, and refuses whatever is bound to them meanwhile.
    That must not be every write on the cluster.
    """
    nothing = {"matchLabels": {f"{DOMAIN}/none": "none"}}
    made = binding(GUARD_DENIES, {"namespace": NAMESPACE, "selector": nothing, "parameterNotFoundAction": "Deny"})
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}}
    return {**made, "spec": {**made["spec"], "matchResources": here}}


def idle_probe() -> Manifest:
    """Return an object that `IDLE` is said of as soon as parameters are watched."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "install-probe", "namespace": NAMESPACE}}


IDLE = "no params found for policy binding"
"""What an API server says where it watches parameters, there are none, and the binding asks for some."""
