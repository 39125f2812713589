"""What status says, and exits with, where access should have ended and has not."""

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.report.exits import exit_of_status
from tests.e2e.stage import Stage


class Refusing(ManifestsCluster):
    """A folder that lets nothing be deleted."""

    def delete(self, live):
        msg = f"{live.key} stays"
        raise RefusedError(msg)


def seen(stage):
    status = cluster_status(stage.cluster, stage.signer.verify)
    (told,) = status.requests
    return exit_of_status([status]), "OVERDUE: it should have ended" in told.notes


def test_who_asks_for_the_status_of_access_that_should_have_ended_gets_no_clean_exit(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    assert seen(stage) == (ExitCode.CLEAN, False)
    stage.passes(hours=1)
    assert seen(stage) == (ExitCode.FINDINGS, True)
    stage.sweep()
    assert seen(stage) == (ExitCode.CLEAN, False)


def test_what_was_revoked_and_is_still_there_should_have_ended(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    revoke(Refusing("prod", tmp_path / "out" / "prod", stage.clock), ThreadPool(4), "inc-1")
    assert seen(stage) == (ExitCode.FINDINGS, True)
    stage.sweep()
    assert seen(stage) == (ExitCode.CLEAN, False)
