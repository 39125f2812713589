"""What there is to be seen on a local forge: open branches, tags and landings."""

from tests.contract.forge.facts import BRANCH, NOW, TAG, WHAT


def test_open_branches_tags_and_landings_are_to_be_seen(world, alice, ben):
    root = world.tip
    open_head = alice.requests("prod/open")
    alice.requests(WHAT)
    tag = ben.approves(WHAT)
    landing = world.merge(WHAT)
    world.git("commit", "--quiet", "--allow-empty", "-m", "nothing")
    seen = (f"branch breakglass/prod/open {open_head}", f"tag refs/tags/{TAG} {tag}")
    forge = world.forge()
    assert forge.sights(tip=world.tip, since=None) == (*seen, f"merge {root}", f"merge {landing}")
    assert forge.sights(tip=world.tip, since=root) == (*seen, f"merge {landing}")
    assert forge.sights(tip=world.tip, since=landing) == seen
    assert forge.unmerged(since=NOW) == ("breakglass/prod/open",)


def test_a_branch_that_asks_for_nothing_is_no_open_change(world, alice):
    alice.commits({"policies/view.yaml": "a: 2\n"}, on="breakglass/prod/nothing")
    assert world.forge().unmerged(since=NOW) == ()


def test_in_a_clone_the_remotes_branches_count(world, alice, ben):
    head = alice.requests(WHAT)
    ben.approves(WHAT)
    there = world.root / "clone"
    world.git("clone", "--quiet", str(world.path), str(there), "--branch", "main")
    forge = world.forge(there, remote="origin")
    assert forge.unmerged(since=NOW) == (BRANCH,)
    assert f"branch {BRANCH} {head}" in forge.sights(tip=world.tip, since=None)
    change = forge.proposed(BRANCH, tip=world.tip, sights={}, now=NOW)
    assert (change.head, [review.account for review in change.reviews]) == (head, [ben.account])
