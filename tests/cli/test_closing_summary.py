"""The comment that closes a change says what was used of it, from what the runs wrote into the record."""

from pathlib import Path

import pytest
import yaml

from gitops_breakglass.core.record_use import use_status
from gitops_breakglass.model.use import Target, Use
from gitops_breakglass.model.window import parse_time
from tests.cli.test_at_forges import reconcile, run
from tests.contract.forge.words import STAGES
from tests.forges.clock import RealClock

WHAT = "prod/inc-1"
SINCE, UNTIL = parse_time("2026-03-10T09:00:00Z"), parse_time("2026-03-10T10:00:00Z")
SEEN = Use(since=SINCE, until=UNTIL, calls=3, used=(Target("list", resource="pods", namespace="shop"),))


@pytest.fixture(params=STAGES.values(), ids=STAGES)
def stage(request, tmp_path):
    with request.param(tmp_path, clock=RealClock(), more="notifications: {comments: {}}\n") as stage:
        assert run(stage, "install", "--cluster", "prod", "--apply").exit_code == 0
        yield stage


def note(stage, use):
    """Write into the record what runs would have seen in an audit log."""
    (file,) = (
        each
        for each in (Path(stage.clone) / "out" / "prod").rglob("*.yaml")
        if yaml.safe_load(each.read_text()).get("kind") == "Grant"
    )
    record = yaml.safe_load(file.read_text())
    record["status"]["use"] = use_status(use)
    file.write_text(yaml.safe_dump(record))


@pytest.mark.parametrize("is_known", [True, False])
def test_a_change_whose_access_ended_is_closed_with_what_was_used_where_that_is_known(stage, is_known):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    token = stage.commenter()
    assert reconcile(stage, token=token).exit_code == 0
    if is_known:
        note(stage, SEEN)
    assert run(stage, "revoke", WHAT).exit_code == 0
    assert reconcile(stage, token=token).exit_code == 0
    closing = stage.comments_on(WHAT)[-1]
    assert "access ended" in closing
    told = "granted 3 rights, used 1 (3 calls)\nnext time ask for this:\n  in namespace shop, from ClusterRole pod-exec-access:\n    list  pods"
    assert (told in closing) is is_known
