"""An idle timeout is a minute at least, and no longer than the access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest
from gitops_breakglass.model.window import print_duration

_ID = "idle-timeout-out-of-range"
_SHORTEST = timedelta(minutes=1)


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if isinstance(request, SessionRequest):
        # Upstream copies the escalation's, whatever the session asks for, and nothing is granted by it.
        yield from _judged(request.document, request.duration, Severity.WARNING)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        yield from _judged(document, escalation.max_valid_for, Severity.ERROR)


def _judged(document: Document, longest: timedelta | None, severity: Severity) -> Iterator[Finding]:
    idle = Reading(document).duration("spec", "idleTimeout")
    if idle is None:
        return
    if idle < _SHORTEST:
        yield Finding(
            _ID,
            f"an idle timeout of {print_duration(idle)} is less than a minute",
            document.at("spec", "idleTimeout"),
            severity,
            hint="set it to 1m or more; use is not recorded more often than that",
        )
    elif longest is not None and idle > longest:
        yield Finding(
            _ID,
            f"access of {print_duration(longest)} is never idle for {print_duration(idle)}",
            document.at("spec", "idleTimeout"),
            severity,
            hint=f"set it to {print_duration(longest)} or less, or leave it out",
        )


RULE = Rule(
    _ID,
    "an idle timeout lies between a minute and the length of the access",
    "A timeout that is longer than the access never comes, and one that is shorter than the steps in which use is "
    "recorded ends access that is being used. Upstream refuses both in an escalation, and copies the timeout to sessions, "
    "where it is a warning.",
    on_request=_on_request,
    on_policy=_on_policy,
)
