"""Approving from the command line, in real clones with real keys."""

import pytest

from gitops_breakglass.cli.approve import approve
from tests.cli.example_clone import FILE, WHAT, asks, example_world, run
from tests.contract.forge.facts import NOW, landed
from tests.git.world import branch_of, path_of


@pytest.fixture
def world(tmp_path):
    return example_world(tmp_path)


def test_asked_approved_and_merged_it_has_an_author_and_an_approval(world):
    alice, chloe = world.person("alice"), world.person("chloe")
    asks(world, alice)
    code, output, _ = run(approve, world, chloe, WHAT, "--reason", "# seen\nthe graph")
    head = world.head(branch_of(WHAT))
    tag = "breakglass/approve/prod-eu-1/inc-1/chloe"
    assert code == 0
    assert output == (
        f"prod-eu-1/inc-1, proposed by alice, on breakglass/prod-eu-1/inc-1 at {head[:12]}:\n"
        + "".join(f"  {line}\n" for line in FILE.splitlines())
        + f"Approved by chloe: tag {tag} on {head[:12]}.\n"
    )
    world.merge(WHAT)
    change = landed(world, path_of(WHAT))
    (review,) = change.reviews
    assert change.author == alice.account
    assert (review.account, review.commit, review.body) == (chloe.account, head, "# seen\nthe graph")
    assert (review.source, review.problem) == (tag, None)


def test_nothing_to_approve(world):
    assert "there is no branch" in run(approve, world, world.person("dana"), WHAT)[2][0]


def test_approving_twice_is_refused_and_a_stale_approval_is_replaced(world):
    alice, dana = world.person("alice"), world.person("dana")
    asks(world, alice)
    run(approve, world, dana, WHAT)
    first = world.head(branch_of(WHAT))
    assert run(approve, world, dana, WHAT)[2][0] == f"dana has approved {first[:12]} already"
    alice.commits({path_of(WHAT): FILE.replace("30m", "20m")}, on=branch_of(WHAT))
    assert run(approve, world, dana, WHAT)[0] == 0
    (review,) = world.forge().proposed(branch_of(WHAT), tip=world.tip, sights={}, now=NOW).reviews
    assert review.commit == world.head(branch_of(WHAT)) != first


def test_a_branch_with_more_than_the_request_is_not_approved(world):
    asks(world, world.person("alice"))
    world.person("alice").commits({"policies/more.yaml": "x\n"}, on=branch_of(WHAT))
    message = run(approve, world, world.person("dana"), WHAT)[2][0]
    assert message.endswith("it changes: A policies/more.yaml, A requests/prod-eu-1/inc-1.yaml")


def test_somebody_elses_name_is_refused(world):
    asks(world, world.person("alice"))
    dana = world.person("dana")
    message = run(approve, world, dana, WHAT, "--as", "chloe")[2][0]
    assert message == f"the signing key {dana.fingerprint} is dana's, not chloe's"


def test_ones_own_request_is_approved_with_a_warning(world):
    alice = world.person("alice")
    asks(world, alice)
    assert "your approval counts only where self-approval is allowed" in run(approve, world, alice, WHAT)[1]


def test_what_others_wrote_can_not_steer_the_terminal(world):
    world.person("alice").requests(WHAT, "evil: \x1b[2J\u202e\nfine: 1\n")
    _, output, _ = run(approve, world, world.person("dana"), WHAT)
    assert "  evil: \\x1b[2J\\u202e\n  fine: 1\n" in output


def test_a_change_of_the_policy_side_is_approved_by_its_branch(world):
    alice, dana = world.person("alice"), world.person("dana")
    head = alice.commits({"policies/more.yaml": "x\n"}, on="policy/more")
    code, output, _ = run(approve, world, dana, "--policy", "policy/more", "--reason", "agreed")
    assert code == 0
    assert output == (
        f"policy/policy-more, proposed by alice, on policy/more at {head[:12]}:\n"
        "  A policies/more.yaml\n"
        f"  (git diff --merge-base HEAD {head[:12]} shows the changes)\n"
        f"Approved by dana: tag breakglass/approve/policy/policy-more/dana on {head[:12]}.\n"
    )
    (review,) = world.forge().proposed("policy/more", tip=world.tip, sights={}, now=NOW).reviews
    assert (review.account, review.commit, review.problem) == (dana.account, head, None)
    head = alice.commits({"policies/more.yaml": "y\n"}, on="policy/more")
    assert run(approve, world, dana, "--policy", "policy/more")[0] == 0
    (review,) = world.forge().proposed("policy/more", tip=world.tip, sights={}, now=NOW).reviews
    assert (review.commit, review.problem) == (head, None)
    alice.commits({path_of(WHAT): FILE}, on="policy/more")
    assert run(approve, world, dana, "--policy", "policy/more")[2][0] == "policy/more changes requests too"


def test_where_there_is_a_remote_the_next_step_is_a_push(world):
    world.git("remote", "add", "origin", "../origin")
    assert "\n  git push origin breakglass/prod-eu-1/inc-1\n" in asks(world, world.person("alice"))[1]
    _, output, _ = run(approve, world, world.person("dana"), WHAT)
    assert output.endswith("Next:\n  git push origin refs/tags/breakglass/approve/prod-eu-1/inc-1/dana\n")
