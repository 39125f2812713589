"""Where the pods of a session may run: every constraint holds, and none loosens another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping
from gitops_breakglass.core.glob import SPECIAL

MOST_TERMS = 128
"""Alternatives that a node affinity may come to, as upstream bounds it; each is asked of every node."""
_ID = "scheduling-constraint"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"

_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_WORD}", re.ASCII)
_VALUE = re.compile(rf"({_WORD})?", re.ASCII)

Term = dict[str, Any]


def ask_node_labels(
    pod: dict[str, Any], wanted: Mapping[str, str], source: Source, told: Told, rule: str = _ID
) -> None:
    """Ask nodes for more labels; a label that is asked for with another value already is a problem."""
    selector = pod.setdefault("nodeSelector", {})
    for key, value in wanted.items():
        if not (_KEY.fullmatch(key) and _VALUE.fullmatch(value)):
            told.problem(rule, f"no node can have the label {f'{key}={value}'!r:.80}", source.at(key), "correct it")
        elif selector.setdefault(key, value) != value:
            told.problem(
                rule,
                f"nodes are to have {key}={value}, and {key}={selector[key]} by the template",
                source.at(key),
                "no node has both; leave it out, or ask for the template's value",
            )
    if not selector:
        del pod["nodeSelector"]


def constrain(pod: dict[str, Any], constraints: Mapping[str, Any], source: Source, told: Told) -> None:
    """Add one block of SchedulingConstraints, which stands at `source`, to what holds for a pod already."""
    labels = Source(source.document, (*source.base, "nodeSelector"))
    ask_node_labels(pod, mapping(constraints.get("nodeSelector")), labels, told)
    add_tolerations(pod, entries(constraints.get("tolerations")))
    _spread(pod, entries(constraints.get("topologySpreadConstraints")), source, told)
    affinity: dict[str, Any] = dict(mapping(pod.get("affinity")))
    _nodes(affinity, constraints, source, told)
    _add(affinity, "nodeAffinity", _PREFERRED, constraints.get("preferredNodeAffinity"))
    _add(affinity, "podAntiAffinity", _REQUIRED, constraints.get("requiredPodAntiAffinity"))
    _add(affinity, "podAntiAffinity", _PREFERRED, constraints.get("preferredPodAntiAffinity"))
    if affinity:
        pod["affinity"] = affinity


def add_tolerations(pod: dict[str, Any], added: list[Any]) -> None:
    """Add tolerations that the pod lacks."""
    there = entries(pod.get("tolerations"))
    if new := [each for each in added if each not in there]:
        pod["tolerations"] = [*there, *new]


def _nodes(affinity: dict[str, Any], constraints: Mapping[str, Any], source: Source, told: Told) -> None:
    terms = _terms(mapping(affinity.get("nodeAffinity")).get(_REQUIRED))
    asked = _terms(constraints.get("requiredNodeAffinity"))
    denied = _denied(constraints, source, told)
    for further in (asked, denied):
        if further is None:
            continue
        # A term without conditions matches no node: what is added to it would make it match some.
        mine = [each for each in terms if _has_conditions(each)] if terms is not None else [{}]
        terms = [_both(one, other) for one in mine for other in further if _has_conditions(other)]
        if not terms:
            told.problem(
                _ID, "no node meets these conditions", source.at("requiredNodeAffinity"), "give each a condition"
            )
            return
        if len(terms) > MOST_TERMS:
            told.problem(
                _ID,
                f"the conditions on nodes come to {len(terms)} alternatives, and {MOST_TERMS} is the most",
                source.at("requiredNodeAffinity"),
                "write fewer nodeSelectorTerms: those of template, binding and option multiply",
            )
            return
    if terms is not None:
        affinity["nodeAffinity"] = {**mapping(affinity.get("nodeAffinity")), _REQUIRED: {"nodeSelectorTerms": terms}}


def _denied(constraints: Mapping[str, Any], source: Source, told: Told) -> list[Term] | None:
    fields = []
    for index, name in enumerate(entries(constraints.get("deniedNodes"))):
        if SPECIAL & set(name):
            told.problem(
                _ID,
                f"deniedNodes has the pattern {name}, and Kubernetes knows nodes by exact names only",
                source.at("deniedNodes", index),
                "name the nodes one by one, or deny a label that they have with deniedNodeLabels",
            )
        # A condition on a field takes exactly one value.
        fields.append({"key": "metadata.name", "operator": "NotIn", "values": [name]})
    expressions: list[Term] = []
    for key, value in mapping(constraints.get("deniedNodeLabels")).items():
        if value == "*":
            expressions.append({"key": key, "operator": "DoesNotExist"})
        elif SPECIAL & set(value):
            told.problem(
                _ID,
                f"deniedNodeLabels has the pattern {value}, and Kubernetes knows values of labels exactly, or all of them",
                source.at("deniedNodeLabels", key),
                "name one value, or all with `*`",
            )
        else:
            expressions.append({"key": key, "operator": "NotIn", "values": [value]})
    return [_both({"matchExpressions": expressions}, {"matchFields": fields})] if fields or expressions else None


def _terms(selector: Any) -> list[Term] | None:
    return entries(selector.get("nodeSelectorTerms")) if isinstance(selector, dict) else None


def _has_conditions(term: Any) -> bool:
    return bool(mapping(term).get("matchExpressions") or mapping(term).get("matchFields"))


def _both(one: Term, other: Term) -> Term:
    joined = {}
    for field in ("matchExpressions", "matchFields"):
        first = entries(one.get(field))
        if found := [*first, *(each for each in entries(other.get(field)) if each not in first)]:
            joined[field] = found
    return joined


def _add(affinity: dict[str, Any], kind: str, field: str, added: Any) -> None:
    if more := entries(added):
        there = mapping(affinity.get(kind))
        affinity[kind] = {**there, field: [*entries(there.get(field)), *more]}


def _spread(pod: dict[str, Any], added: list[Any], source: Source, told: Told) -> None:
    there = list(entries(pod.get("topologySpreadConstraints")))
    for index, each in enumerate(added):
        if each in there:
            continue
        if any(_same_spread(each, other) for other in there):
            told.problem(
                _ID,
                f"pods are to be spread over {each.get('topologyKey')} in two ways",
                source.at("topologySpreadConstraints", index),
                "Kubernetes takes one constraint for each topologyKey and whenUnsatisfiable",
            )
        there.append(each)
    if there:
        pod["topologySpreadConstraints"] = there


def _same_spread(one: Any, other: Any) -> bool:
    return all(mapping(one).get(field) == mapping(other).get(field) for field in ("topologyKey", "whenUnsatisfiable"))
