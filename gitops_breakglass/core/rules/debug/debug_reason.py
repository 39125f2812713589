"""The lengths that a reason must have can be met."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-reason"
SHORTEST, LONGEST = 10, 1000
"""Characters, where a template does not say; upstream's defaults."""
_BASE = ("spec", "requestReason")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        if reading.has(*_BASE):
            yield from _lengths(reading)


def _lengths(reading: Reading) -> Iterator[Finding]:
    least, most = reading.number(*_BASE, "minLength"), reading.number(*_BASE, "maxLength")
    shortest, longest = SHORTEST if least is None else least, LONGEST if most is None else most
    if shortest > longest:
        yield Finding(
            _ID,
            f"no reason is {shortest} characters long at least and {longest} at most",
            reading.document.at(*_BASE, "minLength" if least is not None else "maxLength"),
            hint=f"minLength is {SHORTEST} where it is not set, maxLength {LONGEST}",
        )
    seen: set[str] = set()
    for index, text in enumerate(reading.texts(*_BASE, "suggestedReasons")):
        at = reading.document.at(*_BASE, "suggestedReasons", index)
        if not text.strip() or text in seen:
            problem = "is there before" if text in seen and text.strip() else "is blank"
            yield Finding(_ID, f"this suggestion {problem}", at, hint="suggest each reason once")
        elif not shortest <= len(text) <= longest:
            yield Finding(
                _ID,
                f"this suggestion has {len(text)} characters, and a reason has {shortest} to {longest}",
                at,
                Severity.WARNING,
                hint="whoever takes it would be refused; reword it, or move the bounds",
            )
        seen.add(text)


RULE = Rule(
    _ID,
    "the lengths asked of a reason can be met, and suggestions meet them",
    "Where the shortest reason is longer than the longest, nobody can ask. Upstream refuses that, and blank or doubled "
    "suggestions.",
    on_policy=_on_policy,
)
