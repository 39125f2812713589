"""Whose change it is, as the local forge tells; attacks must be visible in the facts."""

from gitops_breakglass.model.change import Commit
from tests.contract.forge.facts import BRANCH, INC, NOW, WHAT, files, landed, proposed
from tests.git.world import World, branch_of, path_of, session


def test_a_second_person_in_the_branch(world, alice, ben):
    """Ben's commit touches the file: nobody is its author. Ben's commit beside it: not the author's alone."""
    alice.requests(WHAT)
    ben.commits({INC: session("inc-1", duration="2h")}, on=BRANCH)
    world.merge(WHAT)
    assert landed(world).author is None
    alice.requests("prod/inc-2")
    ben.commits({}, on=branch_of("prod/inc-2"), message="empty")
    world.merge("prod/inc-2")
    change = landed(world, path_of("prod/inc-2"))
    assert (change.author, change.pushed_by_author_only) == (alice.account, False)
    assert [(commit.signer, commit.touches) for commit in change.commits] == [
        (ben.account, False),
        (alice.account, True),
    ]


def test_main_merged_into_the_branch_touches_nothing(world, alice, ben):
    first = alice.requests(WHAT)
    world.policy({"policies/view.yaml": "a: 2\n"})
    world.checkout(BRANCH)
    world.git("merge", "--quiet", "--no-ff", "-m", "update", "main", as_=ben, signer=ben)
    update = world.head(BRANCH)
    world.merge(WHAT)
    change = landed(world)
    assert change.files == files(("A", INC))
    assert [(commit.id, commit.touches) for commit in change.commits] == [(update, False), (first, True)]


def test_an_evil_merge_within_the_branch_touches_it(world, alice, ben):
    alice.requests(WHAT)
    world.policy({"policies/view.yaml": "a: 2\n"})
    world.checkout(BRANCH)
    world.git("merge", "--quiet", "--no-ff", "--no-commit", "main", as_=ben)
    world.write({INC: "evil\n"})
    world.git("commit", "--quiet", "-m", "update", as_=ben, signer=ben)
    world.merge(WHAT)
    assert landed(world).author is None


def test_an_unsigned_commit_in_anothers_name_dated_2030_is_nobodys(world, alice, ben):
    head = ben.commits({INC: session("inc-1")}, on=BRANCH, signed=False, as_=alice, date="2030-01-01T00:00:00Z")
    world.merge(WHAT)
    change = landed(world)
    problem = f"commit {head[:12]} is not signed"
    assert change.commits == (Commit(head, None, ("alice@example.com",), touches=True, problem=problem),)
    assert (change.author, change.opened_at, change.merged_at) == (None, NOW, NOW)
    assert change.pushed_by_author_only is False


def test_a_commit_in_anothers_name_is_its_signers(world, alice, ben):
    ben.commits({INC: session("inc-1")}, on=BRANCH, as_=alice)
    world.merge(WHAT)
    change = landed(world)
    assert change.author == ben.account
    assert change.commits[0].emails == ("alice@example.com",)


def test_co_authors_are_told(world, alice):
    text = "Request\n\nCo-Authored-By: Ben <ben@example.com>\nco-authored-by : <dana@example.com>\n"
    alice.commits({INC: session("inc-1")}, on=BRANCH, message=text)
    assert proposed(world).commits[0].emails == ("alice@example.com", "ben@example.com", "dana@example.com")


def test_an_octopus_is_a_change_of_nobody(world, alice):
    base = world.tip
    for name in ("inc-1", "inc-2"):
        alice.requests(f"prod/{name}")
    world.checkout("main")
    branches = [branch_of("prod/inc-1"), branch_of("prod/inc-2")]
    world.git("merge", "--quiet", "--no-ff", "-m", "octopus", *branches, as_=alice, signer=alice)
    change = landed(world)
    assert (change.base, change.head, change.author, change.commits, change.files) == (base, world.tip, None, (), ())
    assert len(change.landed_files) == 2


def test_a_root_commit_is_a_change_of_nobody(tmp_path):
    world = World(tmp_path)
    root = world.policy({INC: session("inc-1")}, by=world.person("alice"))
    change = landed(world)
    assert (change.base, change.head, change.author, change.commits) == (root, root, None, ())


def test_histories_without_a_common_start_show_everything(world, alice):
    """An orphan branch: compared with main itself it deletes the policy side, and that shows."""
    world.git("checkout", "--quiet", "--orphan", BRANCH)
    world.git("rm", "--quiet", "-rf", ".")
    world.write({INC: session("inc-1")})
    world.git("commit", "--quiet", "-m", "orphan", as_=alice, signer=alice)
    assert proposed(world).files == files(("D", "identities.yaml"), ("D", "policies/view.yaml"), ("A", INC))
