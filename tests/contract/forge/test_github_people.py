"""Who pushed, whose commits they are, and who is in a team, by what GitHub tells."""

import pytest

from gitops_breakglass.model.change import Change
from gitops_breakglass.model.identity import Provider, Team
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC = path_of(WHAT)


def test_whose_account_an_e_mail_is_says_the_forge(github):
    github.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT), author=github.world.who("ben").noreply)
    github.alice.opens(branch_of(WHAT), what=WHAT)
    assert [each.accounts for each in github.proposed().commits] == [(github.ben.account,)]


def test_whose_account_a_co_author_is_says_the_forge(github):
    noreply = github.world.who("ben").noreply.email
    github.alice.requests(WHAT, message=f"Ask\n\nCo-authored-by: B <{noreply}>")
    assert [each.accounts for each in github.proposed().commits] == [(github.alice.account, github.ben.account)]


def test_what_is_committed_in_the_browser_is_its_author_s_alone(github):
    github.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT), committer=github.world.who("web-flow"))
    github.alice.opens(branch_of(WHAT), what=WHAT)
    assert [each.accounts for each in github.proposed().commits] == [(github.alice.account,)]


def test_who_pushed_by_force_is_known_by_the_events_too(github):
    first = github.alice.requests(WHAT)
    github.ben.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    github.world.push("ben", branch_of(WHAT), commit=first, force=True)
    github.world.faults.add("GET /repos/*/activity*", faults.edited(lambda log: []))
    assert github.proposed().pushers == (github.ben.account,)


def test_a_log_of_pushes_is_read_to_its_end(github):
    github.erin.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    for number in range(100):
        github.alice.commits({INC: session("inc-1", reason=f"INC-{number}")}, on=branch_of(WHAT))
    github.alice.opens(branch_of(WHAT), what=WHAT)
    assert github.proposed().pushers == (github.alice.account, github.erin.account)


def pushed_by(github):
    change = github.landed()
    assert isinstance(change, Change), change
    return change.pushed_by_author_only


def test_whose_pushes_they_are_is_known_from_the_creation_of_the_branch(github):
    github.alice.requests(WHAT)
    github.alice.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    github.ben.merges(WHAT)
    assert pushed_by(github) is True


@pytest.mark.parametrize("merger", ["ben", "alice"])
def test_a_push_of_somebody_else_is_known_whoever_merges(github, merger):
    github.alice.requests(WHAT)
    github.erin.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    github.merge(merger, github.changes[WHAT], "merge")
    assert pushed_by(github) is False


@pytest.mark.parametrize("kept", [(), (0,), (0, 2)], ids=["empty", "cut", "gap"])
def test_a_log_that_does_not_reach_back_proves_nothing(github, kept):
    github.alice.requests(WHAT)
    for duration in ("30m", "45m"):
        github.alice.commits({INC: session("inc-1", duration=duration)}, on=branch_of(WHAT))
    github.ben.merges(WHAT)
    github.world.faults.add("GET /repos/*/activity*", faults.edited(lambda log: [log[each] for each in kept]))
    assert pushed_by(github) is None


def test_pushes_to_a_fork_are_nobodys_to_know_and_a_merge_by_the_author_is_theirs(github):
    """A branch of the same name in the repository itself is another one."""
    fork = github.world.fork("alice")
    github.erin.commits({"README.md": "another branch\n"}, on="fork-1")
    for number, merger in ((1, "ben"), (2, "alice")):
        path, name = path_of(f"prod/fork-{number}"), f"fork-{number}"
        github.world.push("alice", name, {path: session(name)}, repository=fork)
        github.world.merge(merger, github.world.open_pr("alice", name, name, fork=fork))
    assert [github.landed(f"prod/fork-{number}").pushed_by_author_only for number in (1, 2)] == [None, True]
    assert github.landed("prod/fork-1").pushers == ()


def team(github, name="leads"):
    return Team(Provider.GITHUB, str(github.world.team_of(name).id), str(github.world.organisation.id))


def test_a_team_has_its_members_and_those_of_the_teams_below_it(github):
    github.world.team("leads")
    github.world.team("night", parent="leads")
    github.world.add_member("leads", "ben")
    github.world.add_member("night", "dana")
    github.world.invite("leads", "erin")
    leads = team(github)
    assert github.forge().members([leads]) == {leads: {github.ben.account, github.dana.account}}


def test_a_team_with_more_members_than_a_page_is_read_to_its_end(github):
    github.world.team("leads")
    for number in range(101):
        github.world.account(f"lead-{number}")
        github.world.add_member("leads", f"lead-{number}")
    (members,) = github.forge().members([team(github)]).values()
    assert len(members) == 101


@pytest.mark.parametrize("fault", [faults.shrunk(), faults.status(404), faults.truncated()])
def test_a_team_of_which_not_all_is_read_is_not_known(github, fault):
    github.world.team("leads")
    github.world.add_member("leads", "ben")
    github.world.faults.add("GET /organizations/*/members*", fault)
    (members,) = github.forge().members([team(github)]).values()
    assert isinstance(members, Unread)


def test_a_team_that_is_not_there_is_not_an_empty_one(github):
    gone = Team(Provider.GITHUB, "4711", str(github.world.organisation.id))
    found = github.forge().members([gone, other := Team(Provider.GITLAB, "1")])
    assert found[gone].hint.endswith("Members: read (of the organisation; GITHUB_TOKEN can't have it)")
    assert isinstance(found[other], Unread)


def test_another_team_than_the_one_that_was_asked_for_is_not_known(github):
    github.world.team("leads")
    github.world.add_member("leads", "ben")
    github.world.faults.add("GET /organizations/*", faults.edited(lambda team: {**team, "id": 1}))
    (members,) = github.forge().members([team(github)]).values()
    assert isinstance(members, Unread)


def test_another_account_than_the_one_that_was_asked_for_is_not_known(github):
    github.world.faults.add("GET /user/*", faults.edited(lambda user: {**user, "id": 1}))
    assert isinstance(github.forge().accounts([github.ben.account])[github.ben.account], Unread)
