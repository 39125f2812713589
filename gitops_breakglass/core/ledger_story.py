"""What the ledger tells of each request, put together from its entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitops_breakglass.core.names import grant_name
from gitops_breakglass.model.decision import Purpose
from gitops_breakglass.model.ledger import DECIDED, ENDED, GRANTED, EndedWindow, Entry, Episode
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import parse_time


def episodes(entries: Iterable[Entry]) -> tuple[Episode, ...]:
    """Return an episode for each decision, in the order in which they were written down."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    ends: dict[str, list[Mapping[str, Any]]] = {}
    made: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        decision = entry.facts.get("decision")
        if isinstance(decision, str):
            kinds = found.setdefault(decision, {})
            if entry.kind == ENDED and isinstance(entry.facts.get("window"), Mapping):
                ends.setdefault(decision, []).append(entry.facts)
            else:
                # The first entry about the making of objects says since when there was access.
                kinds.setdefault(entry.kind, entry.facts)
            if entry.kind == GRANTED:
                made.setdefault(decision, []).extend(_mappings(entry.facts.get("objects")))
    return tuple(_episode(kinds, ends.get(decision, ()), made.get(decision, ())) for decision, kinds in found.items())


def _episode(
    kinds: Mapping[str, Mapping[str, Any]], ends: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]]
) -> Episode:
    decided, granted, ended = (kinds.get(kind, {}) for kind in (DECIDED, GRANTED, ENDED))
    subject = decided.get("subject")
    by_name: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in objects:
        by_name[str(each.get("name"))].append(each)
    namespaces = {_text(each.get("namespace")) or "" for each in objects}
    return Episode(
        request=_text(next(iter((*kinds.values(), *ends))).get("request")) or "",
        outcome=_text(decided.get("outcome")) or "",
        who=(_text(subject.get("name")) or "") if isinstance(subject, Mapping) else "",
        source=_text(decided.get("source")) or "",
        approvers=tuple(_approver(each) for each in _mappings(decided.get("approvals"))),
        merged_by=_text(decided.get("mergedBy")) or "",
        decided_at=_text(decided.get("decidedAt")),
        granted_at=_first_made(_mappings(granted.get("objects"))),
        ended_at=_text(ended.get("endedAt")),
        why=_text(ended.get("why")) or "",
        lag=_number(ended.get("lagSeconds")),
        reasons=tuple(str(each) for each in decided.get("reasons") or () if isinstance(each, str)),
        windows=tuple(_window(each, by_name, namespaces) for each in ends),
    )


def _window(
    facts: Mapping[str, Any], objects: Mapping[str, Sequence[Mapping[str, Any]]], namespaces: Iterable[str]
) -> EndedWindow:
    start = _text(facts["window"].get("start")) or ""
    named = _names(facts, start, namespaces)
    return EndedWindow(
        start=start,
        end=_text(facts["window"].get("end")) or "",
        granted_at=_first_made(each for name in named for each in objects.get(name, ())),
        ended_at=_text(facts.get("endedAt")),
        why=_text(facts.get("why")) or "",
        lag=_number(facts.get("lagSeconds")),
    )


def _names(facts: Mapping[str, Any], start: str, namespaces: Iterable[str]) -> list[str]:
    """Return how the objects of one window are called: by the request and the window's start."""
    cluster, _, name = (_text(facts.get("request")) or "").partition("/")
    request, uid = RequestId(cluster, name), str(facts.get("uid"))
    try:
        return [grant_name(request, uid, each, parse_time(start)) for each in namespaces]
    except ValueError:
        return []


def _first_made(objects: Iterable[Mapping[str, Any]]) -> str | None:
    return min((at for each in objects if (at := _text(each.get("madeAt"))) is not None), default=None)


def _approver(told: Mapping[str, Any]) -> str:
    """Return who approved, and of what where that is not the request itself."""
    who = f"{told.get('person', '')} ({told.get('account', '')})"
    return f"{who} of what it overrides" if told.get("of") == Purpose.OVERRIDE else who


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
