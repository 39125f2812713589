"""Which approvals the local forge tells of, and what is wrong with each."""

from datetime import timedelta

from tests.contract.forge.facts import BRANCH, INC, NOW, TAG, WHAT, proposed, reviews
from tests.git.world import session


def test_everybodys_tags_are_told(world, alice, ben):
    alice.requests(WHAT)
    alice.approves(WHAT)
    ben.approves(WHAT)
    ben.approves("prod/inc-1", ref="breakglass/approve/prod/inc-10/ben")
    assert reviews(world) == [(alice.account, None), (ben.account, None)]


def test_a_lightweight_tag_is_nobodys(world, alice):
    head = alice.requests(WHAT)
    world.git("tag", TAG, head)
    assert reviews(world) == [(None, f"tag {TAG} is a lightweight tag, which nobody signs")]


def test_an_unsigned_tag_is_nobodys(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, signed=False)
    assert reviews(world) == [(None, f"tag {TAG} is not signed")]


def test_a_signed_release_under_the_approval_ref(world, alice, ben):
    """Ben signed v1.0 on this very commit, but never approved anything."""
    alice.requests(WHAT)
    ben.approves(WHAT, ref=TAG, inner="v1.0")
    assert reviews(world) == [(ben.account, f"tag {TAG} was signed under another name (v1.0) and put in this place")]


def test_an_approval_of_another_request_under_this_ones_ref(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, ref=TAG, inner="breakglass/approve/dev/inc-1/ben")
    assert "put in this place" in reviews(world)[0][1]


def test_a_tag_on_another_commit_shows_what_it_is_on(world, alice, ben):
    alice.requests(WHAT)
    ben.approves(WHAT, on=world.tip)
    (review,) = proposed(world).reviews
    assert (review.commit, review.blob) == (world.tip, None)
    assert review.problem == "tag breakglass/approve/prod/inc-1/ben is on a commit that is not part of this change"


def test_a_signature_moved_to_another_commit_does_not_verify(world, alice, ben):
    first = alice.requests(WHAT)
    tag = ben.approves(WHAT)
    second = alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    forged = world.git("cat-file", "tag", tag).replace(first, second) + "\n"
    world.git("update-ref", f"refs/tags/{TAG}", world.git("hash-object", "-t", "tag", "-w", "--stdin", given=forged))
    (review,) = proposed(world).reviews
    assert (review.commit, review.account) == (second, None)
    assert review.problem == f"tag {TAG} has a signature that does not verify over it"


def test_a_tag_that_was_moved_is_seen_anew(world, alice, ben):
    alice.requests(WHAT)
    first = ben.approves(WHAT)
    sights = {f"tag refs/tags/{TAG} {first}": NOW - timedelta(hours=1)}
    alice.commits({INC: session("inc-1", duration="8h")}, on=BRANCH)
    ben.approves(WHAT, force=True)
    assert [review.submitted_at for review in proposed(world, sights=sights).reviews] == [NOW]


def test_a_tag_on_a_tag_is_on_no_commit(world, alice, ben):
    alice.requests(WHAT)
    inner = ben.tags("inner", world.head(BRANCH))
    ben.approves(WHAT, on=inner)
    assert reviews(world) == [(ben.account, f"tag {TAG} is not on a commit that is here")]


def test_a_tag_that_calls_a_file_a_commit_is_on_no_commit(world, alice, ben):
    head = alice.requests(WHAT)
    text = world.git("cat-file", "tag", ben.approves(WHAT)).replace(head, world.blob(head, INC)) + "\n"
    odd = world.git("hash-object", "-t", "tag", "-w", "--literally", "--stdin", given=text)
    (world.path / ".git/refs/tags" / TAG).write_text(odd + "\n")
    (review,) = proposed(world).reviews
    assert (review.account, review.commit, review.blob) == (None, None, None)


def test_an_old_key_with_a_back_dated_tagger_is_told_as_that_key(world, alice, ben):
    """Whether it may be used now is judged by our own time; the tagger's date is nowhere in the facts."""
    alice.requests(WHAT)
    ben.approves(WHAT, date="2020-01-01T00:00:00Z")
    (review,) = proposed(world).reviews
    assert (review.account, review.submitted_at, review.problem) == (ben.account, NOW, None)


def test_a_stranger_is_told_by_their_key(world, alice):
    alice.requests(WHAT)
    mallory = world.person("mallory")
    mallory.approves(WHAT, ref=TAG)
    assert reviews(world) == [(mallory.account, None)]
