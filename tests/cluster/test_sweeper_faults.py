"""What the sweeper says of each refusal, and how it does with a clock that is hours off, on a real API server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.ending import EndingCluster
from gitops_breakglass.adapters.cluster.watching import ClusterWatch
from gitops_breakglass.adapters.pool import ThreadPool, beside
from gitops_breakglass.flows.ends.lookout import Lookout
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.faulty_stage import RBAC, FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.cluster.sweeper_stage import Sweeper, overrun, promised

SKEWED = {"slow": timedelta(hours=-5), "fast": timedelta(hours=5)}
REFUSED = ["webhook", "dead-webhook", "policy"]
BOTH = ["clusterroles", "clusterrolebindings"]
ROLE = f"{RBAC}/clusterroles/gitops-breakglass-sweeper"


class OffClock(SystemClock):
    """This machine's clock, set wrongly."""

    def __init__(self, off: timedelta) -> None:
        super().__init__()
        self.off = off

    def now(self):
        return super().now() + self.off


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("faults"), [*SKEWED, *REFUSED, "permission"])
    stage.install()
    yield stage
    stage.close()


@pytest.mark.threat("E16")
def test_a_sweeper_whose_clock_is_hours_off_ends_on_time_and_never_early(stage):
    for index, name in enumerate(SKEWED):
        stage.ask(name, seconds=30 + 4 * index)
    stage.reconcile()
    target = KubernetesTarget(str(stage.sweeper.kubeconfig))
    # Each alone, so that no other clock helps: the first sees one of them end, the second the other.
    for name, off in SKEWED.items():
        clock, end = OffClock(off), promised(stage, name)
        with EndingCluster("prod", target, clock=clock) as cluster:
            watch = ClusterWatch("prod", target)
            lookout = Lookout(
                cluster,
                ThreadPool(),
                clock,
                watch,
                bell=QueuedBell(),
                beside=beside,
                interval=timedelta(seconds=10),
            )
            beside(lambda lookout=lookout, clock=clock: lookout.run(lambda: clock.is_stopped))
            assert stage.may(name) or stage.now() >= end
            assert timedelta() <= overrun(stage, name, end) < timedelta(seconds=2)
            known = cluster.server_time()
            assert known.latest - known.earliest < timedelta(milliseconds=500)
            assert known.earliest - timedelta(seconds=1) < SystemClock().now() < known.latest + timedelta(seconds=1)
            assert all(each.late < 1 for each in lookout.told())
            clock.stop()
            watch.close()


def test_each_refusal_is_told_as_what_it_is(stage, request):
    for name in [*REFUSED, "permission"]:
        stage.ask(name, seconds=30)
    stage.reconcile()
    stage.refuse_by_webhook("webhook", resources=BOTH, operations=["UPDATE", "DELETE"])
    path = stage.refuse_by_webhook("dead-webhook", resources=BOTH, operations=["UPDATE", "DELETE"])
    dead = {"op": "replace", "path": "/webhooks/0/clientConfig/url", "value": "https://127.0.0.1:9/refuse"}
    stage.admin.must("PATCH", path, [dead], "application/json-patch+json")
    stage.refuse_by_policy("policy", resources=BOTH, operations=["UPDATE", "DELETE"])
    stage.wait_until(max(promised(stage, name) for name in [*REFUSED, "permission"]).isoformat())
    told = swept(stage, 6)
    for name, refuser, who, says in (
        ("webhook", "webhook", "refuses-webhook.example.com", "the admission webhook refuses-webhook.example.com"),
        ("dead-webhook", "webhook", "refuses-dead-webhook.example.com", "refused it or could not be asked"),
        ("policy", "policy", "refuses-policy", "the admission policy refuses-policy refused it"),
    ):
        (event,) = bindings(told, "failed", name)
        assert (event["refuser"], event["refuserName"]) == (refuser, who)
        assert says in event["refusedBy"]
        assert event["accessMayStillHold"] is True
    # Nothing refused this one, though the others stood in the same sweep.
    assert bindings(told, "deleted", "permission")


def test_a_permission_that_is_missing_is_told_as_that(stage):
    """A binding of the ends before this is still there; now the sweeper may not even ask the policy about it."""
    role = stage.admin.must("GET", ROLE)
    rules = [
        {**rule, "verbs": [each for each in rule["verbs"] if each != "delete"]}
        if "clusterrolebindings" in rule["resources"]
        else rule
        for rule in role["rules"]
    ]
    stage.admin.must("PATCH", ROLE, {"rules": rules})
    event = eventually(
        lambda: next(
            (each for each in bindings(swept(stage, 6), "failed", "policy") if each["refuser"] == "permission"), None
        )
    )
    assert event["refusedBy"] == "a permission is missing"
    assert event["refuserName"] is None


def swept(stage, code):
    """What one sweep says, which has to end with this code."""
    out = stage.folder / "once.log"
    sweeper = Sweeper(stage.sweeper.kubeconfig, out, "--once")
    try:
        assert sweeper.process.wait(90) == code, out.read_text()
    except subprocess.TimeoutExpired:
        sweeper.process.kill()
        raise
    return sweeper


def bindings(sweeper, event, name):
    return [each for each in sweeper.of(event, name) if "Binding" in each["object"]]
