"""GitLab drops the head of a merge request 14 days after its end, and keeps the commits for who knows their ids."""

import pytest

from gitops_breakglass.model.change import Change
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.forges.gitlab_stage import GitlabStage
from tests.git.world import branch_of

WHAT = "prod/inc-1"


@pytest.fixture
def stage(tmp_path):
    """A request has landed as a squash, and its branch and its head are gone, before anybody had them in a clone."""
    with GitlabStage(tmp_path) as stage:
        stage.alice.requests(WHAT)
        stage.ben.approves(WHAT)
        stage.ben.merges(WHAT, "squash")
        stage.world.delete_branch("alice", branch_of(WHAT))
        stage.world.advance(days=14)
        stage.world.drop_old_heads()
        assert stage.world.head(1) is None
        yield stage


def test_what_landed_is_told_all_the_same(stage):
    change = stage.landed()
    assert isinstance(change, Change)
    assert change.head == stage.world.mr(1).latest.head and change.blob_head == change.blob_landing
    assert [each.account for each in change.reviews] == [stage.ben.account]


def test_what_is_not_to_be_had_by_its_id_either_is_not_known(stage):
    route = "GET /api/v4/projects/300/merge_requests/1"
    stage.world.faults.add(f"{route}*", faults.edited(lambda value: with_head(value, "1" * 40)), times=None)
    stage.world.faults.add(
        "GET /api/v4/projects/300/repository/commits/*/merge_requests*",
        faults.edited(lambda value: with_head(value, "1" * 40)), times=None,
    )  # fmt: skip
    assert isinstance(stage.landed(), Unread)


def with_head(value, head):
    """The JSON of merge requests or of their versions, with another head."""
    if isinstance(value, list):
        return [with_head(each, head) for each in value]
    return value | {name: head for name in ("sha", "head_commit_sha") if name in value}
