"""The lengths that a reason must have can be met."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.narrowing import LONGEST_REASON as LONGEST
from gitops_breakglass.core.debug.narrowing import SHORTEST_REASON as SHORTEST
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-reason"
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


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if not isinstance(offer, DebugOffer):
        return
    rule, length = offer.request_reason, len(request.reason.strip())
    longest = rule.max_length
    problem = None
    if not length:
        problem = f"{offer.source} asks for a reason" if rule.mandatory else None
    elif length < rule.min_length or (longest is not None and length > longest):
        problem = f"the reason has {length} characters, and {offer.source} asks for {rule.min_length} to {longest}"
    if problem is not None:
        yield Finding(_ID, problem, request.document.at("spec", "reason"), hint="say why the session is needed")


RULE = Rule(
    _ID,
    "the lengths asked of a reason can be met, and reasons meet them",
    "Where the shortest reason is longer than the longest, nobody can ask. Upstream refuses that, and blank or doubled "
    "suggestions.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
