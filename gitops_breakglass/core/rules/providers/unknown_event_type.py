"""The types of audit events that are named exist."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import SPECIAL, matches_any, problem
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.providers.event_types import EVENT_TYPES
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-event-type"
_LONGEST = 60
_LISTS: tuple[Path, ...] = (
    ("spec", "filtering", "includeEventTypes"),
    ("spec", "filtering", "excludeEventTypes"),
    ("spec", "sampling", "highVolumeEventTypes"),
    ("spec", "sampling", "alwaysCaptureEventTypes"),
)


_MOST = 50
"""Words told about one document; looking for what each was meant to be takes its time."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("AuditConfig"):
        reading = Reading(document)
        told = 0
        for path in _lists(reading):
            for index, word in enumerate(reading.texts(*path)):
                if told < _MOST and not _is_known(word):
                    told += 1
                    what = "matches no event type" if SPECIAL & set(word) else "is no event type of upstream's"
                    yield Finding(
                        _ID,
                        f"{word} {what}",
                        document.at(*path, index),
                        Severity.WARNING,
                        hint=nearest(word, EVENT_TYPES)
                        or "types are like session.approved; `session.*` is all of a kind",
                    )


def _lists(reading: Reading) -> Iterator[Path]:
    yield from _LISTS
    for index in range(reading.count("spec", "sinks")):
        yield "spec", "sinks", index, "eventTypes"
        yield "spec", "sinks", index, "kubernetes", "eventTypes"


def _is_known(word: str) -> bool:
    if word in EVENT_TYPES:
        return True
    # Words of upstream's are short, and so is any glob that is meant for one.
    if len(word) > _LONGEST or not SPECIAL & set(word):
        return False
    return problem(word) is None and any(matches_any((word,), known) for known in EVENT_TYPES)


RULE = Rule(
    _ID,
    "event types that are named exist",
    "A filter for a misspelt type keeps nothing, or leaves nothing out, and nobody notices until the events are asked for.",
    on_policy=_on_policy,
)
