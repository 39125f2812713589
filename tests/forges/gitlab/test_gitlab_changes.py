"""The verbs of the fake GitLab do to git, to notes and to approvals what GitLab does, and refuse what it refuses."""

from datetime import timedelta

import pytest

from tests.forges.bare import Name
from tests.forges.gitlab import Refused
from tests.forges.gitlab.conftest import BRANCH, REQUEST, request_by
from tests.forges.gitlab.mr_entities import MergeRequestEntities


def shown(world, iid, who=None):
    return MergeRequestEntities(world, world.user(who) if who else None).whole_merge_request(world.mr(iid))


def approvals(world, iid, who=None):
    return MergeRequestEntities(world, world.user(who) if who else None).approvals(world.mr(iid))


def approvers(world, iid):
    return [each.user.username for each in world.mr(iid).approvals]


def told(world, iid):
    """The first line of each system note."""
    return [each.body.split("\n")[0] for each in world.mr(iid).notes if each.system]


def refused(status, call, *arguments, **options):
    with pytest.raises(Refused) as met:
        call(*arguments, **options)
    assert met.value.status == status


# Landing.


def test_a_merge_commit_lands_what_was_proposed(world, iid):
    world.push("mia", "main", {"other": "1"})
    before, head = world.tip, world.head(iid)
    landing = world.merge("mia", iid, "merge")
    mr, stored = shown(world, iid), world.git.stored(landing)
    assert stored.parents == (before, head) and stored.author == stored.committer == Name("Mia", "mia@example.com")
    assert stored.message.endswith(f"See merge request acme/access!{iid}\n")
    assert (mr["merge_commit_sha"], mr["squash_commit_sha"], mr["sha"], mr["state"]) == (landing, None, head, "merged")
    assert world.head(iid) == head


def test_a_squash_has_a_commit_of_the_author_and_a_merge_of_it(world, iid):
    world.push("alice", BRANCH, {REQUEST: "two\n"})
    world.push("mia", "main", {"other": "1"})
    before = world.tip
    landing = world.merge("mia", iid, "squash")
    mr = shown(world, iid)
    squashed = world.git.stored(mr["squash_commit_sha"])
    assert world.git.stored(landing).parents == (before, squashed.id) and mr["merge_commit_sha"] == landing
    assert (squashed.author.name, squashed.committer.name, squashed.parents) == (
        "Alice",
        "Mia",
        (world.mr(iid).latest.start,),
    )
    assert world.git.content(landing, REQUEST) == b"two\n" and not world.git.has(mr["sha"], landing)


def test_a_fast_forward_lands_each_commit_and_only_when_up_to_date(world, iid):
    world.push("alice", BRANCH, {REQUEST: "two\n"})
    world.push("mia", "main", {"other": "1"})
    for method in ("ff", "semi-linear"):
        refused(405, world.merge, "mia", iid, method)
    assert shown(world, iid)["detailed_merge_status"] == "need_rebase"
    world.rebase("mia", iid)
    before = world.tip
    landing = world.merge("mia", iid, "ff")
    mr = shown(world, iid)
    assert (mr["merge_commit_sha"], mr["squash_commit_sha"], mr["sha"]) == (None, None, landing)
    assert len(world.git.between(before, landing)) == 2
    assert {each.author.name for each in map(world.git.stored, world.git.between(before, landing))} == {"Alice"}


def test_semi_linear_and_squashed_fast_forward(world, iid):
    landing = world.merge("mia", iid, "semi-linear")
    assert shown(world, iid)["merge_commit_sha"] == landing and len(world.git.stored(landing).parents) == 2
    other = request_by(world, "ben", "breakglass/prod/inc-2")
    before = world.tip
    landing = world.merge("mia", other, "squash_ff")
    mr = shown(world, other)
    assert (mr["squash_commit_sha"], mr["merge_commit_sha"]) == (landing, None)
    assert world.git.stored(landing).parents == (before,) and mr["sha"] != landing


def test_who_pushes_the_commits_of_an_unapproved_request_merges_it(world, iid):
    """Whatever rules there are: the merge request is marked merged by whoever pushed."""
    world.push_commit("mia", "main", world.head(iid))
    mr = shown(world, iid)
    assert (mr["state"], mr["merge_user"]["username"], mr["merge_commit_sha"]) == ("merged", "mia", world.head(iid))
    assert mr["merged_at"] and approvers(world, iid) == []


def test_a_merge_made_by_hand_can_hold_more_than_was_proposed(world, iid):
    landing = world.push_merge("mia", iid, {REQUEST: "evil\n"})
    assert world.git.content(landing, REQUEST) == b"evil\n" != world.git.content(world.head(iid), REQUEST)
    assert shown(world, iid)["merge_commit_sha"] == landing


def test_a_merge_lands_what_is_stacked_in_it(world, iid):
    world.push("alice", "stacked", {"b": "1"}, on=BRANCH)
    upper = world.open_mr("alice", "stacked")
    world.merge("mia", upper)
    assert shown(world, iid)["state"] == "merged" == shown(world, upper)["state"]


def test_a_merge_moves_the_branch_that_another_comes_from(world, iid):
    world.push("mia", "staging", {"other": "1"})
    onward = world.open_mr("mia", "staging")
    world.retarget("alice", iid, "staging")
    landing = world.merge("mia", iid)
    assert world.head(onward) == landing and told(world, onward) == ["added 2 commits"]
    assert shown(world, onward)["state"] == "opened"


def test_a_rebase_of_what_is_up_to_date_does_nothing(world, iid):
    head = world.head(iid)
    assert world.rebase("mia", iid) == head and len(world.mr(iid).versions) == 1 and told(world, iid) == []


def test_a_merge_is_refused_where_gitlab_refuses_it(world, iid):
    refused(401, world.merge, "alice", iid)
    world.retitle("alice", iid, "Draft: not yet")
    refused(405, world.merge, "mia", iid)
    world.retitle("alice", iid, "now")
    world.keep_busy(iid, "checking")
    refused(405, world.merge, "mia", iid)
    world.catch_up(iid)
    world.close("alice", iid)
    refused(405, world.merge, "mia", iid)
    world.reopen("alice", iid)
    world.push("mia", "main", {REQUEST: "another\n"})
    assert shown(world, iid)["detailed_merge_status"] == "conflict" and shown(world, iid)["has_conflicts"]
    refused(405, world.merge, "mia", iid)
    world.protect("main", merge_level=0)
    refused(401, world.merge, "mia", iid)


# Versions, rebases, targets.


def test_a_push_makes_a_version_and_a_note_and_free_keeps_approvals(world, iid):
    world.approve("ben", iid)
    head = world.push("ben", BRANCH, {REQUEST: "longer\n"}, author=Name("Alice", "alice@example.com"))
    one, two = world.mr(iid).versions
    assert (two.head, two.base, world.head(iid)) == (head, one.base, head) and one.patch_id_sha != two.patch_id_sha
    assert told(world, iid) == ["approved this merge request", "added 1 commit"]
    assert world.mr(iid).notes[-1].author.username == "ben" and f"{head[:8]} - change" in world.mr(iid).notes[-1].body
    assert approvers(world, iid) == ["ben"] and approvals(world, iid)["approved"] is True


def test_premium_drops_approvals_of_another_patch_and_keeps_them_over_a_rebase(make):
    world = make(tier="premium")
    iid = request_by(world, "alice")
    world.approve("ben", iid)
    world.push("mia", "main", {"other": "1"})
    world.rebase("mia", iid)
    assert approvers(world, iid) == ["ben"]
    one, two = world.mr(iid).versions
    assert one.patch_id_sha == two.patch_id_sha and one.head != two.head
    assert told(world, iid)[-1] == "added 2 commits"
    world.approve("mia", iid)
    world.push("alice", BRANCH, {REQUEST: "other\n"})
    assert approvers(world, iid) == []
    assert told(world, iid)[-2:] == ["added 1 commit", "reset approvals from @ben and @mia by pushing to the branch"]
    world.approve("ben", iid)
    world.set_project(reset_approvals_on_push=False)
    world.push("alice", BRANCH, {REQUEST: "again\n"})
    assert approvers(world, iid) == ["ben"]


def test_a_rebase_by_somebody_else_hides_who_committed(make):
    """A43: Premium keeps committers from approving, and forgets who they were."""
    world = make(tier="premium")
    world.set_project(merge_requests_disable_committers_approval=True)
    iid = request_by(world, "alice")
    world.push("ben", BRANCH, {REQUEST: "longer\n"})
    refused(401, world.approve, "ben", iid)
    world.push("mia", "main", {"other": "1"})
    world.rebase("mia", iid)
    world.approve("ben", iid)
    authors = {each.author.name for each in map(world.git.stored, world.git.between(world.tip, world.head(iid)))}
    assert authors == {"Alice", "Ben"}


def test_taking_commits_back_makes_a_version_and_no_note(world, iid):
    one = world.head(iid)
    world.push("alice", BRANCH, {REQUEST: "longer\n"})
    world.push_commit("alice", BRANCH, one, force=True)
    assert told(world, iid) == ["added 1 commit"]
    assert [each.head for each in world.mr(iid).versions][::2] == [one, one] == [world.head(iid)] * 2


def test_a_forced_push_to_the_target_makes_a_version_of_the_same_head(world, iid):
    first = world.tip
    world.push("mia", "main", {"other": "1"})
    world.protect("main", allow_force_push=True)
    world.push_commit("mia", "main", first, force=True)
    assert [each.head for each in world.mr(iid).versions] == [world.head(iid)] * 2 and told(world, iid) == []


def test_a_branch_that_comes_back_is_told(world, iid):
    head = world.head(iid)
    world.delete_branch("alice", BRANCH)
    world.push_commit("alice", BRANCH, head)
    assert told(world, iid) == [f"deleted source branch `{BRANCH}`", f"restored source branch `{BRANCH}`"]


def test_a_push_while_it_is_closed_drops_approvals_on_premium(make):
    for tier, kept in (("free", ["ben"]), ("premium", [])):
        world = make(tier=tier)
        iid = request_by(world, "alice")
        world.approve("ben", iid)
        world.close("alice", iid)
        world.push("alice", BRANCH, {REQUEST: "two\n"})
        assert (approvers(world, iid), len(world.mr(iid).versions)) == (kept, 1)


def test_14_days_after_its_end_a_head_is_gone_and_its_commits_are_not(world, iid):
    head = world.head(iid)
    world.push("alice", BRANCH, {REQUEST: "longer\n"})
    world.merge("mia", iid)
    world.advance(days=13)
    world.drop_old_heads()
    assert world.head(iid)
    world.advance(days=1)
    world.drop_old_heads()
    assert world.head(iid) is None
    listed = world.git.git("-c", "protocol.file.allow=always", "ls-remote", f"file://{world.path}")
    assert head not in listed and "keep-around" not in listed
    other = world.root / "other.git"
    world.git.git("init", "--quiet", "--bare", str(other))
    assert world.git.run("--git-dir", str(other), "fetch", "--quiet", f"file://{world.path}", head).returncode == 0


def test_of_older_versions_the_files_go_with_the_merge(world, iid):
    world.push("alice", BRANCH, {REQUEST: "longer\n"})
    views = MergeRequestEntities(world)
    one, two = world.mr(iid).versions
    assert views.whole_version(world.mr(iid), one)["diffs"]
    world.merge("mia", iid)
    old, new = (views.whole_version(world.mr(iid), each) for each in (one, two))
    assert (old["state"], old["diffs"], len(old["commits"]), new["state"]) == ("without_files", [], 1, "collected")


def test_a_forced_push_begins_anew_and_the_old_version_stays(world, iid):
    old = world.head(iid)
    head = world.push("alice", BRANCH, {REQUEST: "new\n"}, force=True)
    assert world.git.stored(head).parents == (world.tip,) and [each.head for each in world.mr(iid).versions] == [
        old,
        head,
    ]
    assert world.git.stored(old) is not None


def test_retargeting_keeps_approvals_on_free_and_drops_them_on_premium(make):
    for tier, kept in (("free", ["ben"]), ("premium", [])):
        world = make(tier=tier)
        world.push("mia", "staging", {"other": "1"})
        iid = request_by(world, "alice", target="staging")
        world.approve("ben", iid)
        world.retarget("alice", iid, "main")
        assert approvers(world, iid) == kept
        assert told(world, iid)[-1] == "changed target branch from `staging` to `main`"
        assert len(world.mr(iid).versions) == 2


def test_branches_are_protected(world, iid):
    refused(403, world.push, "alice", "main", {"a": "1"})
    refused(403, world.push, "mia", "main", {"a": "1"}, force=True)
    refused(403, world.delete_branch, "mia", "main")
    before = world.push("mia", "main", {"a": "1"})
    world.push("mia", "main", {"a": "2"})
    refused(403, world.push_commit, "mia", "main", before)
    world.protect("main", allow_force_push=True)
    world.push_commit("mia", "main", before, force=True)
    assert world.tip == before
    world.unprotect("main")
    world.push("alice", "main", {"b": "1"})


def test_a_branch_may_go_and_the_head_stays(world, iid):
    head = world.head(iid)
    world.delete_branch("alice", BRANCH)
    assert world.head(iid) == head and told(world, iid) == [f"deleted source branch `{BRANCH}`"]
    world.close("alice", iid)
    refused(405, world.reopen, "alice", iid)


def test_a_fork_s_request_has_its_objects_here_and_outlives_the_fork(world):
    world.account("carl")
    world.add_member(None, "carl", 20)
    refused(403, world.push, "carl", "x", {"a": "1"})
    fork = world.fork("carl")
    head = world.push("carl", "x", {"a": "1"}, project=fork)
    iid = world.open_mr("carl", "x", project=fork)
    mr = shown(world, iid)
    assert (mr["source_project_id"], mr["target_project_id"]) == (fork.id, 300) and world.head(iid) == head
    world.delete_project(fork)
    assert shown(world, iid)["source_project_id"] is None and world.git.content(world.head(iid), "a") == b"1"


def test_opening_is_refused_where_gitlab_refuses_it(world, iid):
    refused(409, world.open_mr, "ben", BRANCH)
    refused(422, world.open_mr, "ben", "nowhere")
    refused(422, world.open_mr, "ben", "main")
    world.account("stranger")
    refused(403, world.open_mr, "stranger", BRANCH)


def test_dates_are_what_the_commit_says_and_times_are_the_forge_s(world):
    head = world.push("alice", "x", {"a": "1"}, date=1900000000)
    iid = world.open_mr("alice", "x")
    assert world.git.stored(head).committed == 1900000000 and world.mr(iid).latest.created_at == world.now


# Approvals.


def test_free_lets_the_author_approve_and_says_approved(world, iid):
    world.approve("alice", iid)
    assert approvals(world, iid, "alice") | {"approved_by": None} == {
        "user_has_approved": True, "user_can_approve": False, "approved": True, "approved_by": None,
    }  # fmt: skip
    refused(401, world.approve, "alice", iid)
    world.account("guest")
    world.add_member(None, "guest", 20)
    refused(401, world.approve, "guest", iid)
    refused(409, world.approve, "ben", iid, sha="0" * 40)


def test_approving_twice_is_a_log_of_three_and_one_approval(world, iid):
    world.approve("ben", iid)
    first = world.mr(iid).approvals[0].approved_at
    world.unapprove("ben", iid)
    refused(404, world.unapprove, "ben", iid)
    world.approve("ben", iid)
    assert told(world, iid) == [
        "approved this merge request",
        "unapproved this merge request",
        "approved this merge request",
    ]
    assert world.mr(iid).approvals[0].approved_at > first + timedelta(seconds=10)


def test_one_may_approve_after_the_merge_and_take_it_back(world, iid):
    world.merge("mia", iid)
    world.approve("ben", iid)
    assert world.mr(iid).approvals[0].approved_at > world.mr(iid).merged_at
    world.unapprove("ben", iid)
    assert approvers(world, iid) == []


def test_who_requests_changes_takes_their_approval_back_without_the_usual_note(world, iid):
    world.approve("ben", iid)
    world.approve("mia", iid)
    world.request_changes("ben", iid)
    assert approvers(world, iid) == ["mia"]
    assert told(world, iid) == ["approved this merge request", "approved this merge request", "requested changes"]


def test_a_bot_drops_approvals_and_no_note_tells(world, iid):
    world.approve("ben", iid)
    refused(401, world.reset_approvals, "mia", iid)
    world.reset_approvals(world.bot_of(world.token("project")), iid)
    assert approvers(world, iid) == [] and told(world, iid) == ["approved this merge request"]


def test_an_old_gitlab_does_not_tell_when_somebody_approved(make):
    world = make(old=True)
    iid = request_by(world, "alice")
    world.approve("ben", iid)
    assert [set(each) for each in approvals(world, iid)["approved_by"]] == [{"user"}]


def test_premium_approves_what_nobody_can_and_lets_the_author_change_the_rule(make):
    """A42: a rule that can't be fulfilled counts as fulfilled, and a merge request's own rules replace the project's."""
    world = make(tier="premium")
    iid = request_by(world, "alice")
    refused(401, world.approve, "alice", iid)
    world.approval_rule("sre", 1, users=["alice"])
    assert approvals(world, iid)["approved"] is True and len(approvals(world, iid)["invalid_approvers_rules"]) == 1
    world.approval_rule("security", 1, users=["ben"])
    view = approvals(world, iid)
    assert (view["approved"], view["approvals_left"], [each["name"] for each in view["approval_rules_left"]]) == (
        False, 1, ["security"],
    )  # fmt: skip
    refused(405, world.merge, "mia", iid)
    world.override_rules("alice", iid, 0)
    assert approvals(world, iid)["approved"] is True and approvals(world, iid)["approved_by"] == []
    world.merge("mia", iid)
    other = request_by(world, "alice", "breakglass/prod/inc-2")
    world.set_project(disable_overriding_approvers_per_merge_request=True, merge_requests_author_approval=True)
    refused(403, world.override_rules, "alice", other, 0)
    world.approve("alice", other)


def test_free_has_no_rules_and_no_settings_of_approvals(world, iid):
    refused(404, world.approval_rule, "sre", 1)
    refused(404, world.override_rules, "alice", iid, 0)
    refused(403, world.set_project, merge_requests_author_approval=True)
    refused(400, world.set_project, strange=True)


def test_push_rules_are_premium_and_keep_other_names_out(make):
    free, world = make(), make(tier="premium")
    refused(404, free.set_push_rules, commit_committer_check=True)
    world.set_push_rules(commit_committer_check=True)
    refused(403, world.push, "ben", "x", {"a": "1"}, committer=Name("Alice", "alice@example.com"))
    world.push("ben", "x", {"a": "1"}, author=Name("Alice", "alice@example.com"))
    world.set_push_rules(reject_unsigned_commits=True)
    refused(403, world.push, "ben", "x", {"a": "2"})


# Notes.


def test_a_maintainer_changes_another_s_note_and_nothing_tells_who(world, iid):
    note = world.note("ben", iid, "breakglass-reason: the database is down")
    refused(403, world.edit_note, "alice", iid, note, "x")
    world.edit_note("mia", iid, note, "breakglass-reason: I like it")
    view = MergeRequestEntities(world).note(world.mr(iid), world.find_note(iid, note))
    assert (view["author"]["username"], view["created_at"] < view["updated_at"]) == ("ben", True)
    assert "mia" not in repr(view)
    world.approve("ben", iid)
    refused(403, world.edit_note, "mia", iid, world.mr(iid).notes[-1].id, "x")


def test_a_command_in_a_note_is_obeyed_and_not_shown(world, iid):
    note = world.note("ben", iid, "looks right\n/approve\nbye")
    assert (world.find_note(iid, note).body, approvers(world, iid)) == ("looks right\nbye", ["ben"])
    assert world.note("ben", iid, "/unapprove") is None and approvers(world, iid) == []
    text = "```\n/approve\n```\nand a word: /approve"
    assert world.find_note(iid, world.note("ben", iid, text)).body == text and approvers(world, iid) == []
    world.account("guest")
    world.add_member(None, "guest", 20)
    world.edit_note("mia", iid, note, "/approve\nas I said")
    assert (world.find_note(iid, note).body, approvers(world, iid)) == ("as I said", ["mia"])
    assert world.note("guest", iid, "/merge") is None and shown(world, iid)["state"] == "opened"
    world.note("mia", iid, "/merge")
    assert shown(world, iid)["state"] == "merged"


def test_closing_and_reopening_are_events_and_no_notes(world, iid):
    world.close("alice", iid)
    mr = shown(world, iid)
    assert (mr["state"], mr["closed_by"]["username"], mr["closed_at"]) == ("closed", "alice", mr["updated_at"])
    world.push("alice", BRANCH, {REQUEST: "two\n"})
    assert len(world.mr(iid).versions) == 1
    world.reopen("alice", iid)
    assert (shown(world, iid)["closed_by"], len(world.mr(iid).versions)) == (None, 2)
    assert [(each.state, each.user.username) for each in world.mr(iid).events] == [
        ("closed", "alice"),
        ("reopened", "alice"),
    ]
    world.merge("mia", iid)
    for verb in (world.close, world.reopen):
        refused(405, verb, "alice", iid)


def test_patch_ids_are_not_there_while_workers_are_behind(world, iid):
    world.keep_busy(iid)
    world.push("alice", BRANCH, {REQUEST: "two\n"})
    assert (
        world.mr(iid).latest.patch_id_sha is None and shown(world, iid)["detailed_merge_status"] == "approvals_syncing"
    )
    world.catch_up(iid)
    assert world.mr(iid).latest.patch_id_sha and shown(world, iid)["detailed_merge_status"] == "mergeable"
