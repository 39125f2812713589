"""What the operations of a request come to, each in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitops_breakglass.core.debug.namespaces import namespace_key, namespace_of
from gitops_breakglass.core.debug.operations.asked import Asked, asked_of
from gitops_breakglass.core.debug.operations.checks import CHECKS
from gitops_breakglass.core.debug.operations.ephemeral import injection_of, said_of
from gitops_breakglass.core.debug.operations.live import found, live_problems, node_key, pod_key
from gitops_breakglass.core.debug.operations.node import node_pod_of
from gitops_breakglass.core.debug.operations.pod_copy import copy_of
from gitops_breakglass.core.debug.operations.terms import terms_of
from gitops_breakglass.core.debug.parts import Asking, Facts, Parts
from gitops_breakglass.core.debug.workload.labels import is_ours
from gitops_breakglass.model.debug_grant import Injection, SessionObject
from gitops_breakglass.model.debug_offer import Mode
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import NAMESPACE, ObjectKey
from gitops_breakglass.model.request import DebugRequest, EphemeralContainer, NodeDebug, PodCopy


def wanted_facts(request: DebugRequest) -> tuple[ObjectKey, ...]:
    """Return what has to be looked for on the cluster before its operations can be rendered.

    That is pods, the namespaces that they are in (templates may go by their labels), and nodes.
    """
    wanted: dict[ObjectKey, None] = {}
    for operation in request.operations:
        if isinstance(operation, NodeDebug):
            wanted[node_key(operation)] = None
        else:
            wanted[pod_key(operation)] = wanted[namespace_key(operation.namespace)] = None
    return tuple(wanted)


def operation_parts(asking: Asking) -> Parts:
    """Return the ephemeral containers, pod copies and node pods of a session.

    Whatever refuses one of them refuses the session: all of what is checked without a cluster, since nothing is made
    by a rule that somebody forgot to ask, and what the cluster tells.
    """
    terms = terms_of(asking.offer.template.spec)
    asked = tuple(asked_of(asking.request, terms))
    problems = [problem for each in asked for problem in _problems(each, asking.facts)]
    problems += _misplaced(asking)
    problems += _reserved((*asking.offer.labels, *terms.copy.labels), asking)
    if not asked and asking.offer.template.mode is Mode.KUBECTL_DEBUG:
        told = f"a session of {asking.offer.template.name} is operations, and the file asks for none"
        problems.append(
            Reason("operation-mode", told, "add them as spec.operations", asking.request.document.at("spec"))
        )
    if problems:
        return Parts(problems=tuple(dict.fromkeys(problems)))
    objects: list[SessionObject] = []
    injections: list[Injection] = []
    notes: list[Reason] = []
    for each in asked:
        _render(each, asking, objects, injections, notes)
    return Parts(tuple(objects), tuple(injections), tuple(notes))


def _misplaced(asking: Asking) -> Iterator[Reason]:
    on_nodes = any(isinstance(each, NodeDebug) for each in asking.request.operations)
    if on_nodes and namespace_of(asking.request, asking.offer) == NAMESPACE:
        told = f"pods of sessions do not lie in {NAMESPACE}, where the key may be that decisions are signed with"
        place = asking.request.document.at("spec", "targetNamespace")
        yield Reason("operation-namespace", told, "choose another targetNamespace", place)


def _reserved(labels: Iterable[str], asking: Asking) -> Iterator[Reason]:
    """Refuse labels by which another session's policies and budgets would take these pods for their own."""
    for key in labels:
        if is_ours(key):
            told = f"{asking.offer.template.name} puts {key} on its pods, which is a mark of this tool"
            place = asking.offer.template.document.at("spec", "labels")
            yield Reason("session-labels", told, "leave it out of template and binding", place)


def _problems(asked: Asked, facts: Facts | None) -> Iterator[Reason]:
    for rule, check in CHECKS.items():
        for refusal in check(asked):
            yield Reason(rule, refusal.message, refusal.hint, asked.at(*refusal.path))
    yield from live_problems(asked, facts)


def _render(
    asked: Asked, asking: Asking, objects: list[SessionObject], injections: list[Injection], notes: list[Reason]
) -> None:
    match asked.operation:
        case EphemeralContainer() as operation:
            pod = found(asking.facts, pod_key(operation))
            injections.append(injection_of(asked, operation, asking.name, pod))
            notes += said_of(asked, operation, pod)
        case PodCopy() as operation:
            pod = found(asking.facts, pod_key(operation))
            made, said = copy_of(asked, operation, asking.name, pod, labels=asking.offer.labels)
            objects.append(made)
            notes += said
        case NodeDebug() as operation:
            place = namespace_of(asking.request, asking.offer)
            objects.append(node_pod_of(asked, operation, asking.name, place, labels=asking.offer.labels))
