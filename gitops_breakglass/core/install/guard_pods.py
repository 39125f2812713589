"""The guard on pods: nobody gets into a pod by a grant while the pod's risk score is one that a deny policy refuses.

A policy takes parameters of one kind only. Here that is the Pod itself, as it is at that moment, so the rules are in the
policy and not in its parameters. Which of them a grant is held to its own Roles say, by rights that give nothing (markers):
so the right to get into pods and what it is held to appear in the same instant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.install.admission import ADMISSION, is_same, literal
from gitops_breakglass.core.install.marks import GUARD_PODS, POD_RULES, UNCOVERED, metadata, words_of
from gitops_breakglass.core.install.pod_cel import VARIABLES, passes, score, told
from gitops_breakglass.model.deny import POD_SUBRESOURCES
from gitops_breakglass.model.enforcement import MARKER_ANY, MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB
from gitops_breakglass.model.kube import Manifest

MOST_IN_ONE = 20
"""Rule sets in one policy: asking the authorizer costs 350,000 of the 10,000,000 units that one may use."""
MOST_PODS = 1000
"""Pods of one namespace that are looked at: each costs every way into a pod there about 0.07 ms (seen: 1,000 cost 60 to 90)."""
_NAME_LABEL = "kubernetes.io/metadata.name"
_MATCHED = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "resources": [f"pods/{each}" for each in POD_SUBRESOURCES],
    "operations": ["CONNECT"],
    "scope": "Namespaced",
}


def guard_pods(rule_sets: Sequence[RuleSet], uncovered: Collection[str] = ()) -> tuple[Manifest, ...]:
    """Return the policies that hold these rule sets, each with its binding, which leaves out the uncovered namespaces."""
    parts = [rule_sets[at : at + MOST_IN_ONE] for at in range(0, len(rule_sets), MOST_IN_ONE)]
    names = [GUARD_PODS, *(f"{GUARD_PODS}-{number}" for number in range(2, len(parts) + 1))]
    return tuple(
        chain.from_iterable(
            (_policy(name, part, uncovered), _binding(name, uncovered))
            for name, part in zip(names, parts, strict=False)
        )
    )


def held(name: str = "") -> str:
    """Return the CEL for whether the user holds the marker of this name in the pod's namespace; without one, of any name."""
    return held_by(literal(name)) if name else held_by()


def held_by(name: str = "") -> str:
    """Return the same for a name that is CEL itself. It must not come to an empty text, which would be any name."""
    named = f".name({name})" if name else ""
    return (
        f"authorizer.group({literal(MARKER_GROUP)}).resource({literal(MARKER_RESOURCE)}){named}"
        f".namespace(request.namespace).check({literal(MARKER_VERB)}).allowed()"
    )


def is_whole(policy: Manifest, bound: Manifest) -> bool:
    """Whether a policy that is on a cluster, as it is bound there, looks at the pods that its annotations say.

    They may not agree: somebody edited the one, or an installation was broken off before it came to the binding.
    """
    name, uncovered = policy["metadata"]["name"], words_of(policy, UNCOVERED)
    rules = {"variables", "validations"}
    asked = " ".join(str(each.get("expression")) for each in policy["spec"].get("validations") or ())
    return (
        is_same(_without(policy["spec"], rules), _without(_policy(name, (), uncovered)["spec"], rules))
        and is_same(bound["spec"], _binding(name, uncovered)["spec"])
        and all(f"!{held(digest)}" in asked for digest in words_of(policy, POD_RULES))
    )


def _without(spec: Mapping[str, Any], parts: Collection[str]) -> Mapping[str, Any]:
    return {part: value for part, value in spec.items() if part not in parts}


def _policy(name: str, rule_sets: Sequence[RuleSet], uncovered: Collection[str]) -> Manifest:
    annotations = {
        POD_RULES: " ".join(sorted(each.digest for each in rule_sets)),
        UNCOVERED: " ".join(sorted(uncovered)),
    }
    variables = {**VARIABLES, **{_points(each): score(each.pods.risk) for each in rule_sets}}
    return {
        "apiVersion": ADMISSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {**metadata(name), "annotations": annotations},
        "spec": {
            "failurePolicy": "Fail",
            "paramKind": {"apiVersion": "v1", "kind": "Pod"},
            "matchConstraints": {"matchPolicy": "Equivalent", "resourceRules": [_MATCHED]},
            # One condition, since each is evaluated whatever the others say, for every pod of the namespace. Who holds
            # markers of all names was given everything there is, by no grant.
            "matchConditions": [
                {
                    "name": "held",
                    "expression": f"params.metadata.name == request.name && {held(MARKER_ANY)} && !{held()}",
                }
            ],
            "variables": [{"name": key, "expression": value} for key, value in variables.items()],
            "validations": [_validation(each) for each in rule_sets],
        },
    }


def _validation(rules: RuleSet) -> Mapping[str, str]:
    points = f"variables.{_points(rules)}"
    asked = (
        f"!(request.subResource in {list(rules.subresources)}) || " if rules.subresources != POD_SUBRESOURCES else ""
    )
    return {
        # The authorizer last: it is the dearest. Where a score can't be told, it alone decides, and so refuses.
        "expression": f"{asked}{passes(rules, points)} || !{held(rules.digest)}",
        "message": f"the guard: the deny policy {rules.policy_name} keeps this pod closed",
        "messageExpression": told(rules, points),
        "reason": "Forbidden",
    }


def _points(rules: RuleSet) -> str:
    return f"score_{rules.digest}"


def _binding(name: str, uncovered: Collection[str]) -> Manifest:
    left_out = {"key": _NAME_LABEL, "operator": "NotIn", "values": sorted(uncovered)}
    selector = {"matchPolicy": "Equivalent", "namespaceSelector": {"matchExpressions": [left_out]}}
    match = {"matchResources": selector} if uncovered else {}
    return {
        "apiVersion": ADMISSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": metadata(name),
        "spec": {
            "policyName": name,
            # Every pod of the request's namespace. Where there is none, there is none to get into.
            "paramRef": {"selector": {}, "parameterNotFoundAction": "Deny"},
            "validationActions": ["Deny"],
            **match,
        },
    }


def uncovered_by(pods: Mapping[str, int]) -> frozenset[str]:
    """Return the namespaces of which there are too many pods, by how many each has."""
    return frozenset(name for name, count in pods.items() if count > MOST_PODS)


def left_out(uncovered: Collection[str]) -> tuple[str, ...]:
    """Say in lines for the administrator which namespaces are left out, if any are."""
    if not uncovered:
        return ()
    names = ", ".join(sorted(uncovered))
    return (
        f"More than {MOST_PODS} pods are in {names}: there the guard looks at none.",
        "There pod rules are held by naming the pods that runs find allowed.",
    )
