"""What the sweeper says, an event at a time: lines for people, or JSON lines for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gitops_breakglass.model.event import Fact
from gitops_breakglass.model.outcome import ClusterReport, is_upkeep
from gitops_breakglass.report.outcome_facts import facts_of
from gitops_breakglass.report.terminal import printable

SweeperEvent: TypeAlias = Mapping[str, Fact]
"""`event` says what happened, `time` when by the cluster's clock (RFC 3339, null where it is not known)."""


def events_of(report: ClusterReport) -> Iterator[SweeperEvent]:
    """Yield what a sweep did, was refused, and waits for; nothing where there was nothing to do."""
    time = f"{report.at:%Y-%m-%dT%H:%M:%SZ}" if report.at else None
    for outcome in report.outcomes:
        if not is_upkeep(outcome):
            word, facts = facts_of(outcome)
            yield {"event": word, "time": time, **facts}
    if report.unreachable:
        yield said("unreachable", report.unreachable)


def said(event: str, why: str) -> SweeperEvent:
    """Return an event that is only a sentence."""
    return {"event": event, "time": None, "why": why}


def as_json_line(event: SweeperEvent) -> str:
    """Return the event as one line of JSON without the line's end; what others wrote is escaped as JSON does it."""
    return json.dumps(event)


def as_text_line(event: SweeperEvent) -> str:
    """Return the event as one line without the line's end; what others wrote is made safe for a terminal."""
    head = f"{event['time']} " if event["time"] else ""
    return printable(f"{head}{event['event']}{_about(event)}")


def _about(event: SweeperEvent) -> str:
    if "object" not in event:
        return f": {event['why']}"
    if event["event"] == "failed":
        alarm = " ACCESS MAY STILL HOLD:" if event["accessMayStillHold"] else ""
        why = f" {event['refusedBy']}:" if event["refusedBy"] else ""
        return f" {event['object']}:{alarm}{why} {event['why']}" + (f" ({event['hint']})" if event["hint"] else "")
    late, reason = event.get("lateSeconds"), event.get("why")
    lag = f", {late:.2f} s after its promised end" if isinstance(late, float) else ""
    where = f" container {event['container']}:" if "container" in event else ""
    return f" {event['object']}{lag}" + (f":{where} {reason}" if reason else "")
