"""E2 to E4 and E18: runs of CI that are killed, that meet, that come late, or that have too much before them."""

import shutil
import subprocess

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.outcome import Failed
from tests.e2e.attacks import GRANTED
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names
from tests.e2e.ledgers import holds, story
from tests.e2e.test_ledger import dies


@pytest.mark.threat("E2")
def test_e02_a_run_that_is_killed_at_any_call_is_gone_on_with_and_what_is_over_ends(stage):
    asks_and_gets(stage)
    calls = 0
    while dies(stage, calls, after=False):
        calls += 1
    assert calls > 4
    stage.reconcile()
    assert (stage.live(), names(stage)) == (GRANTED, {"inc-1"})
    assert holds(stage)
    stage.passes(hours=1)
    calls = 0
    while dies(stage, calls, after=True):
        calls += 1
    stage.reconcile()
    assert stage.live() == []
    assert holds(stage)


@pytest.mark.threat("E3")
def test_e03_two_runs_at_the_same_moment_grant_once(stage):
    asks_and_gets(stage)

    class Overtaken(ManifestsCluster):
        """Another run comes first, just before this one makes its first object."""

        was_overtaken = False

        def create(self, manifest):
            if not self.was_overtaken:
                self.was_overtaken = True
                stage.reconcile()
            return super().create(manifest)

    overtaken = Overtaken("prod", stage.folder / "out" / "prod", stage.clock)
    report = reconcile([Hands(overtaken, stage.signer, ThreadPool(1))], stage.sources).clusters[0]
    assert overtaken.was_overtaken
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert (stage.live(), names(stage)) == (GRANTED, {"inc-1"})
    assert sorted(story(stage)) == ["decided inc-1", "granted inc-1"]
    assert holds(stage)


@pytest.mark.threat("E4")
def test_e04_a_run_that_comes_late_with_an_older_state_gives_nothing_back(stage, tmp_path):
    stage.granted(WHAT)
    older = tmp_path / "older.git"
    shutil.copytree(stage.bare.path, older)
    stage.erin.commits({f"requests/{WHAT}.yaml": None}, on="end")
    stage.erin.opens("end")
    stage.ben.merges("end")
    stage.reconcile()
    assert stage.live() == []
    newer = str(stage.bare.path)
    for url in (str(older), newer):
        subprocess.run(["git", "-C", str(stage.clone), "remote", "set-url", "origin", url], check=True)
        report = stage.reconcile()
        assert (code(report), stage.live()) == (5 if url != newer else 0, [])


@pytest.mark.threat("E18")
def test_e18_more_new_grants_than_one_run_may_give_are_none(forge, tmp_path):
    with forge(tmp_path, more="brakes:\n  maxNewGrants: 2") as stage:
        stage.granted(WHAT)
        for number in range(3):
            asks_and_gets(stage, f"prod/flood-{number}", reason=f"INC-{number}")
        report = stage.reconcile()
        assert (code(report), names(stage)) == (5, {"inc-1"})
        assert "more than brakes.maxNewGrants (2)" in report.plan.held[0]
        stage.passes(hours=1)
        stage.reconcile()
        assert stage.live() == []
