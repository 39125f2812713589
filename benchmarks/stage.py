"""An installed cluster of its own, and an access repository with many requests that were approved and merged."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import say
from gitops_breakglass.model.kube import NAMESPACE
from tests.cluster.harness.actor import Actor
from tests.cluster.seed_stage import SeedStage

CLUSTER = "prod-cluster-1"
ESCALATION = "pod-shell-access"
REQUEST = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata: {{name: {name}}}
spec: {{escalation: {escalation}, maxValidFor: 1h, requestReason: "{name}: connections time out"}}
"""
RBAC = "/apis/rbac.authorization.k8s.io/v1"
RECORDS = f"/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/{NAMESPACE}"
SESSIONS = f"/apis/breakglass.t-caas.telekom.com/v1alpha1/namespaces/{NAMESPACE}/breakglasssessions"


class Stage(SeedStage):
    """The seeds' policy side on an API server, with a brake wide enough for `many` new grants in one run."""

    def __init__(self, folder: Path, many: int) -> None:
        """Start, install, and merge `many` requests, each signed by its author and its approver."""
        self._many = many
        super().__init__(folder, CLUSTER, {"developers": ["alice"], "team-leads": ["ben"]})
        self.install()
        self._merge_requests()

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side with another brake."""
        super().policy(groups)
        configuration = (self.world.path / "breakglass.yaml").read_text()
        brake = f"brakes: {{maxNewGrants: {self._many}, maxLiveGrants: {self._many}, maxLiveGrantsPerSubject: {self._many}}}\n"
        self.world.policy({"breakglass.yaml": configuration + brake})

    def _merge_requests(self) -> None:
        alice, ben = self.world.person("alice"), self.world.person("ben")
        for number in range(self._many):
            name = f"inc-{number:04}"
            what = f"{self.cluster}/{name}"
            alice.requests(what, REQUEST.format(name=name, escalation=ESCALATION))
            ben.approves(what, "go ahead")
            self.world.merge(what)
            if number % 50 == 49:
                say(f"{number + 1} of {self._many} requests are approved and merged")

    def forget(self) -> None:
        """As administrator, take away all that earlier runs made but the installation, so that they can be made again."""
        for collection in (f"{RECORDS}/grants", f"{RECORDS}/checkpoints", SESSIONS):
            self.admin.must("DELETE", collection)
        assert self.ours() == []

    def equal_of_reconciler(self, name: str) -> Actor:
        """Return a service account that is bound to all that the reconciler is bound to, and held by no fence."""
        account = self.users.service_account("default", name)
        subject = {"kind": "ServiceAccount", "namespace": "default", "name": name}
        for each in self.admin.must("GET", f"{RBAC}/clusterrolebindings")["items"]:
            if any(one.get("name") == "reconciler" for one in each.get("subjects") or ()):
                binding = {"metadata": {"name": f"{name}-{each['roleRef']['name']}"}, "roleRef": each["roleRef"]}
                self.admin.must("POST", f"{RBAC}/clusterrolebindings", {**binding, "subjects": [subject]})
        return account
