"""The same year, badly run: late, twice at once, killed between writes, not at all for a month. The outcome is the same.

What a punctual run would have left is worked out from the calendar; what the API server has is held to that.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gitops_breakglass.model.window import Window
from tests.cluster.recurring_year import (
    APPROVED,
    APPROVER,
    END,
    EXAMPLE,
    SUBJECTS,
    WANTED,
    YEAR,
    Look,
    Replay,
    look,
    office_hours,
    once,
    request,
    wanted,
)
from tests.cluster.replay_stage import ReplayStage

NAMES = (EXAMPLE, YEAR)
JANUARY = office_hours(date(2024, 1, 1), date(2024, 1, 24))
"""At each of these runs are killed, each time one write later."""
AFTER_A_PAUSE = office_hours(date(2024, 3, 4), date(2024, 3, 15))
"""February has no runs at all."""
TOGETHER = office_hours(date(2024, 10, 31), date(2024, 11, 5))


@dataclass
class Ragged:
    """What was there after each whole run, and how many were killed."""

    looks: dict[datetime, Look] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    unlisted: list[str] = field(default_factory=list)
    """What gave access after a run was killed, and no record listed."""
    may: dict[datetime, dict[str, bool]] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    left: list[str] = field(default_factory=list)


def within(window: Window, chance: random.Random) -> datetime:
    """A moment at which the window is open."""
    return window.start + timedelta(seconds=chance.randrange(int((window.end - window.start).total_seconds())))


def after(window: Window, chance: random.Random) -> datetime:
    """A moment after its end, well before the next one begins."""
    return window.end + timedelta(seconds=chance.randrange(14 * 3600))


def live(stage: ReplayStage) -> Ragged:
    """Live through it."""
    chance = random.Random(2024)
    seen = Ragged()
    for name in NAMES:
        stage.asks(SUBJECTS[name], request(name, maxActivations=None), approver=APPROVER[name])
    seen.looks[APPROVED] = look(stage, stage.reconciles(APPROVED))
    for writes, window in enumerate(JANUARY):
        seen.killed["at the beginning"] += stage.is_killed(window.start, after=writes)
        seen.unlisted += unlisted(stage)
        late = within(window, chance)
        seen.looks[late] = look(stage, stage.reconciles(late))
        seen.may[late] = {name: stage.sees(SUBJECTS[name], wanted=bool(wanted(name, late))) for name in NAMES}
        seen.killed["at the end"] += stage.is_killed(window.end, after=writes)
        late = after(window, chance)
        ends = stage.sweeps if writes % 2 else stage.reconciles
        seen.looks[late] = look(stage, ends(late))
    for window in AFTER_A_PAUSE:
        for late in sorted((within(window, chance), after(window, chance))):
            if chance.random() < 0.7 or window == AFTER_A_PAUSE[0]:
                seen.looks[late] = look(stage, stage.reconciles(late))
    for window in TOGETHER:
        for at in (window.start, window.end):
            seen.looks[at] = look(stage, *stage.reconciles_twice(at))
    seen.looks[END] = look(stage, stage.reconciles(END))
    seen.findings = stage.ledger_findings()
    seen.left = stage.ours()
    return seen


def unlisted(stage: ReplayStage) -> list[str]:
    """What gives access and is listed by no record."""
    occurrences = [each for grant in stage.custom("grants") for each in grant["status"].get("occurrences", ())]
    names = {key["name"] for each in occurrences for key in each["objects"]}
    return [metadata["name"] for _, metadata in stage.giving_access() if metadata["name"] not in names]


@pytest.fixture(scope="module")
def ragged(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Ragged:
    """The year, once for all test processes."""

    def make() -> Ragged:
        stage = ReplayStage(tmp_path_factory.mktemp("ragged"), [SUBJECTS[name] for name in NAMES])
        try:
            return live(stage)
        finally:
            stage.close()

    base = tmp_path_factory.getbasetemp()
    return once((base if worker == "main" else base.parent) / "ragged-year", make)


@pytest.mark.parametrize("name", NAMES)
def test_after_each_run_exactly_the_windows_that_are_open_have_their_objects(ragged: Ragged, name: str):
    seen = {at: sorted(each.kinds.get(name, {})) for at, each in ragged.looks.items()}
    assert seen == {at: wanted(name, at) for at in ragged.looks}
    kinds = {tuple(sorted(kinds)) for each in ragged.looks.values() for kinds in each.kinds.get(name, {}).values()}
    assert kinds == {("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")}


def test_runs_were_killed_before_each_of_their_writes(ragged: Ragged):
    # The last ones of January were not: there is no place in between that was left out.
    assert 5 < ragged.killed["at the beginning"] < len(JANUARY)
    assert 5 < ragged.killed["at the end"] < len(JANUARY)


@pytest.mark.not_even_once
def test_nothing_gives_access_that_its_record_does_not_list_wherever_a_run_is_killed(ragged: Ragged):
    assert ragged.unlisted == []


@pytest.mark.parametrize("name", NAMES)
def test_the_subject_s_own_calls_pass_after_whatever_happened_to_the_run_before(ragged: Ragged, name: str):
    assert {at: calls[name] for at, calls in ragged.may.items()} == {at: bool(wanted(name, at)) for at in ragged.may}


@pytest.mark.parametrize("name", NAMES)
def test_statuses_are_those_that_a_punctual_run_left(ragged: Ragged, year: Replay, name: str):
    assert {at: plain(each.statuses[name]) for at, each in ragged.looks.items()} == {
        at: plain(punctual(year, at).statuses[name]) for at in ragged.looks
    }


def punctual(year: Replay, at: datetime) -> Look:
    """What the last run before had left that was punctual; nothing changes between boundaries."""
    return year.looks[max(each for each in year.looks if each <= at)]


def plain(status: dict[str, Any]) -> dict[str, Any]:
    """A status without the hashes in names, and without the time at which a run saw that all was over."""
    conditions = [
        {**each, "lastTransitionTime": ""} if (each["type"], each["status"]) == ("Expired", "True") else each
        for each in status["conditions"]
    ]
    created = [each.rpartition("/")[0] for each in status.get("createdResources", ())]
    return {**status, "conditions": conditions, "createdResources": created}


@pytest.mark.parametrize("name", NAMES)
def test_activations_that_no_run_saw_are_counted_too(ragged: Ragged, name: str):
    counted = {at: each.statuses[name]["activationCount"] for at, each in ragged.looks.items()}
    assert counted == {at: sum(each.start <= at for each in WANTED[name]) for at in ragged.looks}


def test_nothing_failed_nothing_is_left_and_the_ledger_is_whole(ragged: Ragged):
    assert [failed for each in ragged.looks.values() for failed in each.failed] == []
    assert ragged.findings == ()
    assert ragged.left == []
