"""Scheduling options have names of their own, and one default at most."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "scheduling-option"
_BASE = ("spec", "schedulingOptions", "options")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        names: set[str] = set()
        default: str | None = None
        for index in range(reading.count(*_BASE)):
            name = reading.text(*_BASE, index, "name") or ""
            if name in names:
                yield Finding(
                    _ID,
                    f"there is an option {name} before this one",
                    reading.document.at(*_BASE, index, "name"),
                    hint="give it a name of its own",
                )
            names.add(name)
            if reading.flag(*_BASE, index, "default") is not True:
                continue
            if default is not None:
                yield Finding(
                    _ID,
                    f"option {default} is the default already",
                    reading.document.at(*_BASE, index, "default"),
                    hint="there is one default at most",
                )
            default = default or name


RULE = Rule(
    _ID,
    "scheduling options have names of their own, and one default at most",
    "A request chooses an option by its name. Upstream refuses two of one name, and two defaults.",
    on_policy=_on_policy,
)
