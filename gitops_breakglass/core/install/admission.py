"""The shape of our ValidatingAdmissionPolicies, and the words of CEL that they share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.core.install.marks import metadata
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, Manifest

ADMISSION = "admissionregistration.k8s.io/v1"


@dataclass(frozen=True)
class Clause:
    """One thing that must hold for a request to pass: a CEL expression, and what is said where it does not.

    `telling` is CEL for a text to say instead; where that can't be had, `message` is said.
    """

    expression: str
    message: str
    telling: str = ""


@dataclass(frozen=True)
class Matched:
    """The requests that a policy sees. A group, resource or operation may be the wildcard."""

    group: str
    versions: tuple[str, ...]
    resources: tuple[str, ...]
    operations: tuple[str, ...]


def policy(
    name: str,
    *matched: Matched,
    clauses: Sequence[Clause],
    variables: Mapping[str, str],
    condition: str | None = None,
    parameters: Mapping[str, str] | None = None,
    excluded: Sequence[Matched] = (),
) -> Manifest:
    """Return the policy; a request that it can't judge is refused. `parameters` is the kind of what it is judged by.

    Of what is matched, `excluded` is left alone.
    """
    return {
        "apiVersion": ADMISSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": metadata(name),
        "spec": {
            "failurePolicy": "Fail",
            **({"paramKind": dict(parameters)} if parameters else {}),
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "resourceRules": [_resources(each) for each in matched],
                **({"excludeResourceRules": [_resources(each) for each in excluded]} if excluded else {}),
            },
            **({"matchConditions": [{"name": "ours", "expression": condition}]} if condition else {}),
            "variables": [{"name": key, "expression": value} for key, value in variables.items()],
            "validations": [
                {
                    "expression": clause.expression,
                    "message": clause.message,
                    **({"messageExpression": clause.telling} if clause.telling else {}),
                    "reason": "Forbidden",
                }
                for clause in clauses
            ],
        },
    }


def _resources(matched: Matched) -> dict[str, Any]:
    return {
        "apiGroups": [matched.group],
        "apiVersions": list(matched.versions),
        "resources": list(matched.resources),
        "operations": list(matched.operations),
        "scope": "*",
    }


def binding(name: str, parameters: Mapping[str, Any] | None = None) -> Manifest:
    """Return what puts the policy of that name into force, for every namespace and without exception.

    `parameters` says where the objects are that it is judged by.
    """
    return {
        "apiVersion": ADMISSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": metadata(name),
        "spec": {
            "policyName": name,
            **({"paramRef": dict(parameters)} if parameters else {}),
            "validationActions": ["Deny"],
        },
    }


def literal(text: str) -> str:
    """Return a CEL string of any printable text."""
    return json.dumps(text, ensure_ascii=False)


def label_of(place: str, key: str) -> str:
    """Return the CEL for a label's value, empty where there is none; `place` is `object` or `oldObject`."""
    return f"{place}.metadata.?labels[?{literal(key)}].orValue('')"


def annotation_of(place: str, key: str) -> str:
    """Return the CEL for an annotation's value, empty where there is none."""
    return f"{place}.metadata.?annotations[?{literal(key)}].orValue('')"


def list_of(place: str, field: str) -> str:
    """Return the CEL for a list of an object, empty where there is none: an emptied Role comes back with `rules: null`."""
    return f"({place}.?{field}.orValue(null) == null ? [] : {place}.{field})"


def is_ours(place: str) -> str:
    """Return the CEL for whether the object carries the label of a grant's objects."""
    return f"{label_of(place, MANAGED_BY)} == {literal(MANAGER)}"


def is_same(live: object, wanted: object) -> bool:
    """Whether two values say the same; what is empty may be left out, as an API server fills it in. Anything more is more."""
    match live, wanted:
        case Mapping(), Mapping():
            return all(is_same(live.get(name), wanted.get(name)) for name in live.keys() | wanted.keys())
        case ((list() | tuple()), (list() | tuple())):
            return len(live) == len(wanted) and all(map(is_same, live, wanted))
        case _:
            return live == wanted or (not live and not wanted)
