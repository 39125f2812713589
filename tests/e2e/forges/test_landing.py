"""However a change lands, what was approved is granted once, stays as long as it should, and ends with its file."""

import pytest

from tests.e2e.attacks import names
from tests.e2e.forges.attacks import WHAT
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_request_of_two_commits_is_granted_and_stands_until_its_file_is_deleted(stage, how):
    stage.alice.requests(WHAT, duration="1h")
    stage.alice.commits({PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT, how)
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    stage.passes(minutes=30)
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    stage.erin.commits({PATH: None}, on="end")
    stage.erin.opens("end")
    stage.ben.merges("end", how)
    stage.reconcile()
    assert names(stage) == set()
    # Put back as it was, it is still the name and the content of a grant that is over.
    stage.erin.commits({PATH: session("inc-1", duration="2h")}, on="again")
    stage.erin.opens("again")
    stage.ben.approves("again")
    stage.ben.merges("again", how)
    stage.reconcile()
    assert names(stage) == set()
