"""The status of a Breakglass over its life on a real API server, with the guard on: what is granted, refused and ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.model.kube import REQUEST
from gitops_breakglass.model.window import parse_time
from tests.cluster.faulty_stage import CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.becoming import eventually

GROUP = "access.cloudnimbus.io"
CRD = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/breakglasses.{GROUP}"
REQUESTED = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {{name: {name}}}
spec:
  approval: {{required: true, approvers: [lead@example.com]}}
  clusterRoles: [view]
  schedule: {schedule}
"""
REASON = re.compile(r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
PEOPLE = ["forbidden", "stuck", "minutes", "elsewhere"]
SECONDS = 25


class LifeStage(FaultyStage):
    """One installed cluster on which each of `people` may view it by the offer, also again and again."""

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side, with an offer of recurring access."""
        super().policy({**groups, "operations": groups["developers"], "sre-leads": groups["team-leads"]})
        path = self.world.path / "breakglass.yaml"
        self.world.policy({"breakglass.yaml": f"{path.read_text()}    recurring: true\n"})

    def asks(self, name: str, **schedule: object) -> None:
        """Request, approve and merge."""
        what = f"{CLUSTER}/{name}"
        self.world.person(name).requests(what, REQUESTED.format(name=name, schedule=json.dumps(schedule)))
        self.world.person("lead").approves(what, "go ahead")
        self.world.merge(what)

    def holds_ceiling(self) -> bool:
        """Whether the reconciler holds what it may give, as the API server sees it."""
        asked = {"spec": {"resourceAttributes": {"verb": "list", "resource": "bindings", "namespace": "default"}}}
        review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(self.reconciler.must("POST", review, asked)["status"]["allowed"])

    def resource(self, name: str) -> dict[str, Any]:
        """The Breakglass of a request."""
        uid = self.uid(name)
        return next(each for each in self.custom("breakglasses", GROUP) if each["metadata"]["labels"][REQUEST] == uid)

    def look(self, name: str) -> dict[str, Any]:
        """Its status, seen to be in the form that tools wait for."""
        resource = self.resource(name)
        for each in resource["status"]["conditions"]:
            assert set(each) == {"type", "status", "reason", "message", "lastTransitionTime", "observedGeneration"}
            assert each["status"] in {"True", "False", "Unknown"}
            assert REASON.match(each["reason"])
            assert each["message"]
            assert parse_time(each["lastTransitionTime"]).microsecond == 0
            assert each["observedGeneration"] == resource["metadata"]["generation"]
        kinds = [each["type"] for each in resource["status"]["conditions"]]
        assert len(kinds) == len(set(kinds))
        return dict(resource["status"])


def short(status: dict[str, Any], kind: str) -> str | None:
    """The status and the reason of a condition; None where it is not there."""
    found = (f"{each['status']} {each['reason']}" for each in status["conditions"] if each["type"] == kind)
    return next(found, None)


def since(status: dict[str, Any], kind: str) -> str:
    """Since when a condition is so."""
    return next(str(each["lastTransitionTime"]) for each in status["conditions"] if each["type"] == kind)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LifeStage]:
    """One cluster for all of it."""
    stage = LifeStage(tmp_path_factory.mktemp("life"), PEOPLE)
    stage.install()
    yield stage
    stage.close()


def test_a_permission_that_is_missing_is_told_until_it_is_there(stage: LifeStage):
    stage.admin.must("DELETE", f"{RBAC}/clusterroles/{CEILING}")
    eventually(lambda: not stage.holds_ceiling())
    stage.asks("forbidden", duration="10m")
    stage.reconcile(code=6)
    first = stage.look("forbidden")
    assert short(first, "Failed") == "True RBACForbidden"
    assert short(first, "Approved") == "True ManualApproval"
    assert first["conditions"][-1]["type"] == "Failed"
    stage.reconcile(code=6)
    assert since(stage.look("forbidden"), "Failed") == since(first, "Failed")
    stage.install()
    eventually(stage.holds_ceiling)
    stage.reconcile()
    after = stage.look("forbidden")
    assert short(after, "Failed") == "False AccessGranted"
    assert len(after["createdResources"]) == 2
    assert stage.may("forbidden")


def test_an_end_that_is_refused_is_told_and_tried_by_each_run_until_nothing_is_left(stage: LifeStage):
    stage.asks("stuck", duration=f"{SECONDS}s")
    stage.reconcile()
    granted = stage.look("stuck")
    assert (short(granted, "Expired"), short(granted, "Failed")) == ("False AccessGranted", None)
    refusing = stage.refuse_by_policy("stuck", resources=["clusterrolebindings"], operations=["DELETE"])
    binding = stage.binding("stuck")
    eventually(lambda: stage.is_refused(binding))
    stage.wait_until(granted["expiresAt"])
    stage.sweep(code=6)
    first = stage.look("stuck")
    assert (short(first, "Failed"), short(first, "Expired")) == ("True RevokeFailed", "False AccessGranted")
    stage.reconcile(code=6)
    stage.sweep(code=6)
    again = stage.look("stuck")
    assert [since(again, kind) for kind in ("Failed", "Expired")] == [
        since(first, kind) for kind in ("Failed", "Expired")
    ]
    stage.admin.must("DELETE", refusing)
    eventually(lambda: not stage.is_refused(binding))
    stage.sweep()
    over = stage.look("stuck")
    assert (short(over, "Failed"), short(over, "Expired")) == ("False AccessExpired", "True AccessExpired")
    assert since(over, "Expired") == stage.record("stuck")["status"]["endedAt"]
    assert "createdResources" not in over
    assert stage.left("stuck") == []


def test_a_life_of_two_windows_has_each_transition_at_its_boundary(stage: LifeStage):
    stage.asks("minutes", cron="* * * * *", duration="15s", maxActivations=2)
    stage.reconcile()
    merged = stage.look("minutes")
    assert short(merged, "RecurringPending") == "True RecurringScheduled"
    assert merged["activationCount"] == 0
    begin = parse_time(merged["nextActivationAt"])
    end, second = begin + timedelta(seconds=15), begin + timedelta(minutes=1)
    seen = []
    for moment in (begin, end, second):
        stage.wait_until(moment.isoformat())
        stage.reconcile()
        status = stage.look("minutes")
        seen.append(
            (short(status, "RecurringActive"), parse_time(since(status, "RecurringActive")), stage.may("minutes"))
        )
    assert seen == [
        ("True RecurringActivated", begin, True),
        ("False RecurringWaiting", end, False),
        ("True RecurringActivated", second, True),
    ]
    stage.wait_until((second + timedelta(seconds=15)).isoformat())
    stage.sweep()
    over = stage.look("minutes")
    assert [short(over, kind) for kind in ("Expired", "RecurringActive", "RecurringPending", "Failed")] == [
        "True MaxActivationsReached",
        "False MaxActivationsReached",
        "False MaxActivationsReached",
        None,
    ]
    assert (over["activationCount"], "nextActivationAt" in over) == (2, False)
    assert parse_time(over["expiresAt"]) == second + timedelta(seconds=15)


def test_a_cluster_with_the_operator_s_form_of_the_resource_keeps_all_of_the_status(stage: LifeStage):
    live = stage.admin.must("GET", CRD)
    whole = live["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    spec, status = whole["properties"]["spec"], whole["properties"]["status"]
    for unknown in ("x-kubernetes-validations", "anyOf"):
        spec.pop(unknown, None)
    spec["required"] = ["justification", "schedule", "subjects"]
    spec["properties"]["approval"] = {
        "type": "object",
        "required": ["required"],
        "properties": {"required": {"type": "boolean"}},
    }
    spec["properties"]["schedule"] = {
        "type": "object",
        "properties": {
            **{name: {"type": "string"} for name in ("cron", "duration", "location")},
            "maxActivations": {"type": "integer", "format": "int32"},
            "start": {"type": "string", "format": "date-time"},
        },
    }
    reason = status["properties"]["conditions"]["items"]["properties"]["reason"]
    reason |= {"pattern": REASON.pattern, "minLength": 1}
    stage.admin.must("PUT", CRD, live)
    stage.asks("elsewhere", cron="* * * * *", duration="10s", maxActivations=2, end="2099-01-01T00:00:00Z")
    eventually(lambda: stage.admin.status("GET", f"/apis/{GROUP}/v1alpha1/breakglasses") == 200)
    stage.reconcile()
    resource = stage.resource("elsewhere")
    assert resource["spec"]["approval"] == {"required": True}
    assert set(resource["spec"]["schedule"]) == {"cron", "location", "duration", "start", "maxActivations"}
    assert stage.look("elsewhere")["activationCount"] in {0, 1}
    assert set(stage.look("elsewhere")) >= {"conditions", "observedGeneration", "nextActivationAt", "approvedBy"}
