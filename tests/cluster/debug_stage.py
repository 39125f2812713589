"""A real API server on which debug sessions go the whole way: the seeds' four templates, nodes that run pods, people with tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import Result

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.core.names import session_name
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.kube import NAMESPACE, REQUEST
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.debug_asked import CLUSTER, COPIES, NODE, PODS_OF_SESSIONS, Asked, Place
from tests.cluster.debug_calls import OK, PodAt
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.scheduler import Scheduler
from tests.cluster.replay_stage import AtTime
from tests.cluster.seed_stage import SeedStage
from tests.cluster.seeds import documents
from tests.cluster.stopping import Delegate

OWNER, PARTICIPANT, COLLEAGUE, APPROVER = "alice", "ben", "carol", "grace"
_ASKERS = ("developers", "network-team")
_APPROVERS = ("sre", "sre-leads", "security-team")
_PASSING = {"events", "leases", "componentstatuses", "endpoints", "endpointslices", "controllerrevisions"}
"""What comes and goes by itself, or goes a while after its owner."""


class DebugStage(SeedStage):
    """One installed cluster; `people` may ask for sessions of all four templates, Grace approves."""

    def __init__(
        self,
        folder: Path,
        people: Sequence[str] = (),
        files: Mapping[str, str] | None = None,
        *,
        stubborn: bool = False,
    ) -> None:
        """Start, commit the policy side with these further files, and install."""
        self._files = files or {}
        self._stubborn = stubborn
        self._kinds: list[str] = []
        everybody = [OWNER, PARTICIPANT, COLLEAGUE, *people]
        groups = {group: list(everybody) for group in _ASKERS} | {group: [APPROVER] for group in _APPROVERS}
        super().__init__(folder, CLUSTER, groups)
        self.scheduler = Scheduler(self.admin)
        for name in (PODS_OF_SESSIONS, COPIES):
            self.furnish(name)
        self.installed = self.install()
        self._broom = KubernetesCluster(CLUSTER, KubernetesTarget(str(self.sweeper.kubeconfig)))

    def joins(self) -> Kubelet:
        """Let three nodes join: one for others' pods, the one of the seeds, and one that nothing asks for."""
        self.kubelets = {}
        for name in ("node-1", NODE, "node-2"):
            folder = self.folder / name
            folder.mkdir()
            self.kubelets[name] = Kubelet(
                self.server, self.users, folder, name, runs=True, stubborn=self._stubborn and name != "node-1"
            )
        return self.kubelets["node-1"]

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side, the debug kinds among it."""
        super().policy(groups)
        pods, templates = documents("DebugPodTemplate"), documents("DebugSessionTemplate")
        files = {f"policies/debug/pods/{name}.yaml": text for name, text in pods.items()}
        files |= {f"policies/debug/templates/{name}.yaml": text for name, text in templates.items()}
        self.world.policy(files | dict(self._files))

    # -- what is there of others

    def furnish(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Make a namespace of this name with a pod of others in it."""
        self.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": dict(labels or {})}})
        self.admin.request("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
        self.objects.pod(name, "others")
        self.objects.bystanders.append(f"/api/v1/namespaces/{name}/pods/others")

    def place(self) -> Place:
        """Make a namespace that the seeds' template lets containers be put into, with pods."""
        name = self.objects.namespace("app")
        for pod in ("web-0", "web-1"):
            self.objects.pod(name, pod, labels={"app": "web"})
        # Controllers put it into every new namespace, a moment later.
        certificate = f"/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt"
        eventually(lambda: self.admin.status("GET", certificate) == OK)
        others = (
            PodAt(name, "web-1", "main"),
            PodAt(name, "bystander", "main"),
            PodAt(PODS_OF_SESSIONS, "others", "main"),
            PodAt(COPIES, "others", "main"),
        )
        return Place(name, others)

    # -- what people do

    def asks(self, asked: Asked, *, who: str = OWNER) -> None:
        """Propose the request's file."""
        self.world.person(who).requests(str(asked.id), asked.content)

    def approves(self, asked: Asked, *, who: str = APPROVER, note: str = "go ahead, it is needed now") -> None:
        """Approve it, with git alone."""
        self.world.person(who).approves(str(asked.id), note)

    def merges(self, asked: Asked) -> None:
        """Merge it."""
        self.world.merge(str(asked.id))

    def has_merged(self, asked: Asked, *, who: str = OWNER) -> None:
        """Propose, approve and merge."""
        self.asks(asked, who=who)
        self.approves(asked)
        self.merges(asked)

    def grants(self, asked: Asked, *, who: str = OWNER) -> str:
        """Have it merged and reconciled; what the run said."""
        self.has_merged(asked, who=who)
        said = self.reconcile().stdout
        assert f"granted   {asked.id}" in said, said
        return said

    def takes_back(self, asked: Asked) -> Result:
        """End it by deleting the file, and reconcile."""
        self.world.policy({asked.id.path: None}, by=self.world.person(OWNER), message="No more")
        return self.reconcile()

    def revokes(self, asked: Asked) -> Result:
        """End it now, as the reconciler, without git."""
        return self.run("revoke", str(asked.id))

    def reconciles_through(self, between: Callable[[ClusterWriter], Delegate]) -> RunReport:
        """Reconcile once, by way of what stands between the run and the cluster."""
        sources = AccessRepository(RepositoryOptions(self.world.path, "main", None)).refreshed
        signer = Ed25519Signer(self.folder / "signing-key")
        with closing(KubernetesCluster(CLUSTER, KubernetesTarget(str(self.reconciler_config)))) as cluster:
            try:
                return reconcile([Hands(between(cluster), signer, ThreadPool(1))], sources)
            finally:
                settled(self.admin)

    def sweeps_at(self, moment: datetime) -> ClusterReport:
        """Sweep as the sweeper's own service account, at this time."""
        try:
            return sweep(AtTime(self._broom, moment), ThreadPool())
        finally:
            settled(self.admin)

    def sweeps_after(self, asked: Asked) -> ClusterReport:
        """Sweep, with the clock just past the session's end."""
        end = self.record(asked)["status"]["expiresAt"]
        return self.sweeps_at(datetime.fromisoformat(end) + timedelta(seconds=1))

    # -- what is there of ours

    def name_of(self, asked: Asked) -> str:
        """What the names of all of the session's objects begin with."""
        return session_name("acme/access", asked.id)

    def session_pods(self, asked: Asked) -> list[PodAt]:
        """The pods that are there under the session's name and not about to go, in order."""
        found = [
            each
            for each in self.admin.must("GET", "/api/v1/pods")["items"]
            if each["metadata"]["name"].startswith(f"{self.name_of(asked)}-")
            and "deletionTimestamp" not in each["metadata"]
        ]
        return sorted(PodAt.of(each) for each in found)

    def injected(self, asked: Asked, place: Place) -> list[PodAt]:
        """The ephemeral containers in a place's pod that are the session's."""
        pod = self.admin.must("GET", place.target.path)
        names = [each["name"] for each in pod["spec"].get("ephemeralContainers", ())]
        mine = [each for each in names if each.startswith(f"{self.name_of(asked)}")]
        return [PodAt(place.namespace, place.pod, each) for each in mine]

    def record(self, asked: Asked) -> dict[str, Any]:
        """The session's record."""
        return next(each for each in self.custom("grants") if each["spec"]["request"]["name"] == asked.name)

    def debug_session(self, asked: Asked) -> dict[str, Any]:
        """The resource that is written beside the record."""
        uid = self.record(asked)["spec"]["request"]["uid"]
        sessions = self.custom("debugsessions", "breakglass.t-caas.telekom.com")
        return next(each for each in sessions if each["metadata"]["labels"][REQUEST] == uid)

    def everything(self) -> dict[str, str]:
        """All objects of all kinds outside our own namespace, by path: their uids."""
        return {path: each["metadata"]["uid"] for path, each in self.listed()}

    def listed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """All objects of all kinds outside our own namespace, each with its path."""
        for path in self._listed_kinds():
            for each in self.admin.must("GET", path)["items"]:
                meta = each["metadata"]
                if meta.get("namespace") != NAMESPACE:
                    yield f"{path} {meta.get('namespace', '')}/{meta['name']}", each

    def is_as_before(self, before: Mapping[str, str]) -> None:
        """Assert that all that was there is, and nothing else; what controllers still have to do is waited for."""
        try:
            eventually(lambda: not self._difference(before), seconds=20)
        except AssertionError:
            assert self._difference(before) == {}

    def _difference(self, before: Mapping[str, str]) -> dict[str, set[str]]:
        now = self.everything().items()
        return {
            name: found
            for name, found in (
                ("new", {path for path, _ in now - before.items()}),
                ("gone", {path for path, _ in before.items() - now}),
            )
            if found
        }

    def _listed_kinds(self) -> list[str]:
        if not self._kinds:
            groups = self.admin.must("GET", "/apis")["groups"]
            bases = ["/api/v1", *(f"/apis/{each['preferredVersion']['groupVersion']}" for each in groups)]
            self._kinds = [
                f"{base}/{each['name']}"
                for base in bases
                for each in self.admin.must("GET", base)["resources"]
                if "list" in each["verbs"] and "/" not in each["name"] and each["name"] not in _PASSING
            ]
        return self._kinds

    def wait_until(self, moment: str) -> None:
        """Wait for the API server's clock to pass a moment."""
        end = datetime.fromisoformat(moment)
        while (now := self.now()) <= end:
            time.sleep(min(1.0, (end - now).total_seconds() + 0.1))

    def close(self) -> None:
        """Stop everything."""
        self._broom.close()
        self.scheduler.close()
        for name, kubelet in self.kubelets.items():
            if name != self.kubelet.node:
                kubelet.close()
        super().close()


Ending = Callable[[DebugStage, Asked], object]
