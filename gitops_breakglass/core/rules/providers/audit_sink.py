"""The sinks of an audit configuration have names of their own, and the block of their type."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "audit-sink"
_TYPES = ("kafka", "kubernetes", "log", "webhook")
_NEED_THEIR_BLOCK = ("kafka", "webhook")
"""Types that send somewhere, and can't without being told where."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("AuditConfig"):
        reading = Reading(document)
        names: set[str] = set()
        for index in range(reading.count("spec", "sinks")):
            name = reading.text("spec", "sinks", index, "name") or ""
            if name in names:
                yield Finding(
                    _ID,
                    f"there is a sink {name} before this one",
                    document.at("spec", "sinks", index, "name"),
                    hint="give it a name of its own",
                )
            names.add(name)
            yield from _block(reading, index)


def _block(reading: Reading, index: int) -> Iterator[Finding]:
    at = ("spec", "sinks", index)
    kind = reading.text(*at, "type") or ""
    if kind in _NEED_THEIR_BLOCK and not reading.has(*at, kind):
        yield Finding(
            _ID,
            f"a sink of type {kind} needs a `{kind}` block, which is missing",
            reading.document.at(*at, "type"),
            hint=f"add `{kind}:` with where it sends to",
        )
    for other in _TYPES:
        if other != kind and reading.has(*at, other):
            yield Finding(
                _ID,
                f"the block `{other}` has no effect in a sink of type {kind}",
                reading.document.at(*at, other),
                Severity.WARNING,
                hint=f"make it a sink of its own with `type: {other}`, or take it out",
            )


RULE = Rule(
    _ID,
    "the sinks of an audit configuration have names of their own, and the block of their type",
    "A sink without its block sends nowhere, and a block of another type is never read: events that somebody counts on would "
    "be missing.",
    on_policy=_on_policy,
)
