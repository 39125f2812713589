"""A binding does not stretch what its template allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.debug.bindings import is_for_template
from gitops_breakglass.core.debug.narrowing import LONGEST
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.debug.debug_duration import parsed
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.window import print_duration

_ID = "binding-loosens"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    templates = tuple(readings(facts, TEMPLATE))
    for binding in readings(facts, BINDING):
        if not binding.has("spec", "constraints"):
            continue
        own = _longest(binding)
        for template in templates:
            bound = _longest(template)
            if own is None or bound is None or own <= bound or not is_for_template(binding, template.document):
                continue
            implied = "" if binding.has("spec", "constraints", "maxDuration") else ", since maxDuration is not set"
            yield Finding(
                _ID,
                f"sessions of {template.document.name} may last {print_duration(bound)}, "
                f"and {print_duration(own)} by this binding{implied}",
                binding.document.at("spec", "constraints", "maxDuration"),
                Severity.WARNING,
                hint=f"set maxDuration to {print_duration(bound)} or less: upstream takes the binding's bound, not the shorter",
            )


def _longest(reading: Reading) -> timedelta | None:
    """Return the bound, upstream's default where it is not set, or None where it can't be read."""
    text = reading.text("spec", "constraints", "maxDuration")
    return LONGEST if text is None else parsed(text)


RULE = Rule(
    _ID,
    "a binding does not stretch the longest duration of its template",
    "Upstream's text says that a binding can only be stricter, and its code takes the binding's value. Any other constraint in "
    "a binding brings the default of four hours along.",
    on_policy=_on_policy,
)
