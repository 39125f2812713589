"""Pod rules in CEL, over the live pod: what admission asks of it is what `core/deny/pods.py` asks of a pod that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gitops_breakglass.core.deny.glob_regex import any_regex
from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.install.admission import literal
from gitops_breakglass.model.deny import Action, PodOverride, PodRules, RiskFactors

_TEMPLATE = re.compile(r"\{\{-?\s*\.(Score|Pod|Namespace)\s*-?\}\}")
_TRUE, _FALSE = "true", "false"


def _each(place: str, field: str) -> str:
    """Return the CEL for a list that may not be there."""
    return f"(has({place}.{field}) ? {place}.{field} : [])"


def _of_context(test: str, field: str) -> str:
    """Return the CEL for whether a container `c` has a field in its securityContext that the test holds of."""
    return f"has(c.securityContext) && has(c.securityContext.{field}) && c.securityContext.{field}{test}"


# Without types, for an ephemeral container's is not an ordinary one's, and a list has one.
VARIABLES = {
    "spec": "dyn(params.spec)",
    "containers": " + ".join(
        _each("variables.spec", each) for each in ("containers", "initContainers", "ephemeralContainers")
    ),
    **{each: f"has(variables.spec.{each}) && variables.spec.{each}" for each in ("hostNetwork", "hostPID", "hostIPC")},
    "privileged": f"variables.containers.exists(c, {_of_context('', 'privileged')})",
    "root": f"variables.containers.exists(c, {_of_context(' == 0', 'runAsUser')})",
    "added": "variables.containers.map(c, has(c.securityContext) && has(c.securityContext.capabilities)"
    " && has(c.securityContext.capabilities.add) ? c.securityContext.capabilities.add : [])",
    "hostPaths": f"{_each('variables.spec', 'volumes')}.filter(v, has(v.hostPath))",
    "writable": "variables.hostPaths.filter(v, variables.containers.exists(c, has(c.volumeMounts)"
    " && c.volumeMounts.exists(m, m.name == v.name && !(has(m.readOnly) && m.readOnly)))).size()",
    "readOnly": "variables.hostPaths.size() - variables.writable",
}
"""What of a pod all rule sets share, in the order in which one needs the other."""


def score(risk: RiskFactors) -> str:
    """Return the CEL for a pod's points."""
    return " + ".join(_points(risk)) or "0"


def passes(rules: RuleSet, points: str) -> str:
    """Return the CEL for whether a pod may be entered; `points` is CEL for its score."""
    pods, override = rules.pods, rules.override
    relaxed = _FALSE
    if override is not None and override.max_allowed_score is not None:
        relaxed = _all([_holds(override), f"{points} <= {_number(override.max_allowed_score)}"])
    return _any([*_exemptions(pods), _all([f"!({blocked(rules)})", _any([relaxed, _within(pods, points)])])])


def blocked(rules: RuleSet) -> str:
    """Return the CEL for whether a pod has a risk that denies at any score."""
    always: list[str] = []
    unless: list[str] = []
    for name in dict.fromkeys(rules.pods.block_factors):
        found = _found(name, rules.pods.risk)
        exempt = rules.override is not None and name in rules.override.exempt_factors
        (unless if exempt else always).append(found)
    relieved = _all([f"!({_holds(rules.override)})", _any(unless)]) if rules.override is not None else _FALSE
    return _any([*always, relieved])


def told(rules: RuleSet, points: str) -> str:
    """Return the CEL for what somebody is told whom the rules refuse.

    Of a reason's template the three words that CEL knows are filled in; one with anything else in it is not told.
    """
    begin = f"the guard: the deny policy {rules.policy_name} keeps the pod "
    which = f"{literal(begin)} + request.namespace + '/' + request.name + ' closed: '"
    risky = literal("it has a risk that is not allowed at any score")
    return (
        f"{which} + ({blocked(rules)} ? {risky} : 'its risk score is ' + string({points}) + ({_reason(rules, points)}))"
    )


def _points(risk: RiskFactors) -> Iterator[str]:
    for switch, weight in (
        ("hostNetwork", risk.host_network),
        ("hostPID", risk.host_pid),
        ("hostIPC", risk.host_ipc),
        ("privileged", risk.privileged_container),
        ("root", risk.run_as_root),
    ):
        # A switch that has no points, or fewer, counts nothing: the rest counts even below nothing.
        if weight > 0:
            yield f"(variables.{switch} ? {_number(weight)} : 0)"
    for count, weight in (("writable", risk.host_path_writable), ("readOnly", risk.host_path_read_only)):
        if weight:
            yield f"variables.{count} * {_number(weight)}"
    for name, weight in risk.capabilities:
        if weight:
            yield f"variables.added.map(a, a.filter(x, x == {literal(name)}).size()).sum() * {_number(weight)}"


def _found(factor: str, risk: RiskFactors) -> str:
    """Return the CEL for whether a pod has this risk, whatever its points; a name that is none is never found."""
    names = [name for name, _ in risk.capabilities]
    return {
        "hostNetwork": "variables.hostNetwork",
        "hostPID": "variables.hostPID",
        "hostIPC": "variables.hostIPC",
        "privilegedContainer": "variables.privileged",
        "runAsRoot": "variables.root",
        "hostPathWritable": "variables.writable > 0",
        "hostPathReadOnly": "variables.readOnly > 0",
        "capability": f"variables.added.exists(a, a.exists(x, x in {_list(names)}))" if names else _FALSE,
    }.get(factor, _FALSE)


def _exemptions(pods: PodRules) -> Iterator[str]:
    if pods.exempt_namespaces:
        yield _in_namespaces(pods.exempt_namespaces)
    if pods.exempt_labels:
        labels = "params.metadata.labels"
        yield _all(
            [
                f"has({labels})",
                *(
                    f"{literal(key)} in {labels} && {labels}[{literal(key)}] == {literal(value)}"
                    for key, value in pods.exempt_labels
                ),
            ]
        )


def _holds(override: PodOverride) -> str:
    """Return the CEL for whether an override is for the pod's namespace."""
    if override.namespaces:
        return _in_namespaces(override.namespaces)
    return _TRUE if override.everywhere else _FALSE


def _in_namespaces(patterns: Sequence[str]) -> str:
    return f"request.namespace.matches({literal(any_regex(patterns))})"


def _within(pods: PodRules, points: str) -> str:
    """Return the CEL for whether the first threshold that takes the score lets in; none does not."""
    tests = [
        f"{points} <= {_number(each.max_score)} ? {_FALSE if each.action is Action.DENY else _TRUE}"
        for each in pods.thresholds
    ]
    return f"({' : '.join([*tests, _FALSE])})"


def _reason(rules: RuleSet, points: str) -> str:
    tests = [
        f"{points} <= {_number(each.max_score)} ? {_filled(each.reason, points)}" for each in rules.pods.thresholds
    ]
    return " : ".join([*tests, literal(", which is above all thresholds")])


def _filled(template: str, points: str) -> str:
    text = " ".join(template.split())
    pieces = _TEMPLATE.split(text)
    if not text or any("{{" in each for each in pieces[::2]):
        return literal("")
    words = {"Score": f"string({points})", "Pod": "request.name", "Namespace": "request.namespace"}
    filled = [words[each] if index % 2 else literal(each) for index, each in enumerate(pieces)]
    return " + ".join([literal(": "), *filled])


def _all(tests: Sequence[str]) -> str:
    if _FALSE in tests or f"!({_TRUE})" in tests:
        return _FALSE
    kept = [each for each in tests if each not in {_TRUE, f"!({_FALSE})"}]
    return f"({' && '.join(kept)})" if kept else _TRUE


def _any(tests: Sequence[str]) -> str:
    if _TRUE in tests:
        return _TRUE
    kept = [each for each in tests if each != _FALSE]
    return f"({' || '.join(kept)})" if kept else _FALSE


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, words))}]"


def _number(value: int) -> str:
    return str(value) if value >= 0 else f"({value})"
