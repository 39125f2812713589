"""A sweep of a cluster that does not list everything ends what it shows, and claims no more than it saw."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import BINDINGS, is_grant_object
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.errors import RefusedError, UnreachableError
from gitops_breakglass.model.outcome import Applied, Failed
from tests.e2e.stage import Stage

WHY = "prod: list debugsessions: conversion webhook failed"


@pytest.fixture
def stage(tmp_path):
    """Two grants, of which one is over, on a cluster that does not list some kind."""
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1", duration="5m")
    stage.granted("prod/inc-2", duration="2h")
    stage.clock.sleep(timedelta(minutes=6).total_seconds())
    stage.listed = stage.cluster.read

    def refuse():
        raise RefusedError(WHY)

    stage.cluster.access, stage.cluster.read = stage.cluster.read, refuse
    return stage


def bindings(stage):
    return [each.key.name for each in stage.listed().objects if each.key.kind in BINDINGS]


@pytest.mark.threat("E1")
def test_what_shows_to_be_over_ends_and_the_rest_waits_for_a_whole_look(stage):
    before = bindings(stage)
    report = sweep(stage.cluster, ThreadPool(4))
    assert report.unreachable == WHY
    (told,) = report.outcomes
    assert isinstance(told, Applied)
    assert 60 <= told.late < 90
    assert before != bindings(stage) == [each for each in before if "inc-2" in each]
    stage.cluster.read = stage.listed
    assert sweep(stage.cluster, ThreadPool(4)).unreachable is None
    assert all("inc-2" in each.key.name for each in stage.listed().objects if is_grant_object(each))


@pytest.mark.threat("E1")
def test_what_stays_is_told_to_give_access_still(stage):
    def refuse(_live):
        raise RefusedError("a webhook does not want it")

    delete, stage.cluster.delete = stage.cluster.delete, refuse
    (told,) = sweep(stage.cluster, ThreadPool(4)).outcomes
    assert isinstance(told, Failed)
    assert told.still_grants
    # Accepted, and a finalizer holds it.
    stage.cluster.delete = lambda _live: None
    (told,) = sweep(stage.cluster, ThreadPool(4)).outcomes
    assert isinstance(told, Failed)
    assert told.still_grants
    stage.cluster.delete = delete


def test_one_request_is_revoked_though_a_kind_can_t_be_listed(stage):
    report = revoke(stage.cluster, ThreadPool(4), "inc-2")
    assert report.unreachable == WHY
    assert bindings(stage) == []
    # What is marked stays away, whoever comes next.
    stage.cluster.read = stage.listed
    stage.reconcile()
    assert stage.live() == []


def test_everything_is_revoked_though_a_kind_can_t_be_listed_and_records_can_t_be_written(stage):
    def refuse(*_):
        raise RefusedError("a webhook does not want it")

    stage.cluster.replace = refuse
    report = revoke(stage.cluster, ThreadPool(4), None)
    assert any(isinstance(each, Failed) and each.still_grants for each in report.outcomes)
    assert bindings(stage) == []


def test_a_request_that_can_t_be_looked_for_is_not_told_to_be_none(stage):
    state = replace(stage.listed(), objects=(), unreadable=("prod: list grants: forbidden",))
    stage.cluster.access = lambda: state
    with pytest.raises(RefusedError, match="conversion webhook failed"):
        revoke(stage.cluster, ThreadPool(4), "inc-2")


def test_a_cluster_that_does_not_answer_is_told_once(stage):
    def down():
        raise UnreachableError("prod: no answer")

    stage.cluster.access = down
    report = sweep(stage.cluster, ThreadPool(4))
    assert (report.unreachable, report.outcomes) == (WHY, ())
