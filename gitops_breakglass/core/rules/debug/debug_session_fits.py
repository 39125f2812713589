"""A debug session asks for what its template offers."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, applies_to_template, namespace_filter, readings
from gitops_breakglass.core.rules.debug.debug_duration import LONGEST, parsed
from gitops_breakglass.core.rules.debug.debug_reason import LONGEST as LONGEST_REASON
from gitops_breakglass.core.rules.debug.debug_reason import SHORTEST as SHORTEST_REASON
from gitops_breakglass.core.rules.debug.values import value_problem
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.request import DebugRequest
from gitops_breakglass.model.window import print_duration

_ID = "debug-session-fits"


def _on_debug(request: DebugRequest, facts: PolicyFacts) -> Iterator[Finding]:
    template = next((each for each in readings(facts, TEMPLATE) if each.document.name == request.template), None)
    if template is None:
        return
    yield from _binding(request, template, facts)
    yield from _duration(request, template)
    yield from _reason(request, template)
    yield from _namespace(request, template)
    yield from _choice(request, template)
    yield from _values(request, template)


def _binding(request: DebugRequest, template: Reading, facts: PolicyFacts) -> Iterator[Finding]:
    asked = Reading(request.document)
    name, namespace = (asked.text("spec", "bindingRef", field) for field in ("name", "namespace"))
    if name is None:
        return
    bindings = [each for each in readings(facts, BINDING) if each.document.name == name]
    found = [each for each in bindings if each.text("metadata", "namespace") in (None, namespace)]
    known = [document.name for document in facts.of_kind(BINDING)]
    problem = None
    if not found:
        problem = f"there is no {BINDING} {name} in namespace {namespace}"
    elif found[0].flag("spec", "disabled") is True:
        problem = f"binding {name} is disabled"
    elif not applies_to_template(found[0], template.document):
        problem = f"binding {name} is not for template {request.template}"
    if problem is not None:
        yield _finding(request, problem, ("bindingRef",), nearest(name, known) or "leave it out, or name another")


def _duration(request: DebugRequest, template: Reading) -> Iterator[Finding]:
    bound = parsed(template.text("spec", "constraints", "maxDuration")) or LONGEST
    if request.duration is not None and request.duration > bound:
        message = f"it asks for {print_duration(request.duration)}, and the template allows {print_duration(bound)}"
        yield _finding(request, message, ("requestedDuration",), f"ask for {print_duration(bound)} or less")


def _reason(request: DebugRequest, template: Reading) -> Iterator[Finding]:
    base = ("spec", "requestReason")
    length = len(request.reason.strip())
    if template.flag(*base, "mandatory") is True and not length:
        yield _finding(request, "the template asks for a reason", ("reason",), "say why the session is needed")
        return
    if not length or not template.has(*base):
        return
    least, most = template.number(*base, "minLength"), template.number(*base, "maxLength")
    shortest, longest = SHORTEST_REASON if least is None else least, LONGEST_REASON if most is None else most
    if not shortest <= length <= longest:
        message = f"the reason has {length} characters, and the template asks for {shortest} to {longest}"
        yield _finding(request, message, ("reason",), "say more, or less")


def _namespace(request: DebugRequest, template: Reading) -> Iterator[Finding]:
    asked, base = Reading(request.document).text("spec", "targetNamespace"), ("spec", "namespaceConstraints")
    if not asked or not template.has(*base) or asked == template.text(*base, "defaultNamespace"):
        return
    denied, allowed = (namespace_filter(template, *base, f"{side}Namespaces") for side in ("denied", "allowed"))
    problem = None
    if template.flag(*base, "allowUserNamespace") is not True or template.flag(*base, "denyUserNamespace") is True:
        problem = "the template lets nobody choose a namespace"
    elif denied is not None and matches_any(denied.patterns, asked):
        problem = f"the template denies namespace {asked}"
    elif allowed is not None and not allowed.terms and not matches_any(allowed.patterns, asked):
        problem = f"the template does not allow namespace {asked}"
    if problem is not None:
        yield _finding(request, problem, ("targetNamespace",), "leave it out: the template has a default")


def _choice(request: DebugRequest, template: Reading) -> Iterator[Finding]:
    asked, base = Reading(request.document).text("spec", "selectedSchedulingOption"), ("spec", "schedulingOptions")
    options = range(template.count(*base, "options"))
    names = [template.text(*base, "options", index, "name") or "" for index in options]
    has_default = any(template.flag(*base, "options", index, "default") is True for index in options)
    if asked and asked not in names:
        message = f"the template has no scheduling option {asked}"
        yield _finding(request, message, ("selectedSchedulingOption",), nearest(asked, names) or "leave it out")
    elif not asked and template.flag(*base, "required") is True and not has_default:
        yield _finding(request, "the template asks for a scheduling option", (), f"choose one of {', '.join(names)}")


def _values(request: DebugRequest, template: Reading) -> Iterator[Finding]:
    asked, base = Reading(request.document), ("spec", "extraDeployVariables")
    variables = {template.text(*base, index, "name") or "": (*base, index) for index in range(template.count(*base))}
    given = asked.keys("spec", "extraDeployValues")
    for name in given:
        path = ("extraDeployValues", name)
        if name not in variables:
            hint = nearest(name, variables) or "leave it out; upstream passes over it"
            yield _finding(request, f"the template has no variable {name}", path, hint, Severity.WARNING)
        elif (told := value_problem(template, variables[name], asked.node("spec", *path))) is not None:
            yield _finding(request, f"{name} does not take this value: {told}", path, "see the template's variables")
    for name, at in variables.items():
        if template.flag(*at, "required") is True and not template.has(*at, "default") and name not in given:
            yield _finding(request, f"the template asks for a value of {name}", ("extraDeployValues",), f"set {name}")


def _finding(
    request: DebugRequest, message: str, path: tuple[str, ...], hint: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(_ID, message, request.document.at("spec", *path), severity, hint=hint)


RULE = Rule(
    _ID,
    "a debug session asks for what its template offers",
    "What goes beyond the template would be refused when the session starts; the reviewer and the author see it in the pull "
    "request.",
    on_debug=_on_debug,
)
