"""`deploy/` on a real API server: taken without a doubt, admitted as restricted pods, and run as the manifest says."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitops_breakglass.model.kube import NAMESPACE
from tests.cluster.faulty_stage import FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.deployed import DEPLOY, built, environment, pod_spec, with_variables

PLURALS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
}
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/reconciler"
MANIFESTS = [*built(DEPLOY), *built(DEPLOY / "sweeper-cronjob")]


def identity(manifest):
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def path_of(manifest):
    return PLURALS[manifest["kind"]].format(manifest["metadata"]["namespace"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("deploy"), ["first", "second"])
    stage.install()
    yield stage
    stage.close()


@pytest.mark.parametrize("manifest", MANIFESTS, ids=identity)
def test_the_api_server_takes_a_manifest_field_by_field(stage, manifest):
    path = f"{path_of(manifest)}/{manifest['metadata']['name']}"
    strict = f"{path}?fieldManager=deploy&fieldValidation=Strict"
    content = "application/apply-patch+yaml"
    dry = stage.admin.request("PATCH", f"{strict}&dryRun=All", manifest, content)
    assert (dry.status, dry.message) in {(201, ""), (200, "")}
    real = stage.admin.request("PATCH", strict, manifest, content)
    assert (real.status, real.message) in {(201, ""), (200, "")}
    wrong = {**manifest, "metadata": {**manifest["metadata"], "nonsense": "1"}}
    assert stage.admin.status("PATCH", f"{strict}&dryRun=All", wrong, content) >= 400


@pytest.mark.parametrize("manifest", [each for each in MANIFESTS if pod_spec(each)], ids=identity)
def test_its_pods_are_admitted_where_only_restricted_ones_are(stage, manifest):
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"
    spec = pod_spec(manifest)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"}, "spec": spec}
    answer = stage.admin.request("POST", pods, pod)
    assert (answer.status, answer.message) == (201, "")
    loose = [{key: each[key] for key in each if key != "securityContext"} for each in spec["containers"]]
    answer = stage.admin.request("POST", pods, {**pod, "spec": {**spec, "containers": loose}})
    assert answer.status == 403
    assert 'violates PodSecurity "restricted' in answer.message


class Pod:
    """What the kubelet would run of the reconciler's Deployment, with a place of ours for each of the pod's."""

    def __init__(self, stage: FaultyStage, folder: Path) -> None:
        (self.spec,) = (pod_spec(each) for each in built(DEPLOY / "reconciler") if each["kind"] == "Deployment")
        (settings,) = (each["data"] for each in built(DEPLOY / "reconciler") if each["kind"] == "ConfigMap")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # The repository's configuration names a kubeconfig in the place of the pod's own files; its token is such a pod's.
        self.settings = {**settings, "repository": str(stage.world.path)}
        self.places = {
            "/work/access": str(folder / "access"),
            "/keys/key": str(stage.folder / "signing-key"),
            "0.0.0.0:8080": f"127.0.0.1:{self.port}",
        }
        self.folder = folder

    def words(self, container: dict[str, object]) -> list[str]:
        values = environment(container, self.settings, {})
        words = with_variables([*container.get("command", ()), *container.get("args", ())], values)
        for place, ours in self.places.items():
            words = [word.replace(place, ours) for word in words]
        return words

    def clone(self) -> None:
        container = self.spec["initContainers"][0]
        env = {**os.environ, **environment(container, self.settings, {}), "HOME": str(self.folder)}
        subprocess.run(self.words(container), check=True, capture_output=True, env=env)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        program, *words = self.words(self.spec["containers"][0])
        assert program == "gitops-breakglass", shlex.join(words)
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gitops_breakglass", *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder)},
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def probe(self, name: str) -> int:
        """The status that a probe of the manifest gets; 0 where nothing answers."""
        asked = self.spec["containers"][0][f"{name}Probe"]["httpGet"]
        assert asked["port"] == "http"
        return self.status(asked["path"])

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                self.text = answer.read().decode()
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0


def test_the_deployment_run_as_its_account_grants_holds_its_lease_answers_its_probes_and_stops(stage, tmp_path):
    stage.ask("first", seconds=600)
    pod = Pod(stage, tmp_path)
    pod.clone()
    assert pod.spec["serviceAccountName"] == "reconciler"
    with pod.running() as process:
        eventually(lambda: stage.may("first"))
        lease = stage.admin.must("GET", LEASE)["spec"]
        assert lease["holderIdentity"].startswith(socket.gethostname())
        for name in ("startup", "liveness", "readiness"):
            eventually(lambda name=name: pod.probe(name) == 200)
        for metric in ("leader", "grants_live"):
            line = f'gitops_breakglass_{metric}{{cluster="prod-cluster-1"}} 1.0'
            eventually(lambda line=line: pod.status("/metrics") == 200 and line in pod.text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert stage.admin.must("GET", LEASE)["spec"]["holderIdentity"] == ""
    assert all(line.startswith('{"time"') for line in (tmp_path / "log").read_text().splitlines())
