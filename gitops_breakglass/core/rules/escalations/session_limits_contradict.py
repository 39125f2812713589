"""An escalation either limits how many sessions there are, or says that there is no limit."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "session-limits-contradict"
_LIMITS = ("maxActiveSessionsPerUser", "maxActiveSessionsTotal")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        reading = Reading(document)
        at = ("spec", "sessionLimitsOverride")
        if reading.flag(*at, "unlimited") is not True:
            continue
        for field in _LIMITS:
            if reading.has(*at, field):
                yield Finding(
                    _ID,
                    f"sessions are unlimited, and {field} limits them",
                    document.at(*at, field),
                    hint=f"take out {field}, or `unlimited: true`",
                )


RULE = Rule(
    _ID,
    "sessions are limited or unlimited, not both",
    "Which of the two was meant can't be told, and the wider one must not win by chance. Upstream refuses it too.",
    on_policy=_on_policy,
)
