"""What the local forge tells of real branches and merges: what was asked, what landed, and what lies there now."""

from datetime import timedelta

import pytest

from gitops_breakglass.model.change import Change, Commit, Review, ReviewState
from gitops_breakglass.model.unread import Unread
from tests.contract.forge.facts import BRANCH, INC, NOW, TAG, WHAT, files, landed, proposed
from tests.git.world import path_of, session


def test_a_merged_request_with_an_approval(world, alice, ben):
    base = world.tip
    head = alice.requests(WHAT)
    tag = ben.approves(WHAT, "looks right\n\nto me")
    landing = world.merge(WHAT)
    blob = world.blob(head, INC)
    hour = timedelta(hours=1)
    sights = {
        f"branch {BRANCH} {'1' * 40}": NOW - 5 * hour,
        f"branch {BRANCH} {head}": NOW - 4 * hour,
        f"branch {BRANCH}2 {head}": NOW - 9 * hour,
        f"tag refs/tags/{TAG} {tag}": NOW - 3 * hour,
        f"tag refs/tags/{TAG} {'1' * 40}": NOW - 9 * hour,
        f"merge {landing}": NOW - 2 * hour,
    }
    assert landed(world, sights=sights) == Change(
        id=BRANCH,
        path=INC,
        author=alice.account,
        opened_at=NOW - 5 * hour,
        merged_at=NOW - 2 * hour,
        base=base,
        head=head,
        landing=landing,
        blob_head=blob,
        blob_landing=blob,
        blob_now=blob,
        files=files(("A", INC)),
        landed_files=files(("A", INC)),
        commits=(Commit(head, alice.account, ("alice@example.com",), touches=True),),
        reviews=(
            Review(
                account=ben.account,
                state=ReviewState.APPROVED,
                commit=head,
                blob=blob,
                submitted_at=NOW - 3 * hour,
                body="looks right\n\nto me",
                source=TAG,
            ),
        ),
        pushed_by_author_only=True,
    )


def test_a_fast_forward_is_told_like_a_merge(world, alice, ben):
    base = world.tip
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT, how="ff")
    change = landed(world)
    assert (change.base, change.head, change.landing) == (base, head, head)
    assert (change.author, change.pushed_by_author_only) == (alice.account, True)
    assert [review.commit for review in change.reviews] == [head]


def test_what_was_not_seen_yet_is_seen_now(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, date="2020-01-01T00:00:00Z")
    world.merge(WHAT)
    change = landed(world)
    assert (change.opened_at, change.merged_at, change.reviews[0].submitted_at) == (NOW, NOW, NOW)


def test_an_open_request_has_the_tip_as_its_base_and_no_landing(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    tip = world.policy({"policies/view.yaml": "a: 2\n"})
    change = proposed(world, sights={f"branch {BRANCH} {head}": NOW - timedelta(minutes=5)})
    assert (change.id, change.path, change.base, change.head) == (BRANCH, INC, tip, head)
    assert (change.landing, change.merged_at, change.blob_landing, change.blob_now) == (None, None, None, None)
    assert change.opened_at == NOW - timedelta(minutes=5)
    assert change.files == files(("A", INC))
    assert [review.account for review in change.reviews] == [ben.account]


def test_a_branch_that_is_not_there_is_unknown(world):
    assert isinstance(proposed(world), Unread)


@pytest.mark.parametrize("name", ["main~0", "main@{0}", "../heads/main", "main^{commit}", "", "-d", "ma*"])
def test_what_only_looks_like_a_branch_is_none(world, name):
    assert isinstance(proposed(world, name), Unread)


def test_edited_after_approval(world, alice, ben):
    approved = alice.requests(WHAT)
    ben.approves(WHAT)
    head = alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    world.merge(WHAT)
    change = landed(world)
    assert change.blob_head == change.blob_landing == world.blob(head, INC)
    assert [review.blob for review in change.reviews] == [world.blob(approved, INC)]


def test_edited_in_the_merge(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    landing = world.merge(WHAT, edit={INC: "evil\n", "policies/view.yaml": "evil\n"})
    change = landed(world)
    assert change.blob_head == world.blob(head, INC)
    assert change.blob_landing == world.blob(landing, INC) != change.blob_head
    assert change.files == files(("A", INC))
    assert change.landed_files == files(("M", "policies/view.yaml"), ("A", INC))


def test_edited_after_the_merge(world, alice):
    alice.requests(WHAT)
    landing = world.merge(WHAT)
    now = world.policy({INC: "later\n"})
    change = landed(world)
    assert (change.blob_landing, change.blob_now) == (world.blob(landing, INC), world.blob(now, INC))


def test_added_by_the_merge_alone(world, alice):
    """The branch is honest and about something else: it has no commit that asks for this."""
    alice.requests(WHAT)
    other = path_of("prod/inc-2")
    landing = world.merge(WHAT, edit={other: "evil\n"})
    change = landed(world, other)
    assert (change.author, change.blob_head, change.blob_landing) == (None, None, world.blob(landing, other))


def test_added_again_after_a_deletion(world, alice, ben):
    """The old approval lies on the old commit, and the landing is another: both show."""
    first = alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT)
    world.policy({INC: None})
    again = world.policy({INC: session("inc-1")}, by=alice)
    change = landed(world)
    assert (change.landing, change.head) == (again, again)
    assert [review.commit for review in change.reviews] == [first]
    assert [touch.status for touch in world.repository().touches(world.tip)] == ["A", "D", "A"]


def test_a_renamed_request_has_no_reviews_of_its_old_name(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT)
    world.merge(WHAT)
    world.git("mv", INC, path_of("prod/inc-2"))
    world.git("commit", "--quiet", "-m", "rename", as_=alice, signer=alice)
    change = landed(world, path_of("prod/inc-2"))
    assert change.reviews == ()
    assert change.landed_files == files(("D", INC), ("A", path_of("prod/inc-2")))


def test_policy_and_request_in_one_branch(world, alice):
    alice.commits({INC: session("inc-1"), "policies/view.yaml": "evil\n"}, on=BRANCH)
    assert proposed(world).files == files(("M", "policies/view.yaml"), ("A", INC))
    world.merge(WHAT)
    assert landed(world).files == files(("M", "policies/view.yaml"), ("A", INC))


def test_several_requests_in_one_branch(world, alice):
    alice.commits({INC: session("inc-1"), path_of("prod/inc-2"): session("inc-2")}, on=BRANCH)
    change = proposed(world)
    assert change.path == INC
    assert change.files == files(("A", INC), ("A", path_of("prod/inc-2")))


def test_what_is_broken_about_one_request_leaves_the_others(world, alice, ben):
    lost, _ = (alice.requests(what) for what in (WHAT, "prod/inc-2"))
    for what in (WHAT, "prod/inc-2"):
        world.merge(what)
    (world.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    forge = world.forge()
    changes = forge.landed(forge.repository.touches(world.tip), tip=world.tip, sights={}, now=NOW)
    assert isinstance(changes[INC], Unread)
    assert changes[path_of("prod/inc-2")].author == alice.account


@pytest.mark.parametrize("mode", ["120000", "100755"])
def test_a_symlink_and_an_executable_are_no_request(world, alice, mode):
    alice.requests(WHAT)
    world.git("update-index", "--cacheinfo", f"{mode},{world.blob(BRANCH, INC)},{INC}")
    world.git("commit", "--quiet", "-m", "odd", as_=alice, signer=alice)
    assert proposed(world).blob_head is None
    world.merge(WHAT)
    change = landed(world)
    assert (change.blob_head, change.blob_landing, change.blob_now) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["requests/x.yaml", "requests/a/b/c.yaml", "requests/a/we\nird.txt", "requests/::.yaml"]
)
def test_a_path_that_is_none_of_a_request_has_no_reviews(world, alice, ben, name):
    landing = world.policy({name: "x\n"}, by=alice)
    ben.approves(WHAT, on=landing)
    change = landed(world, name)
    assert (change.id, change.reviews) == (landing, ())
