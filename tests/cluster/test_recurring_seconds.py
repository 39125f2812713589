"""Windows of seconds with the whole guard on: each minute one begins, and each is disturbed and ended in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from gitops_breakglass.model.kube import MANAGED_BY
from gitops_breakglass.model.window import parse_time
from tests.cluster.harness.becoming import eventually
from tests.cluster.recurring_year import once, request
from tests.cluster.replay_stage import RecurringStage

PLAIN, DELETED, UNLABELLED, FINALIZER, STUCK = "plain", "deleted", "unlabelled", "finalizer", "stuck"
NAMES = (PLAIN, DELETED, UNLABELLED, FINALIZER, STUCK)
MINUTE = timedelta(minutes=1)
SECONDS = timedelta(seconds=30)


@dataclass
class Story:
    """Who may at each time, what is left of whom, what each run said, and the statuses at the end."""

    before: dict[str, bool] = field(default_factory=dict)
    first: dict[str, bool] = field(default_factory=dict)
    without_file: dict[str, bool] = field(default_factory=dict)
    after_first: dict[str, bool] = field(default_factory=dict)
    left_of_first: dict[str, list[str]] = field(default_factory=dict)
    said_after_first: str = ""
    second: dict[str, bool] = field(default_factory=dict)
    after_second: dict[str, bool] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    swept: str = ""
    last: str = ""
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)


def live(stage: RecurringStage) -> Story:
    """Live through two minutes of it."""
    story = Story()
    for name in NAMES:
        schedule = {"cron": "* * * * *", "duration": "30s", "start": None, "end": None, "maxActivations": 2}
        stage.asks(name, request(name, **schedule))
    stage.reconcile()
    story.before = calls(stage, ())
    begin = parse_time(stage.status(PLAIN)["nextActivationAt"])
    wait(stage, begin)
    stage.reconcile()
    story.first = calls(stage, NAMES)
    refusing = disturb(stage)
    stage.takes_back(DELETED)
    # One was edited, and is made anew.
    stage.reconcile(code=3)
    story.without_file = calls(stage, (PLAIN, UNLABELLED, FINALIZER, STUCK))
    assert stage.now() < begin + SECONDS, "the machine is too slow for these windows"
    wait(stage, begin + SECONDS)
    story.said_after_first = stage.reconcile(code=6).stdout
    story.after_first = calls(stage, ())
    story.left_of_first = {name: stage.left(name) for name in NAMES}
    wait(stage, begin + MINUTE)
    stage.reconcile(code=6)
    story.second = calls(stage, (PLAIN, UNLABELLED, FINALIZER, STUCK))
    stage.admin.must("DELETE", refusing)
    wait(stage, begin + MINUTE + SECONDS)
    story.swept = stage.sweep().stdout
    story.after_second = calls(stage, ())
    story.left = stage.ours()
    story.last = stage.reconcile().stdout
    story.statuses = {name: stage.status(name) for name in NAMES}
    return story


def wait(stage: RecurringStage, moment: datetime) -> None:
    """Wait for the API server's clock to pass a moment."""
    stage.wait_until(moment.isoformat())


def calls(stage: RecurringStage, wanted: tuple[str, ...]) -> dict[str, bool]:
    """Whether each subject's real call passes; it has a moment to become as wanted."""
    return {name: stage.sees(name, wanted=name in wanted) for name in NAMES}


def disturb(stage: RecurringStage) -> str:
    """Take a label off, put a finalizer on, and refuse to delete one's bindings; what refuses."""
    with stage.unguarded():
        stage.disturb(stage.binding(UNLABELLED), {"metadata": {"labels": {MANAGED_BY: None}}})
        stage.disturb(stage.binding(FINALIZER), {"metadata": {"finalizers": ["example.com/holds"]}})
    binding = stage.binding(STUCK)
    refusing = stage.refuse_by_policy(STUCK, resources=["clusterrolebindings"], operations=["DELETE"])
    eventually(lambda: stage.is_refused(binding))
    return refusing


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Story:
    """The story, once for all test processes."""

    def make() -> Story:
        stage = RecurringStage(tmp_path_factory.mktemp("seconds"), list(NAMES))
        try:
            return live(stage)
        finally:
            stage.close()

    base = tmp_path_factory.getbasetemp()
    return once((base if worker == "main" else base.parent) / "windows-of-seconds", make)


def all_but(*names: str) -> Mapping[str, bool]:
    return {name: name not in names for name in NAMES}


@pytest.mark.not_even_once
def test_there_is_no_access_before_after_or_between_windows(story: Story):
    assert story.before == story.after_first == story.after_second == all_but(*NAMES)


def test_access_comes_with_its_window(story: Story):
    assert story.first == all_but()


def test_deleting_the_file_within_a_window_ends_it_at_once_and_no_other_window_comes(story: Story):
    assert story.without_file == all_but(DELETED)
    assert story.second[DELETED] is False
    assert condition(story, DELETED, "Expired") == ("True", "AccessRevoked")
    assert story.statuses[DELETED]["activationCount"] == 1


def test_what_lost_its_label_goes_and_what_can_t_be_deleted_gives_nothing_and_is_told(story: Story):
    assert story.left_of_first == {PLAIN: [], DELETED: [], UNLABELLED: [], FINALIZER: [], STUCK: ["binding"]}
    failed = [line for line in story.said_after_first.splitlines() if "failed" in line]
    assert [name for name in NAMES if any(f"bg-{name}-" in line for line in failed)] == [STUCK]
    assert "ACCESS MAY STILL HOLD" not in story.said_after_first


def test_what_is_left_of_one_window_does_not_keep_the_next_from_opening(story: Story):
    assert story.second == all_but(DELETED)


def test_a_sweep_ends_the_last_windows_and_leaves_nothing(story: Story):
    assert story.left == []
    assert story.last.splitlines()[-1].strip() == "nothing to do"


@pytest.mark.parametrize("name", [PLAIN, UNLABELLED, FINALIZER, STUCK])
def test_two_activations_are_the_end_whatever_happened_to_them(story: Story, name: str):
    assert condition(story, name, "Expired") == ("True", "MaxActivationsReached")
    assert story.statuses[name]["activationCount"] == 2


def test_what_failed_meanwhile_is_not_said_to_fail_any_more(story: Story):
    assert [condition(story, name, "Failed") for name in (PLAIN, STUCK)] == [None, ("False", "MaxActivationsReached")]


def condition(story: Story, name: str, kind: str) -> tuple[str, str] | None:
    """Status and reason of a condition; None where it is not there."""
    found = ((each["status"], each["reason"]) for each in story.statuses[name]["conditions"] if each["type"] == kind)
    return next(found, None)
