"""Accounts, groups and their members in the fake GitLab, as its API tells of them."""

from datetime import date

import pytest

from tests.forges.bare import Name
from tests.forges.gitlab import DEVELOPER, GUEST, MAINTAINER, Refused
from tests.forges.gitlab.conftest import BRANCH, REQUEST, request_by
from tests.forges.gitlab.test_fake_gitlab import refused


@pytest.fixture
def group(world, connect):
    """`acme/sre` as python-gitlab has it, with a token that sees it."""
    made = world.group("sre", 210, parent="acme")
    return connect(world, world.token("group")).groups.get(made.id)


def levels(group):
    return {each.username: each.access_level for each in group.members_all.list(get_all=True) if each.access_level < 50}


def test_a_group_has_direct_inherited_and_invited_members(world, group):
    bot = next(name for name in levels(group) if "_bot_" in name)
    world.add_member("acme/sre", "ben", DEVELOPER)
    world.add_member("acme", "mia", MAINTAINER)
    world.add_member("acme", "ben", GUEST)
    world.group("guild", 220)
    world.add_member("guild", "alice", MAINTAINER)
    world.invite_group("acme/sre", "guild", DEVELOPER)
    assert levels(group) == {bot: DEVELOPER, "ben": DEVELOPER, "mia": MAINTAINER, "alice": DEVELOPER}
    assert group.members_all.get(world.user("alice").id).access_level == DEVELOPER
    ids = [world.user(name).id for name in ("ben", "mia")]
    for asked, answered in (({"user_ids": ",".join(map(str, ids))}, ["ben", "mia"]), ({"user_ids[]": ids}, ["ben", "mia"]),
                            ({"user_ids": ids}, ["mia"])):  # fmt: skip
        some = group.members_all.list(query_parameters=asked, get_all=True)
        assert [each.username for each in some] == answered
    world.remove_member("acme/sre", "ben")
    assert levels(group)["ben"] == GUEST
    world.remove_member("acme", "ben")
    refused(lambda: group.members_all.get(world.user("ben").id), 404)
    with pytest.raises(Refused):
        world.remove_member("acme", "ben")


def test_who_has_expired_is_listed_until_the_nightly_job(world, group):
    world.add_member("acme/sre", "ben", DEVELOPER, date(2026, 3, 3))
    world.advance(days=1, hours=1)
    assert group.members_all.get(world.user("ben").id).expires_at == "2026-03-03"
    world.remove_expired_members()
    refused(lambda: group.members_all.get(world.user("ben").id), 404)


def test_who_is_blocked_is_a_member_who_may_nothing(world, group, iid):
    world.add_member("acme/sre", "ben")
    world.block_user("ben")
    assert group.members_all.get(world.user("ben").id).state == "blocked"
    with pytest.raises(Refused):
        world.approve("ben", iid)
    world.unblock_user("ben")
    world.approve("ben", iid)


def test_a_private_group_is_not_there_for_who_is_no_member(world, connect):
    made = world.group("sre", 210)
    groups = connect(world, world.token("project")).groups
    refused(lambda: groups.get(made.id), 404)
    refused(lambda: groups.get(211), 404)
    above = groups.get(200)
    refused(lambda: above.members_all.list(get_all=True), 403)
    refused(lambda: above.members_all.get(1), 403)
    refused(lambda: connect(world, world.token("job", user="mia")).groups.get(200), 404)


def test_a_group_of_the_same_path_is_another_group(world, connect):
    old = world.group("sre")
    world.delete_group("sre")
    new = world.group("sre")
    assert new.id != old.id
    with pytest.raises(Refused):
        world.group("sre")
    refused(lambda: connect(world, world.token("personal", user="root")).groups.get(old.id), 404)


def test_a_name_can_become_another_person_s(world, connect, iid):
    users = connect(world, world.token()).users
    ben = world.user("ben").id
    world.rename_account("ben", "benjamin")
    assert users.get(ben).username == "benjamin" and users.list(username="ben", get_all=True) == []
    taker = world.recycle_username("ben")
    assert [each.id for each in users.list(username="ben", get_all=True)] == [taker.id] != [ben]
    for name in ("alice", "BEN"):
        with pytest.raises(Refused):
            world.recycle_username(name)
    with pytest.raises(AssertionError):
        world.account("dora", ben)


def test_what_a_deleted_account_wrote_is_the_ghost_s_and_its_approval_is_gone(world, connect, iid):
    world.note("ben", iid, "breakglass-reason: fine")
    world.approve("ben", iid)
    world.approve("mia", iid)
    world.merge("mia", iid)
    world.delete_account("mia")
    project = connect(world, world.token("group")).projects.get(300)
    gone = world.user("ben").id
    for name in ("ben", "alice"):
        world.delete_account(name)
    mr = project.mergerequests.get(iid)
    assert (mr.author["username"], mr.merge_user["username"], mr.merged_by) == ("ghost", "ghost", None)
    assert [each["user"]["username"] for each in mr.approvals.get().approved_by] == []
    assert [each.user for each in mr.resourcestateevents.list(get_all=True)] == [None]
    notes = mr.notes.list(get_all=True, sort="asc")
    assert [(each.author["username"], each.body) for each in notes[:2]] == [
        ("ghost", "breakglass-reason: fine"),
        ("ghost", "approved this merge request"),
    ]
    refused(lambda: connect(world, world.token()).users.get(gone), 404)


def test_a_bot_says_that_it_is_one_and_may_approve(world, connect, iid):
    token = world.token("project", scopes=("api",))
    forge = connect(world, token)
    forge.projects.get(300).mergerequests.get(iid).approve()
    bot = world.bot_of(token)
    assert [each.user for each in world.mr(iid).approvals] == [bot]
    assert forge.users.get(bot.id).bot is True and bot.username.startswith("project_300_bot_")


def test_events_say_who_pushed_whatever_the_commits_claim(world, connect):
    alice = Name("Alice", "alice@example.com")
    world.push("ben", BRANCH, {REQUEST: "x\n"}, author=alice, committer=alice)
    iid = world.open_mr("alice", BRANCH)
    world.push("mia", "main", {"a": "1"})
    world.rebase("mia", iid)
    world.merge("mia", iid)
    world.delete_branch("alice", BRANCH)
    project = connect(world, world.token()).projects.get(300)
    told = [(each.author_username, each.action_name, each.push_data["ref"], each.push_data["commit_count"])
            for each in project.events.list(action="pushed", sort="asc", get_all=True)]  # fmt: skip
    assert told == [
        ("root", "pushed new", "main", 0),
        ("ben", "pushed new", BRANCH, 1),
        ("mia", "pushed to", "main", 1),
        ("mia", "pushed to", BRANCH, 2),
        ("mia", "pushed to", "main", 2),
        ("alice", "deleted", BRANCH, 0),
    ]
    assert project.events.list(action="pushed", after="2026-03-02", get_all=True) == []
    assert len(project.events.list(action="pushed", after="2026-03-01", before="2026-03-03", get_all=True)) == 6


def test_a_commit_leads_to_every_merge_request_that_it_is_in(world, connect, iid):
    """A19: the same commits for another branch, too, and one that is stacked upon it."""
    world.push("mia", "staging", {"other": "1"})
    backport = world.open_mr("alice", BRANCH, target="staging")
    landing = world.merge("mia", iid)
    commits = connect(world, world.token()).projects.get(300).commits
    numbers = lambda sha: [each["iid"] for each in commits.get(sha, lazy=True).merge_requests(get_all=True)]  # noqa: E731
    assert numbers(world.head(iid)) == [backport, iid]
    assert numbers(landing) == [iid]
    other = request_by(world, "ben", "breakglass/prod/inc-2")
    landing = world.merge("mia", other, "squash_ff")
    assert numbers(landing) == [other] and numbers(world.tip) == [other]
    refused(lambda: numbers("0" * 40), 404)
