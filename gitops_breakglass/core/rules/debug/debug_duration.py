"""The durations of debug sessions can be read, and fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.debug.narrowing import DEFAULT, LONGEST
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest
from gitops_breakglass.model.window import parse_duration, print_duration

_ID = "debug-duration"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        yield from _order(reading)


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if isinstance(offer, DebugOffer) and request.duration is not None and request.duration > offer.max_duration:
        longest = print_duration(offer.max_duration)
        yield Finding(
            _ID,
            f"it asks for {print_duration(request.duration)}, and {offer.source} allows {longest}",
            request.document.at("spec", "requestedDuration"),
            hint=f"ask for {longest} or less",
        )


def _order(reading: Reading) -> Iterator[Finding]:
    base = ("spec", "constraints")
    if not reading.has(*base):
        return
    said, bound = (parsed(reading.text(*base, field)) for field in ("defaultDuration", "maxDuration"))
    own = reading.has(*base, "defaultDuration")
    default, longest = (said if own else DEFAULT), (bound if reading.has(*base, "maxDuration") else LONGEST)
    if default is not None and longest is not None and default > longest:
        yield Finding(
            _ID,
            f"a session lasts {print_duration(default)} by default, and {print_duration(longest)} at most"
            + ("" if own else ", since defaultDuration is not set"),
            reading.document.at(*base, "defaultDuration" if own else "maxDuration"),
            Severity.WARNING,
            hint=f"set defaultDuration to {print_duration(longest)} or less",
        )


def parsed(text: str | None) -> timedelta | None:
    """Return a duration, or None where there is none or it can't be read, which this rule tells."""
    try:
        return parse_duration(text or "")
    except ValueError:
        return None


RULE = Rule(
    _ID,
    "durations of debug sessions can be read, and none is longer than the bound",
    "The schema lets `1h2d` pass, which upstream then can't read. A default beyond the bound is cut without a word.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
