"""What operations come to: the API server takes each copy, pod on a node and container, and knows each of their fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.world import World
from tests.unit.debug_operations.asking import (
    NODE,
    NODES,
    WEB,
    copied,
    ephemeral,
    node_debug,
    parts_of,
    pod_copy,
    request,
    seen,
    template_with,
)

STRICT = "dryRun=All&fieldValidation=Strict"
EVERYTHING = json.loads((Path(__file__).parents[1] / "data" / "whole_pod.json").read_text(encoding="utf-8"))
"""A pod with everything in it that a copy leaves out or keeps, as an API server takes it."""


def live(admin: Actor, world: World, manifest: dict[str, Any]) -> dict[str, Any]:
    """The pod as the API server has it, with all that it adds of its own."""
    where = world.namespace()
    made = copied(manifest, metadata={**manifest["metadata"], "namespace": where})
    for name in ("web", "default"):
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        admin.request("POST", f"/api/v1/namespaces/{where}/serviceaccounts", account)
    answer = admin.request("POST", f"/api/v1/namespaces/{where}/pods?{STRICT}", made)
    assert answer.status == 201, answer.message
    body: dict[str, Any] = answer.body
    return {"apiVersion": "v1", "kind": "Pod", **body}


@pytest.mark.parametrize("keeps", [{}, {"keepSecrets": True, "keepServiceAccountToken": True}])
@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("host_network", [False, True])
def test_the_api_server_takes_a_copy_of_whatever_it_took(
    admin: Actor, world: World, *, keeps: dict[str, bool], beside: bool, host_network: bool
) -> None:
    pod = live(admin, world, copied(EVERYTHING, spec__hostNetwork=host_network))
    where = pod["metadata"]["namespace"]
    target = where if beside else world.namespace()
    spec = template_with("podCopy", targetNamespace=target, labels={"purpose": "debug"}, allowedNamespaces=["*"])
    asked = request(pod_copy(namespace=where, pod="web-abc123", image="busybox:1.37", **(keeps if beside else {})))
    parts = parts_of(spec, asked, seen(pod))
    assert parts.problems == ()
    answer = admin.request("POST", f"/api/v1/namespaces/{target}/pods?{STRICT}", parts.objects[0].manifest)
    assert answer.status == 201, answer.message
    assert answer.body["metadata"]["labels"] == {"purpose": "debug"}
    held = answer.body["spec"]
    assert (held["serviceAccountName"] == "web") is (beside and bool(keeps))
    tokens = [each for each in held["volumes"] if "serviceAccountToken" in json.dumps(each)]
    assert bool(tokens) is (beside and bool(keeps))


def test_the_api_server_takes_a_pod_on_a_node(admin: Actor, world: World) -> None:
    where = world.namespace()
    (node,) = parts_of(NODES, request(node_debug(image="alpine:3.20")), seen(NODE)).objects
    manifest = copied(node.manifest, metadata__namespace=where)
    answer = admin.request("POST", f"/api/v1/namespaces/{where}/pods?{STRICT}", manifest)
    assert answer.status == 201, answer.message
    assert "serviceaccount" not in json.dumps(answer.body["spec"]["containers"])


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"capabilities": ["NET_RAW"], "runAsUser": 1000, "command": ["sh"], "args": ["-c", "id"]},
        {"targetContainer": "app"},
        {"privileged": True, "capabilities": ["SYS_ADMIN"]},
        {"capabilities": ["CAP_SYS_ADMIN"], "runAsNonRoot": True},
    ],
)
def test_the_api_server_takes_an_ephemeral_container(admin: Actor, world: World, asked: dict[str, Any]) -> None:
    where = world.namespace()
    world.pod(where, "web-abc123")
    place = f"/api/v1/namespaces/{where}/pods/web-abc123"
    pod = admin.must("GET", place)
    if "targetContainer" in asked:
        asked = {"targetContainer": pod["spec"]["containers"][0]["name"]}
    spec = template_with(
        "ephemeralContainers",
        allowedNamespaces=["*"],
        allowPrivileged=True,
        maxCapabilities=["NET_RAW", "SYS_ADMIN"],
    )
    parts = parts_of(spec, request(ephemeral(namespace=where, **asked)), seen({**WEB, **pod}))
    assert parts.problems == ()
    pod["spec"]["ephemeralContainers"] = [parts.injections[0].container]
    answer = admin.request("PUT", f"{place}/ephemeralcontainers?{STRICT}", pod)
    assert answer.status == 200, answer.message
