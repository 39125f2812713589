"""`doctor` on a real API server: clean after `install`, and it names each thing that somebody changed since."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.administrator import Administrator
from gitops_breakglass.cli.main import main
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.core.install.guard_pods import MOST_PODS
from gitops_breakglass.flows.install import access_to, apply, prepare, trusted_policy
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.server import ApiServer
from tests.cluster.test_install_command import install, repository  # noqa: F401 - fixture

POLICIES = "/apis/admissionregistration.k8s.io/v1"
ROLES = "/apis/rbac.authorization.k8s.io/v1"
AS_INSTALLED = "custom resources, fence and guard are as this version installs them"
WHOLE = {
    "cluster-reachable",
    "cluster-clock",
    "trust-root",
    "bounds",
    "rights",
    "ceiling",
    "debug-templates",
    "reconciled",
    "actors",
}


def doctor(repository: Path, server: ApiServer, *options: str) -> dict[str, tuple[str, str]]:  # noqa: F811
    """What `doctor` says of the cluster, by check: the verdict and the message."""
    reached = ("--cluster", "prod-eu-1", "--kubeconfig", str(server.admin_kubeconfig))
    result = CliRunner().invoke(main, ["doctor", "--repo", str(repository), *reached, "--format", "json", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    told = json.loads(result.stdout)["diagnoses"]
    return {each["check"]: (each["verdict"], each["message"]) for each in told if each["cluster"]}


def commit(repository: Path, path: str, text: str) -> None:  # noqa: F811
    (repository / path).write_text(text)
    person = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")
    for command in (("add", "."), (*person, "commit", "--quiet", "-m", "x")):
        subprocess.run(["git", *command], cwd=repository, check=True)


def test_what_install_makes_is_as_it_should_be_until_somebody_changes_it(
    own_server: ApiServer,
    repository: Path,  # noqa: F811
):
    assert doctor(repository, own_server)["trust-root"][0] == "error"
    with own_server.admin() as admin:
        # Where the example's debug templates have their pods.
        admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    applied = install(repository, "prod-eu-1", "--apply", "--kubeconfig", str(own_server.admin_kubeconfig))
    assert applied.exit_code == 0, applied.output
    clean = doctor(repository, own_server)
    assert {name: told for name, told in clean.items() if told[0] != "ok"} == {
        "reconciled": ("warning", "no run has come here yet"),
        "actors": ("warning", "the reconciler was never seen; the sweeper was never seen"),
    }
    assert set(clean) == WHOLE
    role = "policies/rbac/pod-shell.yaml"
    commit(repository, role, (repository / role).read_text().replace("[get, list]", "[get, list, deletecollection]"))
    assert doctor(repository, own_server)["ceiling"] == (
        "warning",
        "the newest policy side goes beyond it, so this can't be granted once it is in force: deletecollection pods (core)",
    )
    with own_server.admin() as admin:
        listed = admin.must("GET", f"{POLICIES}/validatingadmissionpolicybindings")["items"]
        (fence, *_) = sorted(each["metadata"]["name"] for each in listed)
        admin.must("DELETE", f"{POLICIES}/validatingadmissionpolicybindings/{fence}")
        assert doctor(repository, own_server)["bounds"] == (
            "error",
            f"custom resources, fence and guard: not there: ValidatingAdmissionPolicyBinding {fence}",
        )
        reconciler = f"{ROLES}/clusterroles/gitops-breakglass-reconciler"
        more = admin.must("GET", reconciler)["rules"]
        admin.must(
            "PATCH", reconciler, {"rules": [*more, {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
        )
        assert doctor(repository, own_server)["rights"] == (
            "error",
            "the rights of reconciler and sweeper: not as this version has it: ClusterRole gitops-breakglass-reconciler (rules)",
        )
        admin.must("PATCH", f"{ROLES}/clusterroles/gitops-breakglass-ceiling", {"rules": []})
        verdict, message = doctor(repository, own_server)["ceiling"]
        assert (verdict, message.partition(":")[0]) == (
            "error",
            "the policy side has grown beyond it, so this can't be granted",
        )
    assert install(repository, "prod-eu-1", "--apply", "--kubeconfig", str(own_server.admin_kubeconfig)).exit_code == 0
    assert {name for name, told in doctor(repository, own_server).items() if told[0] != "ok"} == {
        "reconciled",
        "actors",
    }


NOWHERE = {"namespaceSelector": {"matchLabels": {"fenced": "yes"}}}
SPARED = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["*"], "scope": "*"}


def test_what_somebody_adds_to_fence_and_guard_is_named_and_goes_when_install_runs_again(
    own_server: ApiServer,
    repository: Path,  # noqa: F811
):
    administrator = ("--kubeconfig", str(own_server.admin_kubeconfig))
    assert install(repository, "prod-eu-1", "--apply", *administrator).exit_code == 0
    assert doctor(repository, own_server)["bounds"] == ("ok", AS_INSTALLED)
    added = {
        "validatingadmissionpolicies/gitops-breakglass-guard-tokens": {"matchConstraints": NOWHERE},
        "validatingadmissionpolicies/gitops-breakglass-fence": {"matchConstraints": {"excludeResourceRules": [SPARED]}},
        "validatingadmissionpolicybindings/gitops-breakglass-fence": {"matchResources": NOWHERE},
        "validatingadmissionpolicybindings/gitops-breakglass-guard-windows": {"matchResources": {}},
    }
    with own_server.admin() as admin:
        before = {path: admin.must("GET", f"{POLICIES}/{path}")["spec"] for path in added}
        for path, more in added.items():
            admin.must("PATCH", f"{POLICIES}/{path}", {"spec": more})
        assert doctor(repository, own_server)["bounds"] == (
            "error",
            (
                "custom resources, fence and guard: not as this version has it:"
                " ValidatingAdmissionPolicy gitops-breakglass-fence (spec.matchConstraints),"
                " ValidatingAdmissionPolicy gitops-breakglass-guard-tokens (spec.matchConstraints),"
                " ValidatingAdmissionPolicyBinding gitops-breakglass-fence (spec.matchResources),"
                " ValidatingAdmissionPolicyBinding gitops-breakglass-guard-windows (spec.matchResources)"
            ),
        )
        assert install(repository, "prod-eu-1", "--apply", *administrator).exit_code == 0
        assert {path: admin.must("GET", f"{POLICIES}/{path}")["spec"] for path in added} == before
    assert doctor(repository, own_server)["bounds"] == ("ok", AS_INSTALLED)


class Crowded(Administrator):
    """A cluster with more pods in a namespace than a test would make."""

    def pod_counts(self) -> Mapping[str, int]:
        return {"large": MOST_PODS + 1, "shop": MOST_PODS}


def test_namespaces_with_too_many_pods_are_left_out_as_install_found_them_and_no_others(
    own_server: ApiServer,
    repository: Path,  # noqa: F811
):
    rules = "spec: {podSecurityRules: {riskFactors: {}, thresholds: [{maxScore: 0, action: deny}]}}"
    head = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: DenyPolicy\nmetadata: {name: closed}\n"
    commit(repository, "policies/closed.yaml", f"{head}{rules}\n")
    sources = AccessRepository(RepositoryOptions(repository, "main", None)).sources()
    policy = trusted_policy(sources, None)
    with Crowded("prod-eu-1", KubernetesTarget(kubeconfig=str(own_server.admin_kubeconfig))) as crowded:
        prepared = prepare(crowded, access_to(policy, "prod-eu-1"), policy=policy, crds=crds())
        apply(crowded, prepared.bundle, clock=SystemClock())
    assert doctor(repository, own_server)["bounds"] == ("ok", AS_INSTALLED)
    with own_server.admin() as admin:
        binding = f"{POLICIES}/validatingadmissionpolicybindings/gitops-breakglass-guard-pods"
        spec = admin.must("GET", binding)["spec"]
        (left_out,) = spec["matchResources"]["namespaceSelector"]["matchExpressions"]
        assert left_out["values"] == ["large"]
        more = {"matchExpressions": [{**left_out, "values": ["large", "shop"]}]}
        admin.must("PATCH", binding, {"spec": {"matchResources": {"namespaceSelector": more}}})
    verdict, message = doctor(repository, own_server)["bounds"]
    assert (verdict, message.rpartition(": ")[2]) == (
        "error",
        "ValidatingAdmissionPolicyBinding gitops-breakglass-guard-pods (spec.matchResources)",
    )
