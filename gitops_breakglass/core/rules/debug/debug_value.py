"""The values of a debug session are ones that its template's variables take."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.values import value_problem
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-value"
_BASE = ("spec", "extraDeployVariables")


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    found = policy.debug.templates.get(request.template)
    if found is None:
        return
    template, at = Reading(found.document), request.document.at
    variables = {template.text(*_BASE, index, "name") or "": (*_BASE, index) for index in range(template.count(*_BASE))}
    for name, value in request.values.items():
        path = ("spec", "extraDeployValues", name)
        if name not in variables:
            hint = nearest(name, variables) or "leave it out; upstream passes over it"
            yield Finding(_ID, f"the template has no variable {name}", at(*path), hint=hint)
        elif (told := value_problem(template, variables[name], value)) is not None:
            hint = "see the template's variables"
            yield Finding(_ID, f"{name} does not take this value: {told}", at(*path), hint=hint)
    for name, where in variables.items():
        is_open = template.flag(*where, "required") is True and not template.has(*where, "default")
        if is_open and name not in request.values:
            there = ("spec", "extraDeployValues")
            yield Finding(_ID, f"the template asks for a value of {name}", at(*there), hint=f"set {name}")


RULE = Rule(
    _ID,
    "the values of a debug session are for variables of its template, and ones that they take",
    "A value that no variable takes would be passed over by upstream, and one of another form fails when the session starts. "
    "Both are seen in the pull request.",
    on_debug=_on_debug,
)
