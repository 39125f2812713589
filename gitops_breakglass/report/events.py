"""Runs as events for a log: what was done, what failed, and what holds; and events as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from gitops_breakglass.model.decision import Denied, Granted, Pending, Unknown
from gitops_breakglass.model.event import Fact, Level, LogEvent
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.outcome import (
    Applied,
    ClusterReport,
    Failed,
    Outcome,
    Remained,
    RunReport,
    Skipped,
    StillOpen,
    is_upkeep,
)
from gitops_breakglass.model.plan import ClusterPlan, Judged
from gitops_breakglass.report.outcome_facts import facts_of
from gitops_breakglass.report.terminal import printable

_LEVELS = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.INFO}


def run_events(report: RunReport, *, seconds: float, code: ExitCode) -> Iterator[LogEvent]:
    """Yield what a run did, and what it found to hold; `seconds` is how long it took."""
    for why in report.unknown:
        yield LogEvent(Level.ERROR, "unknown", facts={"why": why}, is_state=True)
    for cluster in report.clusters:
        yield from cluster_events(cluster)
    yield from (_finding(each, "") for each in report.findings)
    level = Level.INFO if code is ExitCode.CLEAN else Level.WARNING
    yield LogEvent(level, "run", facts={"seconds": round(seconds, 3), "exit": int(code)})


def cluster_events(report: ClusterReport) -> Iterator[LogEvent]:
    """Yield what was done on one cluster, and what was found to hold there."""
    name = report.cluster
    if report.unreachable:
        what = "bug" if report.is_bug else "unreachable"
        yield LogEvent(Level.ERROR, what, name, {"why": report.unreachable}, is_state=True)
    if report.standby:
        yield LogEvent(Level.INFO, "standby", name, {"why": report.standby}, is_state=True)
    for actor in report.actors:
        if actor.is_missing:
            yield LogEvent(
                Level.WARNING, "actor-missing", name, {"actor": actor.actor, "why": str(actor)}, is_state=True
            )
    if report.plan is not None:
        yield from _plan(report.plan, name)
    for outcome in report.outcomes:
        if (event := _outcome(outcome, name)) is not None:
            yield event


def news(events: Iterable[LogEvent], before: Sequence[LogEvent]) -> tuple[Sequence[LogEvent], Sequence[LogEvent]]:
    """Return the events without the states that were told already, and the states that hold now."""
    told = list(events)
    return [each for each in told if each not in before], [each for each in told if each.is_state]


def event_as_json(event: LogEvent, at: datetime) -> str:
    """Return one line of JSON in ASCII, which no terminal and no runner of CI jobs obeys, whoever wrote what is in it."""
    line = json.dumps({**_head(event, at), **event.facts})
    # What GitHub's and Azure's runners take for a command wherever it stands.
    return line.replace("##", "#\\u0023")


def event_as_text(event: LogEvent, at: datetime) -> str:
    """Return one line for people."""
    head = [f"{at:%Y-%m-%dT%H:%M:%S}Z", event.level.value, *([event.cluster] if event.cluster else []), event.what]
    facts = [f"{name}={_word(value)}" for name, value in event.facts.items() if value is not None]
    return printable(" ".join([*head, *facts]))


def _head(event: LogEvent, at: datetime) -> dict[str, Fact]:
    time = f"{at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    cluster: dict[str, Fact] = {"cluster": event.cluster} if event.cluster else {}
    return {"time": time, "level": event.level.value, **cluster, "event": event.what}


def _word(value: Fact) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or '"' in text or not text else text


def _plan(plan: ClusterPlan, cluster: str) -> Iterator[LogEvent]:
    for judged in plan.judged:
        yield _judged(judged, cluster, held=bool(plan.held))
    for conflict in plan.conflicts:
        facts = {"object": str(conflict.key), "why": conflict.why}
        yield LogEvent(Level.WARNING, "conflict", cluster, facts, is_state=True)
    for why in plan.held:
        yield LogEvent(Level.ERROR, "held", cluster, {"why": why}, is_state=True)
    for why in plan.unknown:
        yield LogEvent(Level.ERROR, "unknown", cluster, {"why": why}, is_state=True)
    yield from (_finding(each, cluster) for each in plan.findings)


def _judged(judged: Judged, cluster: str, *, held: bool) -> LogEvent:
    name = str(judged.request)
    match judged.decision:
        case Granted():
            return LogEvent(Level.INFO, "held-back" if held else "granted", cluster, {"request": name}, is_state=held)
        case Pending(reasons=reasons):
            what, level = "pending", Level.INFO
        case Denied(reasons=reasons):
            what, level = "denied", Level.WARNING
        case Unknown(reasons=reasons):
            what, level = "undecided", Level.ERROR
    why = "; ".join(each.message for each in reasons)
    return LogEvent(level, what, cluster, {"request": name, "why": why}, is_state=True)


def _finding(finding: Finding, cluster: str) -> LogEvent:
    facts = {"rule": finding.rule, "place": str(finding.location), "why": finding.message}
    return LogEvent(_LEVELS[finding.severity], "finding", cluster, facts, is_state=True)


def _outcome(outcome: Outcome, cluster: str) -> LogEvent | None:
    if is_upkeep(outcome):
        return None
    word, facts = facts_of(outcome)
    match outcome:
        case Applied():
            return LogEvent(Level.INFO, word, cluster, facts)
        case Failed():
            return LogEvent(Level.ERROR, word, cluster, facts)
        case Skipped() | StillOpen() | Remained():
            return LogEvent(Level.WARNING, word, cluster, facts, is_state=True)
