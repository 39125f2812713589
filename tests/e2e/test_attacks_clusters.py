"""Attacks on the way to a cluster, and on what one run must survive: redirections, records by hand, impossible times."""

from dataclasses import replace

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from tests.e2e.attacks import GRANTED, HONEST, WHAT, asks_and_gets, names, record_of, writes
from tests.e2e.stage import POD_SHELL, Stage
from tests.git.world import path_of, session


def test_a_request_for_one_cluster_gives_nothing_on_another_to_which_somebody_redirected_it(tmp_path):
    stage = Stage(tmp_path, policies=POD_SHELL.replace("[prod]", "[edge]"))
    asks_and_gets(stage, "edge/inc-1")
    redirected = ManifestsCluster("edge", tmp_path / "out" / "prod", stage.clock)
    report = reconcile([Hands(redirected, stage.signer, ThreadPool(4))], stage.sources).clusters[0]
    assert "edge: this is the cluster that was installed as 'prod'" in report.unreachable
    assert [each for each in stage.cluster.read().objects if is_record(each)] == []
    assert stage.live() == []


def test_a_redirected_cluster_neither_loses_what_is_live_nor_keeps_what_is_over(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    hands = Hands(ManifestsCluster("edge", tmp_path / "out" / "prod", stage.clock), stage.signer, ThreadPool(4))
    reconcile([hands], stage.sources)
    assert stage.live() == GRANTED
    stage.passes(hours=1)
    reconcile([hands], stage.sources)
    assert stage.live() == []


@pytest.mark.parametrize("spec", [None, ["x"], "x", {"request": "x"}, {"request": ["x"]}])
@pytest.mark.parametrize("status", [None, "x", ["x"]])
def test_a_record_that_somebody_wrote_by_hand_stops_neither_a_run_nor_a_revocation(tmp_path, spec, status):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    stage.granted(HONEST, reason="INC-9: honest")
    writes(stage, record_of(stage), lambda record: record.update(spec=spec, status=status))
    assert stage.reconcile().unreachable is None
    assert names(stage) == {"honest"}
    revoke(stage.cluster, ThreadPool(4), "honest")
    assert stage.live() == []


def test_revoking_everything_includes_what_has_a_record_by_hand(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    stage.granted(HONEST, reason="INC-9: honest")
    writes(stage, record_of(stage), lambda record: record.update(spec=None))
    revoke(stage.cluster, ThreadPool(4), None)
    assert stage.live() == []


def test_a_signature_that_is_not_even_ascii_is_none_and_stops_nobody(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    stage.granted(HONEST, reason="INC-9: honest")
    writes(stage, record_of(stage), lambda record: record["spec"]["decision"].update(signature="é"))
    assert stage.reconcile().unreachable is None
    assert names(stage) == {"honest"}


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59Z", "9999-12-31T23:00:00-00:30", "9990-01-01T00:00:01Z"])
def test_a_start_after_which_no_time_is_left_is_refused_and_holds_back_no_revocation(tmp_path, start):
    stage = Stage(tmp_path)
    stage.granted(HONEST, reason="INC-9: honest")
    asks_and_gets(stage, content=session("inc-1").replace("spec:\n", f'spec:\n  scheduledStartTime: "{start}"\n'))
    stage.world.policy({path_of(HONEST): None})
    report = stage.reconcile()
    assert report.unreachable is None
    assert "invalid-time" in [each.rule for each in report.plan.findings]
    assert stage.live() == []


class ForgeWithABug:
    """The forge of a stage, that says of one request when it was merged in a way that nothing can be compared with."""

    def __init__(self, forge, path):
        self.forge, self.path = forge, path

    def __getattr__(self, name):
        return getattr(self.forge, name)

    def landed(self, touches, **words):
        changes = self.forge.landed(touches, **words)
        broken = {path: replace(each, merged_at=each.merged_at.replace(tzinfo=None)) for path, each in changes.items()}
        return {**changes, self.path: broken[self.path]}


def test_a_request_that_meets_a_bug_is_unknown_and_holds_back_neither_others_nor_revocations(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/old", reason="INC-0")
    asks_and_gets(stage)
    asks_and_gets(stage, HONEST, reason="INC-9: honest")
    stage.world.policy({path_of("prod/old"): None})
    sources = stage.sources()
    sources = replace(sources, forge=ForgeWithABug(sources.forge, path_of(WHAT)))
    report = reconcile([stage.hands], lambda: sources).clusters[0]
    assert stage.rules(stage.decision(report, WHAT)) == ["bug"]
    assert names(stage) == {"honest"}
    stage.reconcile()
    assert names(stage) == {"honest", "inc-1"}
