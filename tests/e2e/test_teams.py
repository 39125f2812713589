"""Groups that are teams of the forge, end to end: who is in them is asked once, late, and never for an end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.worktree import WorkTree
from gitops_breakglass.flows.ask.draft import Wish
from gitops_breakglass.flows.ask.request import request
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Granted, Pending, Unknown
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.report.words import approvers
from tests.e2e.attacks import WHAT, ends_on_time, in_force, refused
from tests.e2e.stage import CLUSTER, Stage
from tests.git.world import branch_of

NUMBERS = {"alice": "1", "erin": "2", "ben": "3", "dana": "4"}
DEVELOPERS = Team(Provider.GITHUB, "70", organization="9")
LEADS = Team(Provider.GITHUB, "71", organization="9")


class KnowsTeams:
    """The local forge, with teams beside it, and a note of what it was asked."""

    def __init__(self, forge, teams, asked):
        self._forge, self._teams, self._asked = forge, teams, asked

    def __getattr__(self, name):
        return getattr(self._forge, name)

    def members(self, teams):
        self._asked.append(tuple(teams))
        if self._teams is None:
            raise UnreachableError("the forge does not answer")
        return {team: self._teams[team] for team in teams if team in self._teams}


class TeamStage(Stage):
    """The stage, where developers and leads are teams."""

    def __init__(self, folder, **more):
        self.asked = []
        self.teams = {}
        self.has(DEVELOPERS, "alice", "erin")
        self.has(LEADS, "ben")
        super().__init__(folder, **more)

    def has(self, team, *people):
        self.teams[team] = frozenset(Account(Provider.GITHUB, NUMBERS[name]) for name in people)

    def identities(self, **words):
        text = super().identities(**words)
        for name, number in NUMBERS.items():
            text = text.replace(f"  - name: {name}\n", f"  - name: {name}\n    github: {{id: {number}}}\n")
        for name, team in (("developers", DEVELOPERS), ("team-leads", LEADS)):
            people = ", ".join(self.groups[name])
            listed, reference = f"members: [{people}]", f"github: {{organization: 9, team: {team.id}}}"
            assert listed in text
            text = text.replace(listed, reference)
        return text

    def sources(self, path=None):
        plain = super().sources(path)
        return replace(plain, forge=KnowsTeams(plain.forge, self.teams, self.asked))


@pytest.fixture
def stage(tmp_path):
    return TeamStage(tmp_path)


def merged(stage, approver="ben"):
    stage.alice.requests(WHAT)
    getattr(stage, approver).approves(WHAT, "go ahead")
    stage.world.merge(WHAT)


def decided(stage):
    return stage.decision(stage.reconcile(), WHAT)


def test_members_of_teams_ask_and_approve_and_each_team_is_asked_for_once(stage):
    merged(stage)
    assert isinstance(decided(stage), Granted)
    assert stage.asked == [(DEVELOPERS, LEADS)]


def test_nobody_is_asked_where_nothing_is_to_be_decided_or_for_an_end(stage):
    stage.reconcile()
    merged(stage)
    stage.reconcile()
    stage.asked.clear()
    stage.teams = None
    stage.reconcile()
    ends_on_time(stage)
    assert stage.asked == []


def test_who_is_in_no_team_may_neither_ask_nor_approve(stage):
    stage.has(DEVELOPERS, "alice", "ben")
    stage.has(LEADS)
    merged(stage)
    assert stage.rules(decided(stage)) == ["ApprovalRequired", "not-an-approver"]


def test_who_left_the_team_before_the_decision_does_not_approve(stage):
    merged(stage)
    stage.has(LEADS, "dana")
    assert stage.rules(decided(stage)) == ["ApprovalRequired", "not-an-approver"]


def test_who_leaves_the_team_after_the_decision_changes_nothing_that_was_granted(stage):
    merged(stage)
    assert isinstance(decided(stage), Granted)
    before = stage.live()
    stage.has(LEADS)
    stage.has(DEVELOPERS)
    stage.reconcile()
    assert stage.live() == before
    ends_on_time(stage)


def test_who_joins_the_team_after_approving_does_not_make_a_late_decision_good(stage):
    stage.has(LEADS)
    stage.reconcile()
    stage.alice.requests(WHAT)
    stage.reconcile()
    stage.ben.approves(WHAT, "go ahead")
    stage.world.merge(WHAT)
    stage.teams[LEADS] = Unread("HTTP 403")
    assert isinstance(decided(stage), Unknown)
    stage.passes(hours=25)
    stage.has(LEADS, "ben")
    assert refused(stage) == ["decision-too-late"]


@pytest.mark.parametrize("teams", [{}, {DEVELOPERS: Unread("HTTP 403", "give the token Members: read")}, None])
def test_what_can_not_be_read_is_not_decided_and_is_once_it_can(stage, teams):
    known, stage.teams = stage.teams, teams
    merged(stage)
    assert stage.rules(decided(stage)) == ["membership-unknown", "membership-unknown"]
    assert stage.live() == []
    stage.teams = known
    assert isinstance(decided(stage), Granted)
    ends_on_time(stage)


def test_the_gate_says_what_it_could_not_see(stage):
    stage.alice.requests(WHAT)
    now = stage.clock.now()
    stage.teams[LEADS] = Unread("HTTP 403", "give the token Members: read")
    waiting = gate(stage.sources(), branch_of(WHAT), now=now).decision
    assert isinstance(waiting, Pending)
    assert stage.rules(waiting) == ["ApprovalRequired", "membership-unknown"]
    stage.ben.approves(WHAT, "go ahead")
    assert stage.rules(gate(stage.sources(), branch_of(WHAT), now=now).decision) == ["membership-unknown"]
    stage.has(LEADS, "ben")
    assert gate(stage.sources(), branch_of(WHAT), now=now).may_merge


def test_policy_approvers_by_team_bring_policy_in_force_once_the_team_is_read(stage):
    by_team = stage.policy_files["breakglass.yaml"].replace("users: [dana@example.com]", "groups: [team-leads]")
    in_force(stage, {"breakglass.yaml": by_team})
    known, stage.teams = stage.teams, None
    change = in_force(stage, {"clusters/new.yaml": CLUSTER.format(name="new")}, branch="policy/new", approver=stage.ben)
    (finding,) = stage.reconcile().plan.findings
    assert finding.message.startswith(f"the policy side of {change[:12]} is not in force: who is in group team-leads ")
    stage.teams = known
    assert stage.reconcile().plan.findings == ()
    stage.has(LEADS)
    unproved = in_force(
        stage, {"clusters/new.yaml": CLUSTER.format(name="new2")}, branch="policy/new2", approver=stage.ben
    )
    (finding,) = stage.reconcile().plan.findings
    assert finding.message.startswith(
        f"the policy side of {unproved[:12]} is not in force: no policy approver approved"
    )


def test_who_asks_is_told_that_a_team_may_approve_whom_nobody_here_can_see(stage):
    wish = Wish(RequestId("prod", "inc-1"), "pod-shell-access", duration=timedelta(hours=1), reason="INC-1")
    words = {"sources": stage.sources(), "now": stage.clock.now()}
    for name, value in (("name", "Alice"), ("email", "alice@example.com")):
        stage.world.git("config", f"user.{name}", value)
    clone = WorkTree(stage.world.path, stage.world.root / "keys" / "alice")
    stage.teams = {}
    unseen = request(
        replace(wish, id=RequestId("prod", "unseen")), **{**words, "sources": stage.sources()}, clone=clone
    )
    assert (unseen.approvers, unseen.by_team, unseen.needs_approval) == ((), True, True)
    assert approvers(unseen.approvers, 0, by_team=True) == "members of a team who can't be seen from here"
    seen = request(wish, **words, clone=clone)
    assert (seen.approvers, seen.by_team) == (("ben",), False)
    assert approvers(("ben",), 1, by_team=True) == (
        "ben and 1 more who is not named, or members of a team who can't be seen from here"
    )
