"""Conditions of a status: how they are written, and what of those that are there can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.window import parse_time, print_time


@dataclass(frozen=True)
class Condition:
    """One condition; `since` is when its status last changed."""

    type: str
    status: str
    """`True`, `False` or `Unknown`."""
    reason: str
    message: str
    since: datetime


@dataclass(frozen=True)
class Held:
    """A condition as a live object has it; `since` is None where that is no time, or one that has not come yet."""

    status: str
    reason: str
    message: str
    since: datetime | None


def written(condition: Condition, generation: int) -> dict[str, object]:
    """Return a condition in the form of Kubernetes, about this generation of its object."""
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": print_second(condition.since),
        "observedGeneration": generation,
    }


def held_conditions(live: LiveObject, now: datetime) -> dict[str, Held]:
    """Return the conditions that are there by their types; others may have written anything there, which is left out."""
    status = live.manifest.get("status")
    conditions = status.get("conditions") if isinstance(status, Mapping) else None
    found: dict[str, Held] = {}
    for each in conditions if isinstance(conditions, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("type"), str):
            reason, message = (
                word if isinstance(word := each.get(name), str) else "" for name in ("reason", "message")
            )
            held = Held(str(each.get("status")), reason, message, _since(each.get("lastTransitionTime"), now))
            found.setdefault(each["type"], held)
    return found


def print_second(moment: datetime) -> str:
    """Write a time as RFC 3339 to the second, as Kubernetes keeps it."""
    return print_time(moment.replace(microsecond=0))


def _since(value: object, now: datetime) -> datetime | None:
    try:
        since = parse_time(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return since if since is not None and since <= now else None
