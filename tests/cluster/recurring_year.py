"""The reference's complete example through 2024: what is to be open when, by calendar and zone alone, and what a replay saw."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
import yaml

from gitops_breakglass.model.kube import EXPIRES_AT, REQUEST
from gitops_breakglass.model.outcome import ClusterReport, Failed
from gitops_breakglass.model.window import Window, print_time
from tests.cluster.harness.locks import locked
from tests.cluster.replay_stage import ReplayStage
from tests.cluster.seeds import documents

NEW_YORK = ZoneInfo("America/New_York")
EXAMPLE, YEAR, LATER = "complete-example", "whole-year", "approved-later"
SUBJECTS = {EXAMPLE: "alice", YEAR: "carol", LATER: "erin"}
APPROVER = {EXAMPLE: "admin", YEAR: "security", LATER: "admin"}

APPROVED = datetime(2024, 1, 1, 12, tzinfo=UTC)
APPROVED_LATER = datetime(2024, 1, 15, 16, tzinfo=UTC)
"""Eleven in the morning in New York: the occurrence of that day has begun, and is none of this request's."""
END = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)

SECOND = timedelta(seconds=1)
HOURS = timedelta(hours=8)

WHOLE = (
    (date(2024, 1, 1), date(2024, 1, 31)),
    (date(2024, 3, 4), date(2024, 3, 15)),
    (date(2024, 10, 28), date(2024, 11, 8)),
    (date(2024, 12, 30), date(2024, 12, 31)),
)
"""Ten activations from each approval, the weeks around both changes of the clocks, and the last two days of the year."""


def office_hours(first: date, last: date) -> list[Window]:
    """Every window from Monday to Friday, both days included: at nine in New York, for eight hours."""
    days = (first + timedelta(days=each) for each in range((last - first).days + 1))
    starts = [datetime.combine(day, time(9), NEW_YORK).astimezone(UTC) for day in days if day.weekday() < 5]
    return [Window(start, start + HOURS) for start in starts]


ALL_YEAR = office_hours(date(2024, 1, 1), date(2024, 12, 31))
WANTED = {
    EXAMPLE: ALL_YEAR[:10],
    YEAR: ALL_YEAR,
    LATER: [each for each in ALL_YEAR if each.start >= APPROVED_LATER][:10],
}


TRIED = [
    *ALL_YEAR[:2],
    *ALL_YEAR[9:12],
    *office_hours(date(2024, 3, 8), date(2024, 3, 11)),
    *office_hours(date(2024, 11, 1), date(2024, 11, 4)),
    ALL_YEAR[-1],
]
"""The first days, those around the tenth, the last before and the first after each change of the clocks, and the last."""


def sampled(windows: Iterable[Window]) -> Iterator[Window]:
    """The windows of the whole weeks, and of each other month the first."""
    months: set[int] = set()
    for each in windows:
        if any(first <= each.start.date() <= last for first, last in WHOLE) or each.start.month not in months:
            yield each
        months.add(each.start.month)


def moments(windows: Iterable[Window]) -> list[datetime]:
    """Before, at, within, just before the end, and at the end of each window."""
    return sorted(
        moment
        for each in windows
        for moment in (each.start - SECOND, each.start, each.start + HOURS / 2, each.end - SECOND, each.end)
    )


def request(name: str, **schedule: object) -> str:
    """The example word for word; else with another name, and what of its schedule is to be otherwise (None: left out)."""
    text = documents("Breakglass")[EXAMPLE]
    if name == EXAMPLE:
        return text
    document = yaml.safe_load(text)
    document["metadata"]["name"] = name
    whole = {**document["spec"]["schedule"], **schedule}
    document["spec"]["schedule"] = {field: value for field, value in whole.items() if value is not None}
    document.pop("status", None)
    return str(yaml.safe_dump(document, sort_keys=False))


@dataclass(frozen=True)
class Look:
    """What was there right after a run."""

    kinds: dict[str, dict[str, list[str]]]
    """By request and by the end that they state, the kinds of all objects that give access."""
    states: dict[str, dict[str, Any]]
    """The status of each record."""
    statuses: dict[str, dict[str, Any]]
    """The status of each Breakglass resource."""
    failed: list[str]


T = TypeVar("T")


def once(folder: Path, make: Callable[[], T]) -> T:
    """Make something once for all test processes of a run, which share the folder."""
    kept = folder / "made"
    with locked(folder / "lock"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
        found: T = pickle.loads(kept.read_bytes())
        return found


@dataclass
class Replay:
    """All that was seen, by the moment that the cluster was told it was."""

    looks: dict[datetime, Look] = field(default_factory=dict)
    calls: dict[datetime, dict[str, bool]] = field(default_factory=dict)
    """Whether each subject's own calls passed, where that was tried."""
    left: list[str] = field(default_factory=list)

    def open(self, name: str, at: datetime) -> list[str]:
        """The ends of the windows that a request had open."""
        return sorted(self.looks[at].kinds.get(name, {}))


def wanted(name: str, at: datetime) -> list[str]:
    """The ends of the windows that are to be open."""
    return [print_time(each.end) for each in WANTED[name] if each.contains(at)]


def look(stage: ReplayStage, *reports: ClusterReport) -> Look:
    """Note what is there."""
    grants = stage.custom("grants")
    names = {each["spec"]["request"]["uid"]: each["spec"]["request"]["name"] for each in grants}
    kinds: dict[str, dict[str, list[str]]] = {}
    for kind, metadata in stage.giving_access():
        name, end = names[metadata["labels"][REQUEST]], metadata["annotations"][EXPIRES_AT]
        kinds.setdefault(name, {}).setdefault(end, []).append(kind)
    resources = stage.custom("breakglasses", "access.cloudnimbus.io")
    return Look(
        kinds,
        {each["spec"]["request"]["name"]: each["status"] for each in grants},
        {names[each["metadata"]["labels"][REQUEST]]: each["status"] for each in resources},
        [str(each) for report in reports for each in report.outcomes if isinstance(each, Failed)]
        + [report.unreachable for report in reports if report.unreachable],
    )


def replay(stage: ReplayStage, windows: Iterable[Window], tried: Iterable[Window] = ()) -> Replay:
    """Approve, and reconcile through the year; of `tried` windows the subjects' own calls are seen too."""
    seen = Replay()
    with_calls = set(moments(tried))
    for name in (EXAMPLE, YEAR):
        stage.asks(SUBJECTS[name], request(name, maxActivations=None), approver=APPROVER[name])
    boundaries = {moment for each in windows for moment in (each.start, each.end)}
    later = True
    for at in sorted({APPROVED, *boundaries, *with_calls, APPROVED_LATER, END}):
        if later and at >= APPROVED_LATER:
            stage.asks(SUBJECTS[LATER], request(LATER))
            later = False
        seen.looks[at] = look(stage, stage.reconciles(at))
        if at in with_calls:
            seen.calls[at] = {name: stage.sees(who, wanted=bool(wanted(name, at))) for name, who in SUBJECTS.items()}
    seen.left = stage.ours()
    return seen


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Replay:
    """Give the year as it was replayed, once for all test processes."""

    def make() -> Replay:
        stage = ReplayStage(tmp_path_factory.mktemp("year"), list(SUBJECTS.values()))
        try:
            return replay(stage, sampled(ALL_YEAR), TRIED)
        finally:
            stage.close()

    base = tmp_path_factory.getbasetemp()
    return once((base if worker == "main" else base.parent) / "punctual-year", make)
