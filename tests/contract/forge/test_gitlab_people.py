"""Who is in a group of GitLab, and what its accounts are called."""

from datetime import timedelta

import pytest

from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.forges.gitlab_stage import GitlabStage

DEVELOPER, MAINTAINER = 30, 40


@pytest.fixture
def stage(tmp_path):
    with GitlabStage(tmp_path) as stage:
        stage.group = stage.world.group("leads", 210)
        stage.token = stage.world.token("group", source=stage.group, scopes=("read_api", "read_repository"))
        yield stage


def members(stage, *, group=None, least=DEVELOPER, forge=None):
    team = Team(Provider.GITLAB, str((group or stage.group).id), min_access=least, name="leads")
    return (forge or stage.forge()).members([team])[team]


def names(stage, **words):
    """The people among them; the token's own account is one too."""
    return {each.login for each in members(stage, **words)} & {"alice", "ben", "dana", "erin", "mallory"}


def test_members_are_those_with_the_access_that_is_asked_for(stage):
    stage.world.add_member(stage.group, "ben", MAINTAINER)
    stage.world.add_member(stage.group, "alice", DEVELOPER)
    stage.world.add_member(stage.group, "erin", 20)
    assert names(stage) == {"alice", "ben"}
    assert names(stage, least=MAINTAINER) == {"ben"}
    assert names(stage, least=0) == {"alice", "ben", "erin"}


def test_members_of_groups_above_and_of_invited_groups_are_members(stage):
    inside = stage.world.group("on-call", 211, parent=stage.group)
    guests = stage.world.group("guests", 212)
    stage.world.add_member(stage.group, "ben")
    stage.world.add_member(guests, "dana", MAINTAINER)
    stage.world.invite_group(inside, guests, DEVELOPER)
    assert names(stage, group=inside) == {"ben", "dana"}
    assert names(stage, group=inside, least=MAINTAINER) == set()


def test_who_is_blocked_or_past_their_last_day_is_no_member(stage):
    today = stage.world.now.date()
    stage.world.add_member(stage.group, "ben", expires_at=today)
    stage.world.add_member(stage.group, "dana", expires_at=today + timedelta(days=1))
    stage.world.add_member(stage.group, "mallory")
    stage.world.block_user("mallory")
    assert names(stage) == {"dana"}


def test_more_members_than_a_page_has_are_all_told(stage):
    for number in range(120):
        stage.world.add_member(stage.group, stage.world.account(f"somebody-{number}"))
    assert len(members(stage)) == 121
    stage.world.faults.add("GET */members/all*page=2*", faults.shrunk())
    assert isinstance(members(stage), Unread)


def test_a_group_that_the_token_does_not_see_is_not_an_empty_one(stage):
    hidden = stage.world.group("hidden", 213)
    found = members(stage, group=hidden)
    assert isinstance(found, Unread)
    assert "Guest in the group" in found.hint


def test_a_group_that_was_deleted_or_made_again_is_not_the_one_that_was(stage):
    stage.world.delete_group(stage.group)
    stage.world.group("leads", 299)
    stage.token = stage.usual_token()
    assert isinstance(members(stage), Unread)


def test_a_group_that_is_another_one_is_not_known(stage):
    stage.world.faults.add("GET */groups/210", faults.edited(lambda value: {**value, "id": 211}))
    assert isinstance(members(stage), Unread)


@pytest.mark.parametrize("field", ["id", "username", "state", "access_level", "expires_at"])
def test_a_member_who_is_not_told_whole_makes_it_unknown(stage, field):
    stage.world.faults.add("GET */members/all*", faults.without(field))
    assert isinstance(members(stage), Unread)


def test_a_membership_that_ends_needs_to_know_the_day(stage):
    stage.world.add_member(stage.group, "ben", expires_at=stage.world.now.date())
    stage.world.faults.add("GET */*", faults.headed(Date="yesterday"), times=None)
    assert isinstance(members(stage), Unread)


def test_a_team_of_another_forge_is_not_asked_about(stage):
    team = Team(Provider.GITHUB, "210", "1")
    assert isinstance(stage.forge().members([team])[team], Unread)
    assert stage.forge().members([]) == {}


def test_a_renamed_account_has_its_new_name_and_a_deleted_one_is_gone(stage):
    account = stage.ben.account
    stage.world.rename_account("ben", "benjamin")
    stage.world.recycle_username("ben")
    assert stage.forge().accounts([account])[account].login == "benjamin"
    stage.world.delete_account("benjamin")
    assert stage.forge().accounts([account])[account] is None


def test_an_account_that_can_t_be_asked_about_is_not_gone(stage):
    stage.world.faults.add("GET */users/*", faults.status(403))
    assert isinstance(stage.forge().accounts([stage.ben.account])[stage.ben.account], Unread)
    for strange in (Account(Provider.GITHUB, "1"), Account(Provider.GITLAB, "../user")):
        assert isinstance(stage.forge().accounts([strange])[strange], Unread)


def test_a_bot_is_told_to_be_one(stage):
    bot = stage.world.bot_of(stage.token)
    account = Account(Provider.GITLAB, str(bot.id))
    assert stage.forge().accounts([account])[account].bot


def test_each_account_is_asked_for_once_in_a_run(stage):
    forge, account = stage.forge(), stage.ben.account
    stage.world.forget_calls()
    forge.accounts([account])
    forge.accounts([account])
    assert sum(stage.world.calls.values()) == 1


@pytest.mark.parametrize("token", ["job", None])
def test_a_job_or_nobody_knows_nobody(stage, token):
    stage.token = stage.world.token("job", user="ben") if token else None
    before = len(stage.world.requests)
    assert isinstance(members(stage), Unread)
    assert isinstance(stage.forge().accounts([stage.ben.account])[stage.ben.account], Unread)
    assert len(stage.world.requests) == before
