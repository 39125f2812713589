"""The variables of a debug session template are told apart, and what is asked of their values can be met."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.pattern import problem
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.debug.values import input_type, number_of, size_of, value_problem
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-variable"
_BASE = ("spec", "extraDeployVariables")
_FOR: dict[str, str] = {
    "pattern": "text",
    "minLength": "text",
    "maxLength": "text",
    "min": "number",
    "max": "number",
    "minStorage": "storageSize",
    "maxStorage": "storageSize",
    "minItems": "multiSelect",
    "maxItems": "multiSelect",
}
"""Each bound, with the type of value that it is for."""
_PAIRS = (("minLength", "maxLength"), ("min", "max"), ("minStorage", "maxStorage"), ("minItems", "maxItems"))
_CHOOSING = ("select", "multiSelect")
_MOST = 100
"""Variables of one template. Each may bring a pattern along, and compiling one takes its time."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        names: set[str] = set()
        count = reading.count(*_BASE)
        if count > _MOST:
            message = f"there are {count} variables; at most {_MOST} are judged"
            yield _finding(reading, (*_BASE, _MOST), message, "make several templates out of it")
        for index in range(min(count, _MOST)):
            at = (*_BASE, index)
            name = reading.text(*at, "name") or ""
            if name in names:
                yield _finding(
                    reading, (*at, "name"), f"there is a variable {name} before this one", "rename one of them"
                )
            names.add(name)
            yield from _options(reading, at)
            yield from _bounds(reading, at)
            yield from _default(reading, at)


def _options(reading: Reading, at: Path) -> Iterator[Finding]:
    kind, count = input_type(reading, at), reading.count(*at, "options")
    if kind in _CHOOSING and not count:
        yield _finding(reading, (*at, "inputType"), f"there is nothing to choose for a {kind}", "list its options")
    elif kind not in _CHOOSING and count:
        yield _finding(
            reading,
            (*at, "options"),
            f"options have no effect with inputType {kind}",
            "write `inputType: select`",
            Severity.WARNING,
        )
    values: set[str] = set()
    for index in range(count):
        value = reading.text(*at, "options", index, "value") or ""
        if value in values:
            where = (*at, "options", index, "value")
            yield _finding(reading, where, f"there is an option {value} before this one", "list each value once")
        values.add(value)


def _bounds(reading: Reading, at: Path) -> Iterator[Finding]:
    kind, base = input_type(reading, at), (*at, "validation")
    for field, wanted in _FOR.items():
        if reading.has(*base, field) and kind != wanted:
            yield _finding(
                reading, (*base, field), f"{field} is for inputType {wanted}, and this is {kind}", "take it out"
            )
    pattern = reading.text(*base, "pattern")
    if pattern and kind == "text" and (told := problem(pattern)) is not None:
        yield _finding(
            reading, (*base, "pattern"), f"this pattern can't be used: {told}", "Go's syntax, without look-around"
        )
    for low, high in _PAIRS:
        if kind == _FOR[low]:
            yield from _pair(reading, base, low, high)


def _pair(reading: Reading, base: Path, low: str, high: str) -> Iterator[Finding]:
    # Upstream refuses what is no number, and passes over what is no size.
    severity = Severity.WARNING if low == "minStorage" else Severity.ERROR
    found = []
    for field in (low, high):
        text = reading.text(*base, field)
        value = reading.number(*base, field) if text is None else (size_of if low == "minStorage" else number_of)(text)
        if text and value is None:
            yield _finding(
                reading, (*base, field), f"{field} is {text!r}, which is no bound", "write a number", severity
            )
        found.append(value)
    least, most = found
    if least is not None and most is not None and least > most:
        yield _finding(reading, (*base, high), f"{high} is less than {low}", "no value is both; correct one", severity)


def _default(reading: Reading, at: Path) -> Iterator[Finding]:
    value = reading.node(*at, "default")
    if value is not None and (told := value_problem(reading, at, value)) is not None:
        yield _finding(
            reading,
            (*at, "default"),
            f"the default is not what the variable takes: {told}",
            "correct it; a session that leaves the variable out would be refused, or fail",
            Severity.WARNING,
        )


def _finding(reading: Reading, path: Path, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(_ID, message, reading.document.at(*path), severity, hint=hint)


RULE = Rule(
    _ID,
    "variables of debug templates have names of their own, and values that they can take",
    "Upstream refuses bounds that are for another type, a choice without options, and a pattern that can't be read; a default "
    "that does not fit shows when a session starts.",
    on_policy=_on_policy,
)
