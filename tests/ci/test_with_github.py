"""Our workflows as they stand, with the real program, at the fake GitHub: a request is merged, granted, and ends."""

import sys
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.clock import SystemClock
from tests.ci.runner import ROOT, Runner, workflow
from tests.forges.faults import status
from tests.forges.github import GithubWorld
from tests.forges.github_stage import GithubStage

PROGRAM = f"""\
#!/usr/bin/env bash
export PYTHONPATH={ROOT}
exec {sys.executable} -m gitops_breakglass "$@"
"""
WHAT = "prod/inc-1"


class NowStage(GithubStage):
    """At the machine's own time, since the program that a job runs goes by that; its folder stands wherever it is run."""

    def begin(self, folder):
        self.world = GithubWorld(folder, now=SystemClock().now().replace(microsecond=0) - timedelta(minutes=30))
        self.world.account("root", permission="admin")
        self.repository_id, self.api_url = self.world.repository_id, self.world.api_url

    def setup(self, files):
        out = str(self.folder / "out")
        configuration = files["breakglass.yaml"].replace("  edge:\n    manifests: {folder: out/edge}\n", "")
        super().setup(files | {"breakglass.yaml": configuration.replace("folder: out", f"folder: {out}")})

    def run(self, name, **values):
        """Run the one job of a workflow, on a machine of its own, with a token that has the job's rights and no more."""
        (job,) = workflow(name)["jobs"].values()
        rights = {key.replace("-", "_"): value for key, value in job["permissions"].items() if key != "id-token"}
        known = {
            "github.event.repository.default_branch": "main",
            "github.ref": "refs/heads/main",
            "github.ref_name": "main",
            "github.token": self.world.token("actions", **rights),
            "secrets.BREAKGLASS_APP_KEY": "",
            "secrets.BREAKGLASS_TOKEN": "",
            "secrets.BREAKGLASS_KUBECONFIG": "",
            "secrets.RECONCILER_KEY": (self.folder / "reconciler").read_text(),
        }
        self.ran = getattr(self, "ran", 0) + 1
        runner = Runner(self.folder / f"runner-{self.ran}", self.world.git_url, known | values)
        runner.env["GITHUB_API_URL"] = self.api_url
        runner.put_tool(PROGRAM)
        declared = workflow(name)["on"]["workflow_call"]["inputs"]
        ended = runner.run_job(job, {each: said["default"] for each, said in declared.items()})
        assert runner.values["github.token"] not in ended.output
        assert "PRIVATE KEY" not in ended.output
        return ended

    def bindings(self):
        """What gives access in the folder, by the clock of the machine."""
        files = (self.folder / "out" / "prod").rglob("*.yaml")
        return sorted(each.name for each in files if "\nkind: ClusterRoleBinding" in f"\n{each.read_text()}")


@pytest.fixture
def stage(tmp_path):
    with NowStage(tmp_path) as stage:
        yield stage


def test_what_was_approved_and_merged_is_granted_by_the_workflow_and_its_job_s_own_token(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    ended = stage.run("reconcile")
    assert ended.code == 0, ended.output
    assert f"granted   {WHAT} to alice@example.com, approved by ben" in ended.output
    assert len(stage.bindings()) == 1
    again = stage.run("reconcile")
    assert (again.code, len(stage.bindings())) == (0, 1), again.output


def test_what_nobody_approved_or_what_is_over_is_not_granted(stage):
    stage.alice.requests(WHAT)
    stage.dana.merges(WHAT)
    stage.alice.requests("prod/inc-2", duration="5m")
    stage.ben.approves("prod/inc-2")
    stage.ben.merges("prod/inc-2")
    stage.run("reconcile")
    assert stage.bindings() == []


def test_while_the_forge_is_down_nothing_new_is_granted_and_the_next_run_makes_up_for_it(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    stage.world.faults.add("GET /repos/*", status(503), times=None)
    ended = stage.run("reconcile")
    assert (ended.code, stage.bindings()) == (7, []), ended.output
    stage.world.faults.clear()
    assert stage.run("reconcile").code == 0
    assert len(stage.bindings()) == 1
