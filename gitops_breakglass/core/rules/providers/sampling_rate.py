"""The share of events that is kept is a number from 0 to 1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "sampling-rate"
_NUMBER = re.compile(r"\A[0-9]{0,6}(?:\.[0-9]{0,18})?\Z", re.ASCII)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("AuditConfig"):
        reading = Reading(document)
        rate = reading.text("spec", "sampling", "rate")
        if rate is not None and not _is_share(rate):
            yield Finding(
                _ID,
                f"{rate!r} is no number from 0 to 1",
                document.at("spec", "sampling", "rate"),
                hint='a share, as text: "0.1" keeps every tenth event',
            )
        both = set(reading.texts("spec", "sampling", "highVolumeEventTypes")) & set(
            reading.texts("spec", "sampling", "alwaysCaptureEventTypes")
        )
        for kind in sorted(both):
            yield Finding(
                _ID,
                f"{kind} is sampled and always captured",
                document.at("spec", "sampling", "highVolumeEventTypes"),
                Severity.WARNING,
                hint="always capturing wins; take it out of one list",
            )


def _is_share(text: str) -> bool:
    return _NUMBER.match(text) is not None and text not in ("", ".") and float(text) <= 1


RULE = Rule(
    _ID,
    "sampling.rate is a number from 0 to 1",
    "It is text in the schema. Upstream refuses what it can't read, and a rate of 10 that was meant as per cent keeps everything.",
    on_policy=_on_policy,
)
