"""The guard on pods on a real API server: nobody gets into a pod that a deny policy closes, as the pod is at that moment."""

from __future__ import annotations

import pytest

from tests.cluster.harness.actor import Actor
from tests.cluster.pod_stage import PRIVILEGED, PodStage, pod_stage, policy_side


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with pod_stage(tmp_path_factory.mktemp("pods"), policy_side()) as stage:
        yield stage


def ways_in(who: Actor, namespace: str, pod: str) -> dict[str, bool]:
    """By every way into a pod: whether it was let through."""
    base = f"/api/v1/namespaces/{namespace}/pods/{pod}"
    return {
        "exec": who.exec(namespace, pod).arrived,
        "exec by POST": who.exec(namespace, pod, spdy=True).arrived,
        "attach": who.attach(namespace, pod).arrived,
        "attach by POST": who.status("POST", f"{base}/attach?container=main&stdout=true") != 403,
        "port-forward": who.port_forward(namespace, pod).arrived,
        "port-forward by POST": who.status("POST", f"{base}/portforward?ports=8080") != 403,
    }


def test_a_privileged_pod_is_closed_by_every_way_in_and_another_is_open(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.world.pod(place, "plain")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.grant(place, alice, "restrict-privileged-exec")
    assert set(ways_in(alice, place, "plain").values()) == {True}
    assert set(ways_in(alice, place, "privileged").values()) == {False}
    refused = alice.exec(place, "privileged")
    assert refused.status == 403
    assert refused.message.partition("denied request: ")[2] == (
        f"the guard: the deny policy restrict-privileged-exec keeps the pod {place}/privileged closed:"
        " its risk score is 100: privileged scores 100, which is for SREs"
    )
