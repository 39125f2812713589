"""Recurring access that ends otherwise than by its schedule: its offer is gone, or what ends it may not be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.install.identities import RECONCILER_ROLE
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import ClusterReport, Failed, RunReport
from gitops_breakglass.report.exits import exit_of
from tests.cluster.faulty_stage import RBAC
from tests.cluster.harness.becoming import eventually
from tests.cluster.recurring_year import request
from tests.cluster.replay_stage import ReplayStage

HOUR = timedelta(hours=1)
ROLE = f"{RBAC}/clusterroles/{RECONCILER_ROLE}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplayStage]:
    """One cluster whose time is an argument: the guard that knows the API server's own time is off, as of 2024 all is over."""
    stage = ReplayStage(tmp_path_factory.mktemp("trouble"), ["alice", "carol"])
    yield stage
    stage.close()


def code(report: ClusterReport) -> ExitCode:
    return exit_of(RunReport((report,)))


def short(stage: ReplayStage, name: str, kind: str) -> tuple[str, str, str] | None:
    """Status, reason and time of a condition; None where it is not there."""
    found = (
        (each["status"], each["reason"], each["lastTransitionTime"])
        for each in stage.status(name)["conditions"]
        if each["type"] == kind
    )
    return next(found, None)


def may_delete(stage: ReplayStage) -> bool:
    """Whether the reconciler may delete bindings, as the API server sees it."""
    asked = {"verb": "delete", "group": "rbac.authorization.k8s.io", "resource": "clusterrolebindings"}
    review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return bool(stage.reconciler.must("POST", review, {"spec": {"resourceAttributes": asked}})["status"]["allowed"])


def test_an_end_that_the_reconciler_may_not_make_is_tried_by_each_run_and_keeps_no_window_from_opening(
    stage: ReplayStage,
):
    at = datetime(2024, 1, 8, 12, tzinfo=UTC)
    stage.asks("alice", request("forbidden", maxActivations=2))
    assert code(stage.reconciles(at)) is ExitCode.CLEAN
    assert code(stage.reconciles(at + 2 * HOUR)) is ExitCode.CLEAN
    assert stage.sees("alice", wanted=True)

    whole = stage.admin.must("GET", ROLE)
    reading = [{**each, "verbs": ["get", "list", "watch", "create"]} for each in whole["rules"]]
    stage.admin.must("PATCH", ROLE, {"rules": reading})
    eventually(lambda: not may_delete(stage))
    ended = at + 10 * HOUR
    first = stage.reconciles(ended)
    assert code(first) is ExitCode.ACTIONS_FAILED
    assert stage.sees("alice", wanted=True)
    assert any(isinstance(each, Failed) and each.still_grants for each in first.outcomes)
    assert short(stage, "forbidden", "Failed") == ("True", "RevokeFailed", "2024-01-08T22:00:00Z")
    assert short(stage, "forbidden", "Expired") == ("False", "AccessGranted", "2024-01-08T12:00:00Z")

    assert code(stage.reconciles(ended + HOUR)) is ExitCode.ACTIONS_FAILED
    assert short(stage, "forbidden", "Failed") == ("True", "RevokeFailed", "2024-01-08T22:00:00Z")
    assert code(stage.reconciles(at + 26 * HOUR)) is ExitCode.ACTIONS_FAILED
    assert len({metadata["name"] for kind, metadata in stage.giving_access() if kind == "ClusterRole"}) == 2
    assert stage.status("forbidden")["activationCount"] == 2

    stage.admin.must("PATCH", ROLE, {"rules": whole["rules"]})
    eventually(lambda: may_delete(stage))
    assert code(stage.reconciles(at + 27 * HOUR)) is ExitCode.CLEAN
    assert len({metadata["name"] for kind, metadata in stage.giving_access() if kind == "ClusterRole"}) == 1
    assert short(stage, "forbidden", "Failed") == ("False", "AccessGranted", "2024-01-09T15:00:00Z")
    assert stage.sees("alice", wanted=True)
    assert code(stage.reconciles(at + 34 * HOUR)) is ExitCode.CLEAN
    assert short(stage, "forbidden", "Expired") == ("True", "MaxActivationsReached", "2024-01-09T22:00:00Z")
    assert stage.ours() == []
    assert not stage.sees("alice", wanted=False)


def test_an_offer_that_is_not_for_recurring_access_any_more_ends_it_within_its_window_and_for_good(stage: ReplayStage):
    at = datetime(2024, 3, 4, 12, tzinfo=UTC)
    stage.asks("carol", request("withdrawn", maxActivations=None))
    stage.reconciles(at)
    stage.reconciles(at + 3 * HOUR)
    assert stage.sees("carol", wanted=True)

    stage.changes_policy({"breakglass.yaml": stage.configuration(recurring=False)})
    report = stage.reconciles(at + 4 * HOUR)
    assert not stage.sees("carol", wanted=False)
    assert stage.ours() == []
    assert report.plan is not None
    (finding,) = report.plan.findings
    assert finding.rule == "ended-early"
    assert "offer/office-hours does not offer it any more" in finding.message
    assert short(stage, "withdrawn", "Expired") == ("True", "AccessRevoked", "2024-03-04T16:00:00Z")
    assert "nextActivationAt" not in stage.status("withdrawn")
    ended = stage.status("withdrawn")

    stage.changes_policy({"breakglass.yaml": stage.configuration()})
    for later in (5, 24 + 3):
        assert code(stage.reconciles(at + later * HOUR)) is ExitCode.CLEAN
    assert stage.ours() == []
    assert stage.status("withdrawn") == ended
