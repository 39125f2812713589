"""Whether deny policies stop a request on a cluster, where they hold for more than upstream's evaluator takes them for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gitops_breakglass.core.deny.compile.requests import COLLECTION, opening, reached
from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.rbac.cells import Cell
from gitops_breakglass.model.deny import Answer, Ask, Circumstances, DenyPolicy, Pod, PodOverride, Verdict
from gitops_breakglass.model.rules import ALL


def evaluate_on_cluster(
    policies: Iterable[DenyPolicy],
    ask: Ask,
    under: Circumstances,
    *,
    pod: Pod | None = None,
    override: PodOverride | None = None,
) -> Verdict:
    """Judge one request as what is compiled of the policies does.

    A collection is deleted object by object; a stream that may not be opened one way may not be opened the other; the name
    of a proxy may hold a port beside the object's. What upstream denies is denied in its words.
    """
    asked = tuple(policies)
    said = evaluate(asked, ask, under, pod=pod, override=override)
    if said.answer is Answer.DENY or ask.path:
        return said
    if ask.verb == COLLECTION:
        return _of_collection(asked, ask, under) or said
    others = (evaluate(asked, each, under, pod=pod, override=override) for each in _same_to_a_cluster(ask))
    return next((each for each in others if each.answer is Answer.DENY), said)


def _same_to_a_cluster(ask: Ask) -> Iterator[Ask]:
    cell: Cell = (ask.group, f"{ask.resource}/{ask.subresource}" if ask.subresource else ask.resource, None)
    for verb in sorted(opening(cell, frozenset({ask.verb})) - {ask.verb}):
        yield replace(ask, verb=verb)
    if (name := reached(cell, ask.name)) != ask.name:
        yield replace(ask, name=name)


def _of_collection(policies: tuple[DenyPolicy, ...], ask: Ask, under: Circumstances) -> Verdict | None:
    """Return what denies to delete any object of the collection; of which names, where not of all."""
    whatever_name = [
        replace(policy, pods=None, rules=tuple(replace(rule, resource_names=()) for rule in policy.rules))
        for policy in policies
    ]
    found = evaluate(whatever_name, replace(ask, verb="delete"), under)
    if found.answer is not Answer.DENY:
        return None
    names = next(
        (
            rule.resource_names
            for policy in policies
            for rule in policy.rules
            if policy.name == found.policy and rule.location == found.location
        ),
        (),
    )
    why = "a collection is deleted object by object"
    if names and ALL not in names:
        why += f", and those named {', '.join(names)} are refused; one without any of them is not"
    return replace(found, reason=f"{found.reason}; {why}" if found.reason else why)
