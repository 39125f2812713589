"""A38: what somebody pushes over, or loses, costs their own change its answer and nobody else theirs."""

import subprocess
from dataclasses import replace

import pytest

from gitops_breakglass.model.change import Change
from gitops_breakglass.model.unread import Unread
from tests.forges import github_stage
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
PATH = path_of(WHAT)


def pushes_over(stage, meanwhile=lambda: None):
    """Alice asks, and pushes over it three times; ben approves the last one, and merges."""
    stage.alice.requests(WHAT)
    for number in range(3):
        meanwhile()
        files = {PATH: session("inc-1", reason=f"INC-1: draft {number}")}
        stage.world.push("alice", branch_of(WHAT), files, on="main", force=True)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)


@pytest.mark.parametrize(("most", "is_read"), [(3, True), (2, False)])
def test_approvals_of_many_commits_that_are_lost_are_not_asked_about_one_by_one(tmp_path, most, is_read):
    with github_stage.GithubStage(tmp_path) as stage:
        pushes_over(stage, lambda: stage.ben.approves(WHAT))
        copy = tmp_path / "copy"
        subprocess.run(["git", "clone", "--quiet", "--mirror", "--no-local", stage.bare.path, copy], check=True)
        subprocess.run(["git", "-C", stage.clone, "remote", "set-url", "origin", copy], check=True)
        told = stage.landed(forge=stage.forge(limits=replace(github_stage.QUICK, most_lost=most)))
        asked = [each.path for each in stage.world.requests if "/contents/" in each.path]
    assert isinstance(told, Change if is_read else Unread), told
    assert len(asked) == (3 if is_read else 0)
