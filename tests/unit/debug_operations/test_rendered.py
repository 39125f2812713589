"""What operations come to on a cluster: the whole objects, as reviewers see them."""

import os
from pathlib import Path

import pytest
import yaml

from gitops_breakglass.core.debug.statement import debug_manifest
from gitops_breakglass.model.debug_grant import DebugGrant, PodOperations
from tests.cluster.seeds import SEEDS, documents
from tests.unit.debug_operations.asking import (
    NAMESPACE,
    NODE,
    NODES,
    PODS,
    WEB,
    ephemeral,
    node_debug,
    parts_of,
    pod_copy,
    request,
    seen,
    template_with,
)

HERE = Path(__file__).parent / "rendered"
FULL = ephemeral(
    targetContainer="app",
    command=["sh", "-c", "echo '{{ .session }}'\n- x: y"],
    args=["--all"],
    capabilities=["net_raw", "CAP_SYS_PTRACE"],
    runAsUser=1000,
)
KEEPS = {"keepServiceAccountToken": True, "keepSecrets": True}
SESSIONS = {
    "ephemeral-container": (PODS, [ephemeral()]),
    "ephemeral-container-with-everything": (
        template_with("ephemeralContainers", maxCapabilities=["NET_RAW", "SYS_PTRACE"], restartPodAfter=True),
        [FULL],
    ),
    "privileged-ephemeral-container": (
        template_with("ephemeralContainers", allowPrivileged=True, requireNonRoot=False),
        [ephemeral(privileged=True, runAsUser=0)],
    ),
    "pod-copy": (PODS, [pod_copy(image="busybox:latest", ttl="20m")]),
    "pod-copy-beside-its-pod": (
        template_with("podCopy", targetNamespace="app-frontend", labels={"purpose": "debug"}),
        [pod_copy(), pod_copy(image="busybox:1", command=["cat"], **KEEPS)],
    ),
    "node": (NODES, [node_debug(image="alpine:3.20")]),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_s_operations_come_to_these_objects(name):
    spec, operations = SESSIONS[name]
    parts = parts_of(spec, request(*operations), seen(WEB, NAMESPACE, NODE))
    assert parts.problems == ()
    grant = DebugGrant("bg", "debugging", "", "debug", PodOperations(), (), parts.objects, parts.injections)
    shown = {key: debug_manifest(grant)[key] for key in ("objects", "injections")}
    shown["notes"] = [f"{note.rule}: {note.message}" for note in parts.notes]
    text = yaml.safe_dump(shown, sort_keys=False, width=120)
    path = HERE / f"{name}.yaml"
    if os.environ.get("UPDATE_CASES") == "1":
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the use cases are not beside this checkout")
@pytest.mark.parametrize(("name", "spec"), [("ephemeral-pod-debug", PODS), ("node-debug-access", NODES)])
def test_these_are_the_templates_of_the_use_cases(name, spec):
    seed = yaml.safe_load(documents("DebugSessionTemplate")[name])["spec"]
    assert {field: value for field, value in seed.items() if field not in ("allowed", "approvers")} == spec
