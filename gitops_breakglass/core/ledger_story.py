"""What the ledger tells of each request, put together from its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_breakglass.model.decision import Purpose
from gitops_breakglass.model.ledger import DECIDED, ENDED, GRANTED, Entry, Episode


def episodes(entries: Iterable[Entry]) -> tuple[Episode, ...]:
    """Return an episode for each decision, in the order in which they were written down."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for entry in entries:
        decision = entry.facts.get("decision")
        if isinstance(decision, str):
            # The first entry about the making of objects says since when there was access.
            found.setdefault(decision, {}).setdefault(entry.kind, entry.facts)
    return tuple(_episode(kinds) for kinds in found.values())


def _episode(kinds: Mapping[str, Mapping[str, Any]]) -> Episode:
    decided, granted, ended = (kinds.get(kind, {}) for kind in (DECIDED, GRANTED, ENDED))
    subject = decided.get("subject")
    lag = ended.get("lagSeconds")
    made = [at for each in _mappings(granted.get("objects")) if (at := _text(each.get("madeAt"))) is not None]
    return Episode(
        request=_text(next(iter(kinds.values())).get("request")) or "",
        outcome=_text(decided.get("outcome")) or "",
        who=(_text(subject.get("name")) or "") if isinstance(subject, Mapping) else "",
        source=_text(decided.get("source")) or "",
        approvers=tuple(_approver(each) for each in _mappings(decided.get("approvals"))),
        merged_by=_text(decided.get("mergedBy")) or "",
        decided_at=_text(decided.get("decidedAt")),
        granted_at=min(made, default=None),
        ended_at=_text(ended.get("endedAt")),
        why=_text(ended.get("why")) or "",
        lag=lag if isinstance(lag, int | float) else None,
        reasons=tuple(str(each) for each in decided.get("reasons") or () if isinstance(each, str)),
    )


def _approver(told: Mapping[str, Any]) -> str:
    """Return who approved, and of what where that is not the request itself."""
    who = f"{told.get('person', '')} ({told.get('account', '')})"
    return f"{who} of what it overrides" if told.get("of") == Purpose.OVERRIDE else who


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
