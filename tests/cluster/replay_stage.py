"""A year of recurring access in minutes: a real API server whose time is an argument of each run, and a real repository."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.core.install.guard import WINDOWS, probe
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.ledger import verify_cluster
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, NAMESPACE, REQUEST
from gitops_breakglass.model.outcome import ClusterReport
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import ClusterState, ClusterWriter
from tests.cluster.faulty_stage import ADMISSION, CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.becoming import PATIENCE, eventually
from tests.cluster.seed_stage import CLUSTER as CLUSTER_CONFIG
from tests.cluster.seed_stage import CONFIGURATION
from tests.cluster.stopping import Delegate, StoppedError, Stopping

APPROVERS = ("admin", "security")
SHOP = "production"
"""The namespace that the reference's example names."""

OFFERS = """\
offers:
  - name: office-hours
    clusters: ["*"]
    allowed: {groups: [operations]}
    approvers: {groups: [approvers]}
    clusterRoles: [admin, view]
    namespaces: [production]
    rules:
      - {apiGroups: [apps], resources: [deployments], verbs: [get, list, update, patch]}
      - {apiGroups: [""], resources: [pods], verbs: [get, list, watch]}
    maxDuration: 8h
"""


class RecurringStage(FaultyStage):
    """One installed cluster on which `people` may ask by one offer; its approvers are those that the reference names."""

    def __init__(self, folder: Path, people: list[str]) -> None:
        """Start and install."""
        self.policies = 0
        super().__init__(folder, people)
        self.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": SHOP}})
        self.install()

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side: one offer, and the approvers by the addresses that the reference has."""
        for name in APPROVERS:
            self.world.person(name)
        people = self.world.identities(groups={"operations": groups["developers"], "approvers": list(APPROVERS)})
        for name in APPROVERS:
            people = people.replace(f"{name}@example.com", f"{name}@company.com")
        self.world.policy(
            {
                "breakglass.yaml": self.configuration(),
                "identities.yaml": people,
                f"clusters/{self.cluster}.yaml": CLUSTER_CONFIG.format(name=self.cluster),
            }
        )

    def configuration(self, *, recurring: bool = True) -> str:
        """Return the text of breakglass.yaml."""
        key = " ".join((self.folder / "signing-key.pub").read_text().split()[:2])
        head = CONFIGURATION.format(key=key, cluster=self.cluster, kubeconfig=self.reconciler_config)
        return head.partition("offers:")[0] + OFFERS + f"    recurring: {str(recurring).lower()}\n"

    # -- what people do

    def asks(self, who: str, content: str, *, approver: str = "admin") -> None:
        """Request by a file of this content, approve and merge."""
        what = f"{CLUSTER}/{yaml.safe_load(content)['metadata']['name']}"
        self.world.person(who).requests(what, content)
        self.world.person(approver).approves(what, "as every week")
        self.world.merge(what)

    def takes_back(self, name: str) -> None:
        """Delete a request's file, which ends what it gave."""
        self.world.policy({f"requests/{CLUSTER}/{name}.yaml": None}, by=self.world.person("lead"), message="No more")

    def changes_policy(self, files: dict[str, str]) -> None:
        """Bring a change of the policy side into force: proposed, approved by who may, merged."""
        self.policies += 1
        branch = f"policy/change-{self.policies}"
        self.world.person("lead").commits(files, on=branch)
        self.world.person("dana").approves_policy(branch)
        self.world.merge(None, branch=branch)

    # -- what is there

    def status(self, name: str) -> dict[str, Any]:
        """The status of a request's Breakglass."""
        uid = self.uid(name)
        resources = self.custom("breakglasses", "access.cloudnimbus.io")
        return dict(next(each["status"] for each in resources if each["metadata"]["labels"][REQUEST] == uid))

    def giving_access(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Kind and metadata of every object of ours that gives access."""
        for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"):
            path = f"{RBAC}/{kind.lower()}s?labelSelector={MANAGED_BY}={MANAGER}"
            for each in self.admin.must("GET", path)["items"]:
                yield kind, each["metadata"]

    def sees(self, who: str, *, wanted: bool, within: float = PATIENCE) -> bool:
        """Whether the subject's real call passes that only the grant allows; it has a moment to become as wanted."""
        actor = self.users(f"{who}@example.com")
        deadline = time.monotonic() + within
        # The API server hears of its own changes a moment later than whoever made them.
        while (found := actor.status("GET", f"/api/v1/namespaces/{SHOP}/pods") == 200) != wanted:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return found


class AtTime(Delegate):
    """A cluster where it is whatever time it was told; all else is the API server's own answer."""

    def __init__(self, cluster: ClusterWriter, at: datetime) -> None:
        super().__init__(cluster)
        self._at = at

    def now(self) -> datetime:
        """Return the time that it was told."""
        return self._at

    def read(self) -> ClusterState:
        """Return what is on the cluster, at that time."""
        return replace(self.cluster.read(), now=self._at)


class ReplayStage(RecurringStage):
    """The same where the time is an argument of each run.

    The guard on windows is off, as it knows the API server's own time; the other guards, the CRDs and the rights of the two
    identities are those of the installation.
    """

    def __init__(self, folder: Path, people: list[str]) -> None:
        """Start, install, and take the one guard away."""
        super().__init__(folder, people)
        self._without_clock()
        self._hands = KubernetesCluster(CLUSTER, KubernetesTarget(str(self.reconciler.kubeconfig)))
        self._broom = KubernetesCluster(CLUSTER, KubernetesTarget(str(self.sweeper.kubeconfig)))
        self._clone = AccessRepository(RepositoryOptions(self.world.path, "main", None))
        self._pool = ThreadPool(8)

    def _without_clock(self) -> None:
        self.admin.must("DELETE", f"{ADMISSION}/validatingadmissionpolicybindings/{WINDOWS}")
        role = {**probe(), "metadata": {"name": "bg-probe"}}
        eventually(lambda: self.admin.status("POST", f"{RBAC}/namespaces/{NAMESPACE}/roles?dryRun=All", role) == 201)

    def reconciles(self, at: datetime) -> ClusterReport:
        """Reconcile once, at that time, as the reconciler's service account."""
        return self._run(AtTime(self._hands, at), self._pool)

    def is_killed(self, at: datetime, *, after: int) -> bool:
        """Reconcile at that time and be killed before the write after so many; whether there were as many."""
        try:
            self._run(Stopping(AtTime(self._hands, at), after), ThreadPool(1))
        except StoppedError:
            return True
        return False

    def reconciles_twice(self, at: datetime) -> list[ClusterReport]:
        """Reconcile by two runs at once."""
        return ThreadPool(2).map(self.reconciles, [at, at])

    def sweeps(self, at: datetime) -> ClusterReport:
        """Sweep once, at that time, as the sweeper's service account."""
        return sweep(AtTime(self._broom, at), self._pool)

    def ledger_findings(self) -> tuple[str, ...]:
        """What an auditor finds wrong with the ledger."""
        verdict = verify_cluster(self._hands, Ed25519Signer().verify).verdict
        assert verdict is not None
        return tuple(each.message for each in verdict.findings)

    def _run(self, cluster: ClusterWriter, pool: ThreadPool) -> ClusterReport:
        hands = Hands(cluster, Ed25519Signer(self.folder / "signing-key"), pool)
        (report,) = reconcile([hands], self._clone.refreshed).clusters
        return report

    def close(self) -> None:
        """Stop everything."""
        for each in (self._hands, self._broom):
            each.close()
        super().close()
