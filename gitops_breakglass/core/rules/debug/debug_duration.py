"""The durations of debug sessions can be read, and fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings, shown
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.window import parse_duration, print_duration

_ID = "debug-duration"
_DURATIONS: tuple[Path, ...] = (
    ("spec", "constraints", "maxDuration"),
    ("spec", "constraints", "defaultDuration"),
    ("spec", "gracePeriodBeforeExpiry"),
    ("spec", "kubectlDebug", "podCopy", "ttl"),
)
DEFAULT = timedelta(hours=1)
"""How long a session lasts where its request and template do not say."""
LONGEST = timedelta(hours=4)
"""How long it may last where the template has no bound."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        for path in _DURATIONS:
            yield from _unreadable(reading, path)
        yield from _order(reading)


def _unreadable(reading: Reading, path: Path) -> Iterator[Finding]:
    text = reading.text(*path)
    if text is not None and parsed(text) is None:
        yield Finding(
            _ID,
            f"{shown(path)} is no duration: {text!r}",
            reading.document.at(*path),
            hint="a positive duration of at most 365 days, days first, such as 30m, 2h or 1d12h",
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
    "durations of debug sessions can be read, and the default is no longer than the bound",
    "The schema lets `1h2d` pass, which upstream then can't read. A default beyond the bound is cut without a word.",
    on_policy=_on_policy,
)
