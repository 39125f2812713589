"""What every forge with accounts tells of a change, in the same sentences, whatever its API is like."""

from dataclasses import replace

import pytest

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.model.change import Change, FileChange, ReviewState
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.identity import Account
from gitops_breakglass.model.unread import Unread
from tests.contract.forge.words import STAGES
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC = path_of(WHAT)
ADDED = (FileChange(INC, "A"),)


@pytest.fixture(params=STAGES)
def stage(request, tmp_path):
    with STAGES[request.param](tmp_path) as stage:
        yield stage


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_request_that_landed_is_told_with_who_asked_who_approved_and_what_is_there(stage, how):
    base, opened = stage.tip, stage.clock.now()
    head = stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "INC-1: go ahead")
    landing = stage.dana.merges(WHAT, how)
    blob = stage.bare.blob(head, INC)
    change = stage.landed()
    assert isinstance(change, Change), change
    assert (change.path, change.author, change.base, change.head) == (INC, stage.alice.account, base, head)
    assert (change.landing, change.landed_as) == (landing, ())
    assert (change.blob_head, change.blob_landing, change.blob_now) == (blob, blob, blob)
    assert (change.files, change.landed_files) == (ADDED, ADDED)
    assert [(each.id, each.emails, each.problem) for each in change.commits] == [(head, ("alice@example.com",), None)]
    (review,) = change.reviews
    assert (review.account, review.state, review.commit, review.blob) == (
        stage.ben.account,
        ReviewState.APPROVED,
        head,
        blob,
    )
    assert (review.body, review.problem, review.edited_by, review.by_email) == ("INC-1: go ahead", None, None, False)
    assert opened < change.opened_at < review.submitted_at < change.merged_at <= stage.clock.now()
    assert {change.author, *change.pushers} == {stage.alice.account}
    assert (change.retargeted_at, change.closed_at, change.shown) == (None, None, ())
    assert change.url.startswith("http")


def test_several_commits_that_are_rebased_are_told_as_the_one_time_that_they_landed(stage):
    stage.alice.requests(WHAT)
    head = stage.alice.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    base = stage.tip
    landing = stage.ben.merges(WHAT, "rebase")
    change = stage.landed()
    assert isinstance(change, Change), change
    assert (change.base, change.head, change.landing) == (base, head, landing)
    assert change.landed_as == (stage.bare.stored(landing).parents[0], landing)
    assert (change.files, change.landed_files) == (ADDED, ADDED)
    assert len(change.commits) == 2


def test_several_commits_that_are_squashed_landed_as_one(stage):
    stage.alice.requests(WHAT)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    landing = stage.ben.merges(WHAT, "squash")
    change = stage.landed()
    assert (change.landing, change.landed_as, len(change.commits)) == (landing, (), 2)


def test_a_push_after_the_approval_shows(stage):
    first = stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    last = stage.alice.commits({INC: session("inc-1", duration="8h")}, on=branch_of(WHAT))
    stage.ben.merges(WHAT)
    change = stage.landed()
    assert [(each.commit, each.blob) for each in change.reviews] == [(first, stage.bare.blob(first, INC))]
    assert change.blob_head == stage.bare.blob(last, INC)


def test_who_pushed_and_who_is_named_in_commits_is_told(stage):
    stage.alice.requests(WHAT)
    stage.ben.commits(
        {INC: session("inc-1", duration="30m")}, on=branch_of(WHAT), message="x\n\nCo-authored-by: E <erin@example.com>"
    )
    change = stage.proposed()
    assert {change.author, *change.pushers} == {stage.alice.account, stage.ben.account}
    assert {mail for each in change.commits for mail in each.emails} == {
        "alice@example.com",
        "ben@example.com",
        "erin@example.com",
    }


def test_an_open_request_has_the_tip_as_its_base_and_no_landing(stage):
    head = stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    change = stage.proposed()
    assert (change.path, change.author, change.base, change.head) == (INC, stage.alice.account, stage.tip, head)
    assert (change.landing, change.merged_at, change.blob_landing, change.blob_now) == (None, None, None, None)
    assert (change.blob_head, change.files, change.landed_files) == (stage.bare.blob(head, INC), ADDED, ())
    assert [each.account for each in change.reviews] == [stage.ben.account]


def test_a_change_of_the_policy_side_is_told_by_its_trees(stage):
    head = stage.erin.proposes({"policies/more.yaml": "a: 2\n"})
    stage.dana.approves("policy/change", "agreed")
    before = stage.proposed("policy/change")
    landing = stage.dana.merges("policy/change")
    repository = stage.repository_now()
    start, end, after = (repository.policy_tree(each) for each in (stage.installed, head, landing))
    change = stage.landed_policy()
    assert isinstance(change, Change), change
    assert (change.author, change.base, change.head, change.landing) == (
        stage.erin.account,
        stage.installed,
        head,
        landing,
    )
    assert (change.path, change.policy_at_fork) == ("", start)
    assert (change.blob_head, change.blob_landing, change.blob_now) == (end, after, after)
    assert [(each.account, each.commit, each.blob) for each in change.reviews] == [(stage.dana.account, head, end)]
    assert (before.path, before.blob_head, before.blob_now, before.landing) == ("", end, start, None)


def test_what_nobody_proposed_is_not_known(stage):
    stage.setup({INC: session("inc-1")})
    assert isinstance(stage.landed(), Unread)


def test_a_change_that_is_not_there_is_not_known(stage):
    stage.changes["gone"] = 4711
    assert isinstance(stage.proposed("gone"), Unread)


def test_open_requests_are_unmerged_and_closed_ones_for_a_while(stage):
    for what in (WHAT, "prod/inc-2", "prod/inc-3"):
        stage.alice.requests(what)
    stage.erin.proposes({"policies/more.yaml": "a: 2\n"})
    stage.world.close("alice", stage.changes[WHAT])
    stage.ben.approves("prod/inc-2")
    stage.ben.merges("prod/inc-2")
    later = stage.clock.now()
    forge = stage.forge()
    names = [stage.proposed(what).id for what in (WHAT, "prod/inc-3")]
    assert forge.unmerged(since=stage.world.clock.now.replace(year=2020)) == tuple(names)
    stage.passes(hours=1)
    assert stage.forge().unmerged(since=later.replace(hour=later.hour + 1)) == (names[1],)
    closed = stage.proposed(WHAT)
    assert (closed.closed_at is not None, closed.closed_by, closed.landing) == (True, stage.alice.account, None)


def test_a_forge_with_a_clock_has_nothing_to_be_seen(stage):
    assert stage.forge().sights(tip=stage.tip, since=None) == ()


def test_where_there_is_nothing_to_ask_nothing_is_asked(stage):
    forge, before = stage.forge(), len(stage.world.requests)
    assert forge.landed([], tip=stage.tip, sights={}, now=stage.clock.now()) == {}
    assert len(stage.world.requests) == before


def test_without_a_token_nothing_is_known_and_nothing_is_asked(stage):
    stage.alice.requests(WHAT)
    stage.ben.merges(WHAT)
    stage.token, before = None, len(stage.world.requests)
    change = stage.landed()
    assert isinstance(change, Unread)
    assert "token" in change.message
    assert len(stage.world.requests) == before


def test_a_forge_that_is_down_is_not_reached(stage):
    stage.alice.requests(WHAT)
    stage.ben.merges(WHAT)
    stage.outage()
    with pytest.raises(UnreachableError):
        stage.landed()
    stage.world.faults.clear()


def test_accounts_are_found_by_their_numbers(stage):
    nobody = Account(stage.provider, "987654321", "nobody")
    known = replace(stage.ben.account, login="as it was")
    found = stage.forge().accounts([known, nobody])
    assert (found[known].login, found[nobody]) == ("ben", None)


class Watched(Heads):
    """Remembers which refs were fetched, a tuple for each time."""

    fetched = ()

    def obtain(self, wanted):
        if refs := tuple(each for each in wanted if each.startswith("refs/")):
            Watched.fetched = (*Watched.fetched, refs)
        return super().obtain(wanted)


def test_open_changes_are_fetched_together_and_again_only_what_was_pushed_to_since(stage):
    heads = {what: stage.alice.requests(what) for what in ("prod/inc-1", "prod/inc-2")}
    repository, Watched.fetched = stage.repository_now(), ()
    forge = stage.adapter(repository, Watched(repository, stage.access()), stage.access())
    now = stage.clock.now()

    def proposed(name):
        return forge.proposed(name, tip=stage.tip, sights={}, now=now)

    first, second = forge.unmerged(since=now)
    assert (proposed(first).head, proposed(second).head) == (heads["prod/inc-1"], heads["prod/inc-2"])
    assert [len(refs) for refs in Watched.fetched] == [2]
    pushed = stage.alice.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    assert (proposed(first).head, proposed(second).head) == (pushed, heads["prod/inc-2"])
    assert [len(refs) for refs in Watched.fetched] == [2, 1]
