"""A slow and obvious model of what an API server answers: RBAC, then admission by what the guard holds, on live objects.

It shares no way of matching with the compiler. Rules of RBAC are read one by one, as the documentation of Kubernetes says
them; what the guard refuses is read from the parameters as they are written for a cluster, by their regular expressions;
pods are judged by the second reading of pod rules. Only the policies themselves are asked by the evaluator, which is what
compiling is held to.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.render.guard import render_guard
from gitops_breakglass.model.deny import Answer, Ask, Circumstances, DenyPolicy, Pod, PodOverride
from gitops_breakglass.model.enforcement import (
    MARKER_ANY,
    MARKER_GROUP,
    MARKER_RESOURCE,
    MARKER_VERB,
    Compiled,
    DenyFacts,
    InstalledGuard,
    Needs,
)
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window
from tests.laws.slow_denies import pod_answer

CONNECTIONS = {"exec", "attach", "portforward", "proxy"}
_NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SEEN = {"create", "update", "patch", "delete", "deletecollection"}


@dataclass(frozen=True)
class World:
    """What is on a cluster: namespaces with labels, pods, other objects as (group, resource, namespace, name), the guard."""

    namespaces: dict[str, dict[str, str]]
    pods: tuple[Pod, ...]
    objects: frozenset[tuple[str, str, str, str]]
    guard: InstalledGuard
    rule_sets: dict = field(default_factory=dict)
    """The rule sets behind the guard's digests: policy, pod rules, override."""

    def names(self, group, resource, namespace):
        """Return (namespace, name) of what is there; an empty namespace is all of them."""
        found = {(ns, name) for g, r, ns, name in self.objects if (g, r) == (group, resource)}
        if (group, resource) == ("", "pods"):
            found |= {(pod.namespace, pod.name) for pod in self.pods}
        if (group, resource) == ("", "namespaces"):
            found |= {(ns, ns) for ns in self.namespaces}
        return tuple(sorted(each for each in found if not namespace or each[0] == namespace))

    def pod(self, namespace, name):
        """Return the live pod of that name."""
        return next((pod for pod in self.pods if (pod.namespace, pod.name) == (namespace, name)), None)

    def facts(self, needs: Needs) -> DenyFacts:
        """Answer as an adapter does, with what is asked for and nothing more."""
        asked = self.namespaces if "*" in needs.pods else needs.pods
        pods = {ns: tuple(pod for pod in self.pods if pod.namespace == ns) for ns in asked}
        return DenyFacts(
            guard=self.guard,
            namespaces=self.namespaces if needs.namespaces else None,
            pods=pods if needs.pods else None,
            names={key: self.names(*key) for key in needs.names},
        )


@dataclass(frozen=True)
class Call:
    """One call to the API server. `name` is that of the object which is met, `carries` whether the request has it."""

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    carries: bool = True

    @property
    def path(self):
        """Resource and subresource as a Role spells them."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @property
    def asked_name(self):
        """The name that the authorizer is told."""
        return self.name if self.carries else ""


def rbac_allows(scopes, call):
    """Whether a Role or a ClusterRole of the grant holds the right."""
    return any(
        call.verb in rule.verbs
        and call.group in rule.api_groups
        and call.path in rule.resources
        and (not rule.resource_names or call.asked_name in rule.resource_names)
        for scope in scopes
        if scope.namespace in ("", call.namespace)
        for rule in scope.rules
    )


def is_denied(policies: tuple[DenyPolicy, ...], call, under: Circumstances, override: PodOverride | None, world: World):
    """Whether the evaluator denies it, with the live labels and the live pod."""
    ask = Ask(
        call.verb,
        call.group,
        call.resource,
        call.subresource,
        call.namespace,
        call.asked_name,
        namespace_labels=world.namespaces.get(call.namespace),
    )
    pod = world.pod(call.namespace, call.name) if is_into_a_pod(call) else None
    return evaluate(policies, ask, under, pod=pod, override=override).answer is Answer.DENY


def is_into_a_pod(call):
    """Whether it is one of the calls for which the pod is read."""
    return (call.group, call.resource) == ("", "pods") and call.subresource in {"exec", "attach", "portforward"}


def allows(compiled: Compiled, call, world: World, *, applied=False):
    """Whether the call is answered, and not with 403."""
    if compiled.problems or not rbac_allows(compiled.rendered, call):
        return False
    if applied and not rbac_allows(compiled.rendered, replace(call, verb="create")):
        return False
    guard = world.guard
    is_connection = call.group == "" and call.subresource in CONNECTIONS
    if call.group in guard.blind_groups or not (is_connection or call.verb in SEEN):
        return True
    written = parameters(compiled.guard)
    if guard.rules and any(_refuses(rule, call, world, is_connection, applied) for rule in written):
        return False
    return not (is_into_a_pod(call) and _pod_is_refused(compiled, call, world))


@lru_cache(maxsize=64)
def parameters(rules):
    """Return the guard's parameters as a cluster is given them."""
    window = Window(_NOW, _NOW + timedelta(hours=1))
    statement = Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="u",
        request=RequestId("prod", "inc-1"),
        kind="BreakglassSession",
        uid="1" * 32,
        path="requests/prod/inc-1.yaml",
        blob="b",
        landing="c",
        decided_at=_NOW,
        outcome="granted",
        subject=Subject("User", "ann@acme.example"),
        windows=(window,),
    )
    written = render_guard(statement, window, rules, "d")
    return written["spec"]["rules"] if written else []


def _refuses(rule, call, world, is_connection, applied):
    operation = {"update": {"update", "patch"}, "patch": {"update", "patch"}}.get(call.verb, {call.verb})
    if applied:
        operation = {"create", call.verb} if call.verb == "patch" else {"create"}
    if call.verb == "deletecollection":
        operation = {"delete", "deletecollection"}
    # A Namespace is in itself for admission, when it is made too.
    namespace = call.name if (call.group, call.resource) == ("", "namespaces") else call.namespace
    return (
        (is_connection or bool(operation & set(rule["verbs"])))
        and call.group in rule["apiGroups"]
        and call.resource in rule["resources"]
        and call.subresource in rule["subresources"]
        and (not rule["places"] or namespace in rule["places"])
        and (not rule["names"] or re.search(rule["namePattern"], call.name) is not None)
        and _is_in(rule["namespaces"], namespace, world)
        and f"{namespace}/{call.name}" not in rule["exceptNames"]
    )


def _is_in(wanted, namespace, world):
    if not wanted["patterns"] and not wanted["terms"]:
        return True
    if wanted["patterns"] and re.search(wanted["pattern"], namespace):
        return True
    # What is in no namespace has no labels. A namespace that is being made has none here.
    labels = world.namespaces.get(namespace, {})
    return namespace != "" and any(_holds(term, labels) for term in wanted["terms"])


def _holds(term, labels):
    for name, value in term["labels"].items():
        if (name, value) not in labels.items():
            return False
    for each in term["expressions"]:
        there = each["key"] in labels
        is_listed = there and labels[each["key"]] in each["values"]
        if not {"In": is_listed, "NotIn": not is_listed, "Exists": there, "DoesNotExist": not there}[each["operator"]]:
            return False
    return True


def _pod_is_refused(compiled, call, world):
    if call.namespace in world.guard.uncovered:
        return False
    pod = world.pod(call.namespace, call.name)
    held = {
        name
        for scope in compiled.rendered
        if scope.namespace in ("", call.namespace)
        for rule in scope.rules
        if (rule.api_groups, rule.resources, rule.verbs) == ((MARKER_GROUP,), (MARKER_RESOURCE,), (MARKER_VERB,))
        for name in rule.resource_names
    }
    return MARKER_ANY in held and any(
        pod_answer(rules, pod, override) == "deny"
        for digest, (_, rules, override) in world.rule_sets.items()
        if digest in held and digest in world.guard.pod_rules and call.subresource in rules.subresources
    )
