"""A real API server of its own, an access repository whose policy side are the seeds, and the identities of install."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.cli.main import main
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.becoming import settled
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World as Objects
from tests.cluster.seeds import documents
from tests.git.world import World, keygen

CONFIGURATION = """\
apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Configuration
forge: {{provider: local, repository: acme/access}}
policyApprovers: {{users: [dana@example.com]}}
reconcilers: [{{name: ci, publicKey: {key}}}]
defaults: {{minDuration: 5s}}
clusters:
  {cluster}: {{kubernetes: {{kubeconfig: {kubeconfig}}}}}
offers:
  - name: reference
    clusters: ["*"]
    allowed: {{groups: [operations]}}
    approvers: {{groups: [sre-leads]}}
    clusterRoles: [admin, view]
    namespaces: ["*"]
    rules: [{{apiGroups: [""], resources: [configmaps], verbs: [get, list, watch]}}]
    maxDuration: 8h
"""

CLUSTER = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: ClusterConfig
metadata: {{name: {name}}}
spec: {{environment: test}}
"""


WRITES = {"install", "reconcile", "revoke", "sweep"}
"""What these wrote, the authorizer has heard of when `SeedStage.run` returns."""


class SeedStage:
    """One cluster of that name, installed; people join with their groups before `open`."""

    def __init__(self, folder: Path, cluster: str, groups: dict[str, list[str]]) -> None:
        """Start an API server, make people and policy, and install."""
        self.folder = folder
        self.cluster = cluster
        self.server = ApiServer.join(folder / "kube-apiserver")
        self.users = Users(self.server, folder)
        self.admin = self.users.admin
        self.kubelet = self.joins()
        self.objects = Objects(self.admin, self.kubelet.node)
        (folder / "git").mkdir()
        self.world = World(folder / "git")
        for name in sorted({name for members in groups.values() for name in members} | {"dana"}):
            self.world.person(name)
        keygen("-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", str(folder / "signing-key"))
        self.reconciler_config = folder / "reconciler.kubeconfig"
        self.policy(groups)

    def joins(self) -> Kubelet:
        """Let the nodes join; the one that pods without another wish are on."""
        return Kubelet(self.server, self.users, self.folder, "node-1")

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side: the seeds' escalations and roles, and who is in which group."""
        key = " ".join((self.folder / "signing-key.pub").read_text().split()[:2])
        escalations = documents("BreakglassEscalation")
        roles = documents("ClusterRole", "RoleBinding")
        files = {
            "breakglass.yaml": CONFIGURATION.format(key=key, cluster=self.cluster, kubeconfig=self.reconciler_config),
            "identities.yaml": self.world.identities(groups=groups),
            f"clusters/{self.cluster}.yaml": CLUSTER.format(name=self.cluster),
        }
        files |= {f"policies/escalations/{name}.yaml": text for name, text in escalations.items()}
        files |= {f"policies/rbac/{name}.yaml": text for name, text in roles.items()}
        self.world.policy(files)

    def install(self) -> Result:
        """Install as administrator, and take the identities that it made."""
        result = self.run(
            "install", "--cluster", self.cluster, "--apply", "--kubeconfig", str(self.server.admin_kubeconfig)
        )
        reconciler = self.users.service_account(NAMESPACE, "reconciler")
        self.sweeper = self.users.service_account(NAMESPACE, "sweeper")
        self.reconciler_config.write_bytes(reconciler.kubeconfig.read_bytes())
        self.reconciler = reconciler
        return result

    def run(self, *arguments: str, repo: bool = True, code: int = 0) -> Result:
        """Call the command line; it must end with this code."""
        where = ["--repo", str(self.world.path)] if repo else []
        result = CliRunner().invoke(main, [arguments[0], *where, *arguments[1:]], catch_exceptions=False)
        assert result.exit_code == code, f"{arguments}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
        if arguments[0] in WRITES:
            settled(self.admin)
        return result

    def reconcile(self, code: int = 0) -> Result:
        """Reconcile once as the reconciler's service account."""
        return self.run("reconcile", "--key", str(self.folder / "signing-key"), code=code)

    def plan(self, code: int = 0) -> Result:
        """Plan as the reconciler's service account."""
        return self.run("plan", "--exit-code", code=code)

    def sweep(self, code: int = 0) -> Result:
        """Sweep as the sweeper's service account: no repository, no configuration."""
        return self.run("sweep", "--kubeconfig", str(self.sweeper.kubeconfig), repo=False, code=code)

    def now(self) -> datetime:
        """The API server's time."""
        with closing(KubernetesCluster(self.cluster, KubernetesTarget(str(self.sweeper.kubeconfig)))) as cluster:
            return cluster.now()

    def ours(self) -> list[str]:
        """Everything on the cluster that carries our label and gives access."""
        found = []
        for plural in ("roles", "rolebindings", "clusterroles", "clusterrolebindings"):
            path = f"/apis/rbac.authorization.k8s.io/v1/{plural}?labelSelector=app.kubernetes.io/managed-by=gitops-breakglass"
            found += [f"{plural}/{each['metadata']['name']}" for each in self.admin.must("GET", path)["items"]]
        return found

    def custom(self, plural: str, group: str = "access.gitops-breakglass.dev") -> list[dict[str, Any]]:
        """The custom resources in our namespace."""
        return list(self.admin.must("GET", f"/apis/{group}/v1alpha1/namespaces/{NAMESPACE}/{plural}")["items"])

    def close(self) -> None:
        """Stop everything."""
        self.kubelet.close()
        self.users.close()
        self.server.leave(wait=False)
