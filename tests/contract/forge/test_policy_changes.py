"""What the local forge tells of changes of the policy side."""

from gitops_breakglass.model.change import Change, Commit, Review, ReviewState
from gitops_breakglass.model.unread import Unread
from tests.contract.forge.facts import NOW, WHAT, files, landed, landed_policy, proposed


def test_a_policy_change_with_its_approval(world, alice, ben):
    pinned = world.tip
    head = alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    ben.approves_policy("policy/view", "agreed", word="view")
    ben.approves_policy("policy/view", word="other", on=pinned)
    before = proposed(world, "policy/view")
    landing = world.merge(None, branch="policy/view")
    trees = [world.repository().policy_tree(each) for each in (pinned, head, landing)]
    change = landed_policy(world, pinned)
    assert change == Change(
        id=landing,
        author=alice.account,
        opened_at=NOW,
        merged_at=NOW,
        base=pinned,
        head=head,
        landing=landing,
        blob_head=trees[1],
        blob_landing=trees[2],
        blob_now=trees[2],
        files=files(("M", "policies/view.yaml")),
        landed_files=files(("M", "policies/view.yaml")),
        commits=(Commit(head, alice.account, ("alice@example.com",), touches=True),),
        reviews=(
            Review(
                account=ben.account,
                state=ReviewState.APPROVED,
                commit=head,
                blob=trees[1],
                submitted_at=NOW,
                body="agreed",
                source="breakglass/approve/policy/view/ben",
            ),
        ),
        pushed_by_author_only=True,
        policy_at_fork=trees[0],
    )
    assert (before.path, before.blob_head, before.blob_now) == ("", trees[1], trees[0])
    assert (before.landing, before.reviews) == (None, change.reviews)


def test_an_approval_of_a_request_is_none_of_a_policy(world, alice, ben):
    pinned = world.tip
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    ben.approves(WHAT, on=world.head("policy/view"))
    world.merge(None, branch="policy/view")
    assert landed_policy(world, pinned).reviews == ()


def test_an_approval_of_a_policy_is_none_of_a_request(world, alice, ben):
    """Not even of one for a cluster that is called policy, which no cluster may be."""
    landing = world.policy({"requests/policy/view.yaml": "x\n"}, by=alice)
    world.git("branch", "policy/view", landing)
    ben.approves_policy("policy/view", word="view")
    assert landed(world, "requests/policy/view.yaml").reviews == ()


def test_a_policy_change_that_the_merge_alters_shows(world, alice):
    pinned = world.tip
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    world.merge(None, branch="policy/view", edit={"policies/view.yaml": "evil\n"})
    change = landed_policy(world, pinned)
    assert change.blob_head != change.blob_landing


def test_a_policy_change_of_which_something_is_lost_is_unknown(world, alice):
    pinned = world.tip
    lost = alice.commits({"policies/view.yaml": "a: 2\n"}, on="policy/view")
    alice.commits({"policies/view.yaml": "a: 3\n"}, on="policy/view")
    world.merge(None, branch="policy/view")
    (world.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    assert isinstance(landed_policy(world, pinned), Unread)
