"""What the fence lets through for debug sessions: objects of ours, containers put into pods, and pods that held such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitops_breakglass.core.debug.needs import SessionNeeds
from gitops_breakglass.core.deny.glob_regex import any_regex
from gitops_breakglass.core.install.admission import Clause, annotation_of, is_ours, literal
from gitops_breakglass.model.kube import EXPIRES_AT, NAMESPACE, PREFIX, SESSION_VARIABLE
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND, POD, SESSION_KINDS, SessionKind

_GROUP, _RESOURCE = "request.resource.group", "request.resource.resource"
_NAME = "variables.target.metadata.name"
_CONTAINERS = "?ephemeralContainers.orValue([])"


def of_kinds(kinds: Iterable[SessionKind]) -> str:
    """Return the CEL for whether a request is for one of the kinds, whatever its subresource."""
    groups: dict[str, list[str]] = {}
    for each in kinds:
        groups.setdefault(each.group, []).append(each.resource)
    tests = [
        f"({_GROUP} == {literal(group)} && {_RESOURCE} in {sorted(names)})" for group, names in sorted(groups.items())
    ]
    return f"({' || '.join(tests)})" if tests else "false"


def holds_ours(place: str) -> str:
    """Return the CEL for whether a pod has an ephemeral container whose name is one of a session's."""
    return f"{place}.spec.{_CONTAINERS}.exists(c, c.name.startsWith({literal(PREFIX)}))"


_SUB = "request.?subResource.orValue('')"
SESSION_VARIABLES: Mapping[str, str] = {
    "session": f"{_SUB} == '' && {of_kinds(SESSION_KINDS)}",
    "injection": f"{_SUB} == 'ephemeralcontainers' && {of_kinds([POD])} && request.operation == 'UPDATE'",
    "isNamespace": f"variables.session && {of_kinds([NAMESPACE_KIND])}",
    # A pod of somebody, in which a session had a container.
    "restart": f"variables.session && {of_kinds([POD])} && request.operation == 'DELETE' && !({is_ours('oldObject')})",
    # By name: what is there already can't be changed, the API server sees to that.
    "injected": f"variables.injection ? object.spec.{_CONTAINERS}.filter(c,"
    f" !oldObject.spec.{_CONTAINERS}.exists(old, old.name == c.name)) : []",
}
"""In the order in which one needs the other."""

SPARED = Clause(
    f"!variables.isNamespace || !({_NAME} in {['default', NAMESPACE]} || {_NAME}.startsWith('kube-'))",
    "the fence: the namespaces of Kubernetes itself and our own are nobody's to make or delete here",
)
# A namespace's name has no prefix by which it is known for ours. The guard lets nobody put our label onto one later.
WHOLE = Clause(
    "!variables.isNamespace || request.operation == 'CREATE' || (request.operation == 'DELETE' &&"
    f" {annotation_of('oldObject', EXPIRES_AT)} != '')",
    "the fence: of namespaces this identity makes those of debug sessions and deletes them again, and changes none",
)
ELSEWHERE = Clause(
    f"!(variables.session || variables.injection) || request.?namespace.orValue('') != {literal(NAMESPACE)}",
    f"the fence: nothing of a debug session is in the namespace {NAMESPACE}",
)
BY_SESSION = Clause(
    # Others' containers in the pod stay as they are.
    "!variables.injection || (variables.injected.size() == 1"
    f" && object.spec.{_CONTAINERS}.size() == oldObject.spec.{_CONTAINERS}.size() + 1"
    f" && variables.injected.all(c, c.name.startsWith({literal(PREFIX)}) && c.?env.orValue([]).exists(e,"
    f" e.name == {literal(SESSION_VARIABLE)} && e.?value.orValue('').startsWith({literal(PREFIX)})"
    " && c.name.startsWith(e.value))))",
    f"the fence: this identity adds one container to a pod at a time, whose name begins with {PREFIX} and which says its"
    f" session in {SESSION_VARIABLE}",
)


def session_clauses(needs: SessionNeeds) -> tuple[Clause, ...]:
    """Return what holds both identities; what is over ends whether its template is still there or not."""
    return (SPARED, WHOLE, ELSEWHERE, BY_SESSION, _offered(needs), _placed(needs), _reached(needs), _restarted(needs))


def _offered(needs: SessionNeeds) -> Clause:
    return Clause(
        f"!variables.session || request.operation != 'CREATE' || {of_kinds(needs.kinds)}",
        "the fence: no debug template of this cluster makes an object of this kind; install again where there is one now",
    )


def _placed(needs: SessionNeeds) -> Clause:
    where = f"{_NAME}.matches({literal(any_regex(needs.places))})"
    within = f"request.?namespace.orValue('').matches({literal(any_regex(needs.places))})"
    return Clause(
        f"!variables.session || request.operation != 'CREATE' || (variables.isNamespace ? {where} : {within})",
        "the fence: no debug template of this cluster has objects in this namespace; install again where one has now",
    )


def _reached(needs: SessionNeeds) -> Clause:
    within = f"request.?namespace.orValue('').matches({literal(any_regex(needs.injected))})"
    return Clause(
        f"!variables.injection || {within if needs.injects else 'false'}",
        "the fence: no debug template of this cluster puts containers into pods here; install again where one does now",
    )


def _restarted(needs: SessionNeeds) -> Clause:
    return Clause(
        f"!variables.restart || {holds_ours('oldObject') if needs.restarts else 'false'}",
        "the fence: this pod is not of gitops-breakglass, so this identity may not delete it",
    )
