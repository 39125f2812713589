"""One installed cluster whose policy side has deny policies: each of `people` may ask for each of the test's escalations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.policy import PolicySide
from tests.cluster.faulty_stage import CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.actor import Actor
from tests.cluster.seed_stage import SeedStage
from tests.git.world import session

TELEKOM = "breakglass.t-caas.telekom.com/v1alpha1"
FORBIDDEN = 403
LONG = 900
PRIVILEGED = {"containers": [{"name": "main", "image": "example.com/app:1", "securityContext": {"privileged": True}}]}
INTO_PODS = {
    "apiGroups": [""],
    "resources": [f"pods/{each}" for each in ("exec", "attach", "portforward")],
    "verbs": ["create", "get"],
}


def escalation(name: str, **more: Any) -> dict[str, str]:
    """The file of an escalation to the group of the same name; whoever asks is in the group `askers`."""
    spec = {
        "escalatedGroup": name,
        "allowed": {"clusters": [CLUSTER], "groups": ["askers"]},
        "approvers": {"groups": ["team-leads"]},
        "maxValidFor": "4h",
        **more,
    }
    return {f"policies/escalations/{name}.yaml": document("BreakglassEscalation", name, spec=spec)}


def role(name: str, *rules: dict[str, Any], namespaces: tuple[str, ...] = ()) -> dict[str, str]:
    """The files of a group's ClusterRole, which holds in these namespaces, or else everywhere."""
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    files = {f"policies/rbac/{name}.yaml": json.dumps({**head, "kind": "ClusterRole", "rules": list(rules)})}
    for place in namespaces:
        api = "rbac.authorization.k8s.io"
        binding = {
            **head,
            "kind": "RoleBinding",
            "metadata": {"name": f"{name}-binding", "namespace": place},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": api, "kind": "Group", "name": name}],
        }
        files[f"policies/rbac/{name}-in-{place}.yaml"] = json.dumps(binding)
    return files


def deny(name: str, **spec: Any) -> dict[str, str]:
    """The file of a deny policy."""
    return {f"policies/deny/{name}.yaml": document("DenyPolicy", name, spec=spec)}


def document(kind: str, name: str, **parts: Any) -> str:
    return json.dumps({"apiVersion": TELEKOM, "kind": kind, "metadata": {"name": name}, **parts})


class DenyStage(FaultyStage):
    """An installed cluster. Escalations and roles are the test's own, beside those of the use cases."""

    def __init__(self, folder: Path, people: list[str], files: dict[str, str], **groups: list[str]) -> None:
        self._files = files
        own = {"askers": people, "team-leads": ["lead"], "developers": people, **groups}
        SeedStage.__init__(self, folder, CLUSTER, own)
        self.webhook = None

    def policy(self, groups: dict[str, list[str]]) -> None:
        super().policy(groups)
        self.world.policy(self._files)

    def grants(self, name: str, escalation: str, *, seconds: int = LONG, approver: str | None = "lead") -> None:
        """Request, approve and merge, all under this name."""
        what = f"{CLUSTER}/{name}"
        self.world.person(name).requests(what, session(name, escalation=escalation, duration=f"{seconds}s"))
        if approver:
            self.world.person(approver).approves(what, "go ahead")
        self.world.merge(what)

    def change(self, name: str, files: dict[str, str | None]) -> None:
        """Change the policy side as its approvers want it."""
        branch = f"policy/{name}"
        self.world.person("lead").commits(files, on=branch, message=f"Change {name}")
        self.world.person("dana").approves_policy(branch)
        self.world.merge("x", branch=branch)

    def side(self) -> PolicySide:
        """The policy side as the product reads it now, default policies and all."""
        sources = AccessRepository(RepositoryOptions(self.world.path, "main", None)).sources()
        policy, problems = sources.policy_at(self.world.tip)
        assert policy is not None, problems
        return policy

    def subject(self, name: str) -> Actor:
        """Whoever asks under that name."""
        return self.users(f"{name}@example.com")

    def namespace(self, name: str, labels: dict[str, str] | None = None) -> None:
        """Make a namespace of that very name; a cluster may have it."""
        self.admin.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})
        self.admin.request("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})

    def parameters(self, name: str) -> str:
        """The path of what the guard refuses to the grant of a request."""
        path = f"/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/{NAMESPACE}/guardparameters"
        (found,) = [each for each in self.admin.must("GET", path)["items"] if f"bg-{name}-" in each["metadata"]["name"]]
        return f"{path}/{found['metadata']['name']}"

    def enforced(self, name: str) -> list[dict[str, Any]]:
        """How the record says that deny policies are enforced."""
        return list(self.record(name)["status"].get("denyPolicies") or [])


__all__ = ["CLUSTER", "FORBIDDEN", "INTO_PODS", "LONG", "PRIVILEGED", "RBAC", "DenyStage", "deny", "escalation", "role"]
