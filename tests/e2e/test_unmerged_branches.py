"""What plain git tells of requests that are not merged: since when they are there is what reconcile first saw."""

from datetime import timedelta

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.flows.status import cluster_status, first_sights, proposed_status
from tests.e2e.stage import Stage


def states(stage):
    found = [cluster_status(stage.cluster, Ed25519Signer().verify)]
    proposed = proposed_status(stage.sources(), ("prod",), stage.clock.now(), first_sights(found))
    return {each.name: (each.state, each.subject, each.approvers) for each in proposed}


def test_a_branch_that_nobody_approved_since_it_was_first_seen_has_timed_out(tmp_path):
    stage = Stage(tmp_path)
    for name in ("late", "approved"):
        stage.alice.requests(f"prod/{name}")
    stage.ben.approves("prod/approved")
    stage.reconcile()
    stage.clock.sleep(timedelta(hours=2).total_seconds())
    stage.alice.requests("prod/fresh")
    who = "alice@example.com"
    assert states(stage) == {
        "late": ("ApprovalTimeout", who, ()),
        "approved": ("Pending", who, ("ben",)),
        "fresh": ("Pending", who, ()),
    }


def test_a_branch_that_was_deleted_is_gone(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    assert states(stage) == {"inc-1": ("Pending", "alice@example.com", ())}
    stage.world.checkout("main")
    stage.world.git("branch", "-D", "breakglass/prod/inc-1")
    assert states(stage) == {}
