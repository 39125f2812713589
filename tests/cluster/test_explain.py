"""`explain` on a real API server, held against the subject's own calls before, during and after a grant."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.reconcile_stage import granted

POD = {"metadata": {"name": "explained"}, "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]}}
PODS = "/api/v1/namespaces/default/pods"
CODES = {"yes": 0, "no": 3}
CALLS = {
    ("list", "pods", ""): ("GET", PODS),
    ("get", "pods", "explained"): ("GET", f"{PODS}/explained"),
    ("delete", "pods", "explained"): ("DELETE", f"{PODS}/explained?dryRun=All"),
    ("list", "secrets", ""): ("GET", "/api/v1/namespaces/default/secrets"),
    ("list", "deployments.apps", ""): ("GET", "/apis/apps/v1/namespaces/default/deployments"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("explain"), ["asker"])
    stage.install()
    stage.admin.must("POST", PODS, POD)
    yield stage
    stage.close()


def explained(stage: FaultyStage, answer: str, *words: str) -> dict[str, object]:
    """What is said to be so, with the exit code that belongs to the answer."""
    command = ["explain", "asker", *[word for word in words if word], "--cluster", CLUSTER, "--format", "json"]
    said: dict[str, object] = json.loads(stage.run(*command, code=CODES[answer]).stdout)
    assert said["answer"] == answer
    assert said["unknown"] == []
    return said


def agrees(stage: FaultyStage) -> list[str]:
    """The calls that pass, each of them with a yes and every other with a no."""
    passed = []
    for words, (method, path) in CALLS.items():
        status = stage.users("asker@example.com").status(method, path)
        assert status in {200, 403}
        explained(stage, "yes" if status == 200 else "no", *words, "-n", "default")
        passed += [" ".join(words).strip()] if status == 200 else []
    return passed


def test_what_is_explained_is_what_the_api_server_does(stage):
    assert agrees(stage) == []
    granted(stage, "asker")
    assert agrees(stage) == ["list pods", "get pods explained"]
    said = explained(stage, "yes", "create", "pods/exec", "explained", "-n", "default")
    assert said["requests"][0]["rule"]["source"].startswith("ClusterRole ")
    explained(stage, "no", "create", "pods/exec", "explained", "-n", "default", "--at", said["requests"][0]["end"])
    stage.run("revoke", f"{CLUSTER}/asker")
    assert agrees(stage) == []
    said = explained(stage, "no", "list", "pods", "-n", "default")
    assert (said["requests"][0]["standing"], said["requests"][0]["why"]) == ("ended", "it was revoked")
