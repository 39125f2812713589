"""What runs ask of each forge, and A39 where it goes down while it is asked: nothing new, ends on time, exit code 7."""

from datetime import timedelta

import pytest

from gitops_breakglass.adapters.forge.github.connection import Limits as GithubLimits
from gitops_breakglass.adapters.forge.gitlab.transport import Limits as GitlabLimits
from gitops_breakglass.flows.watch import watch
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.exits import exit_of
from tests.contract.forge.words import STAGES
from tests.e2e.forges.attacks import asks_and_gets, code, names
from tests.forges import faults

MOST_FOR_ONE = {"github": 9, "gitlab": 7}
"""Calls for one new request; of these the first is for the repository, however many requests there are."""
FOR_TEAM = {"github": 2, "gitlab": 2}
"""Calls for who is in one team of fewer than a hundred."""


def asked(stage):
    """What the forge's API was asked in one run."""
    before = len(stage.world.requests)
    stage.reconcile()
    return [each.line for each in stage.world.requests[before:]]


def by_team(stage):
    """Who approves is a team of the forge, with ben in it."""
    if stage.provider == "github":
        stage.world.team("leads")
        stage.world.add_member("leads", "ben")
        organisation, number = stage.world.organisation.id, stage.world.team_of("leads").id
        stage.groups["team-leads"] = f"github: {{organization: {organisation}, team: {number}}}"
    else:
        leads = stage.world.group("leads", 210)
        stage.world.add_member(leads, "ben")
        stage.world.add_member(leads, stage.world.bot_of(stage.token), 10)
        stage.groups["team-leads"] = "gitlab: {group: 210}"
    stage.in_force({"identities.yaml": stage.identities()})
    stage.reconcile()


def test_a_run_with_nothing_new_asks_nothing_whatever_is_live_and_a_new_request_is_cheap(stage):
    assert asked(stage) == []
    asks_and_gets(stage)
    assert len(asked(stage)) <= MOST_FOR_ONE[stage.provider]
    assert names(stage) == {"inc-1"}
    assert asked(stage) == []
    stage.passes(hours=1)
    assert (asked(stage), names(stage)) == ([], set())


def test_many_requests_at_once_cost_each_their_own_and_a_team_once(stage):
    by_team(stage)
    for number in range(5):
        asks_and_gets(stage, f"prod/inc-{number}", reason=f"INC-{number}")
    calls = asked(stage)
    assert len(names(stage)) == 5
    assert len(calls) <= 1 + FOR_TEAM[stage.provider] + 5 * (MOST_FOR_ONE[stage.provider] - 1)
    questions = [each for each in calls if "graphql" not in each]
    assert sorted(questions) == sorted(set(questions)), "nothing is asked twice"
    assert asked(stage) == []


def test_the_most_that_one_run_asks_is_less_than_half_of_what_a_token_may():
    # docs.github.com: 1000 calls an hour by GITHUB_TOKEN. docs.gitlab.com: 2000 calls a minute on GitLab.com.
    assert GithubLimits().most_new * MOST_FOR_ONE["github"] < 1000 / 2
    assert GitlabLimits().landings * MOST_FOR_ONE["gitlab"] < 2000 / 2


def test_a39_a_forge_that_goes_down_after_any_of_its_answers_gives_nothing_new(stage):
    stage.granted("prod/old", reason="INC-0")
    asks_and_gets(stage)
    for answered in range(MOST_FOR_ONE[stage.provider]):
        stage.world.faults.add("* *", faults.status(503), times=None, skip=answered)
        report = stage.reconcile()
        assert (code(report), names(stage)) == (7, {"old"}), answered
        stage.world.faults.planned.clear()
    stage.reconcile()
    assert names(stage) == {"old", "inc-1"}


@pytest.mark.parametrize("answered", [0, 2])
def test_a39_with_watch_what_is_over_ends_on_time_though_the_forge_went_down(stage, answered):
    asks_and_gets(stage)
    merged = stage.clock.now()
    reports = watch(lambda: RunReport((stage.reconcile(),)), stage.clock, timedelta(minutes=7), lambda: False)
    assert (exit_of(next(reports)), names(stage)) == (0, {"inc-1"})
    stage.erin.requests("prod/inc-2", reason="INC-2")
    stage.ben.approves("prod/inc-2")
    stage.ben.merges("prod/inc-2")
    while names(stage):
        stage.world.faults.add("* *", faults.status(503), times=None, skip=answered)
        assert exit_of(next(reports)) == 7
        assert names(stage) <= {"inc-1"}
        stage.world.faults.planned.clear()
    late = stage.clock.now() - merged - timedelta(hours=1)
    assert timedelta() <= late < timedelta(seconds=1), late
    reports.close()


@pytest.mark.parametrize("forge", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("days", [-400, 400])
@pytest.mark.threat("E16")
def test_e16_the_time_that_a_forge_s_answers_are_dated_with_decides_nothing(forge, tmp_path, days):
    with forge(tmp_path) as stage:
        asks_and_gets(stage)
        stage.world.faults.add("* *", faults.skewed(timedelta(days=days)), times=None)
        stage.reconcile()
        assert names(stage) == {"inc-1"}
        stage.passes(hours=1)
        stage.reconcile()
        assert names(stage) == set()
