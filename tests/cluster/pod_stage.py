"""An API server whose guard holds pod rules: grants are made on it as the reconciler makes them, and used for real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.administrator import Administrator
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.read.deny import read_deny, read_override
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.flows.install import apply, prepare
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import MARKER_ANY, MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB
from gitops_breakglass.model.kube import NAMESPACE, RBAC, RBAC_GROUP
from gitops_breakglass.model.policy import Escalation, PolicySide
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World
from tests.cluster.install_fixture import ACCESS, a_policy_side, administrator_of
from tests.cluster.witness_stage import ours
from tests.unit.authorize.world import escalation
from tests.unit.read.documents import TELEKOM, document

INTO_PODS = [
    {
        "apiGroups": [""],
        "resources": [f"pods/{each}" for each in ("exec", "attach", "portforward")],
        "verbs": ["create", "get"],
    }
]
# What the use cases say, in our words.
_POLICIES = {
    "restrict-privileged-exec": """
        podSecurityRules:
          riskFactors: {privilegedContainer: 100, hostNetwork: 50, hostPID: 75}
          thresholds:
            - {maxScore: 49, action: allow}
            - {maxScore: 100, action: deny, reason: "{{.Pod}} scores {{.Score}}, which is for SREs"}
          exemptions: {namespaces: {patterns: [exempt-*]}}""",
    "limit-exec-to-debug-pods": """
        podSecurityRules:
          exemptions:
            namespaces: {patterns: [debug-tools-*]}
            labels: {app.kubernetes.io/component: debug-tool}
          thresholds: [{maxScore: 0, action: deny, reason: Only debug tools may be entered}]""",
    "limit-automation-scope": """
        appliesTo: {escalationRefs: [automation-access]}
        podSecurityRules:
          exemptions: {labels: {automation-enabled: "true"}}
          thresholds: [{maxScore: 0, action: deny, reason: Only pods that say so}]""",
    "block-node-risks": """
        podSecurityRules:
          riskFactors: {privilegedContainer: 10, capabilities: {SYS_ADMIN: 30}}
          blockFactors: [hostNetwork, capability]
          appliesTo: {subresources: [exec, attach]}
          thresholds: [{maxScore: 9, action: allow}]""",
}
_OVERRIDE = """
        podSecurityOverrides:
          enabled: true
          maxAllowedScore: 200
          exemptFactors: [hostNetwork, capabilities]
          namespaceScope: [debug-tools-*]"""
PRIVILEGED = {"containers": [{"name": "main", "image": "example.com/app:1", "securityContext": {"privileged": True}}]}


def a_deny_policy(name: str, spec: str) -> DenyPolicy:
    head = f"apiVersion: {TELEKOM}\nkind: DenyPolicy\nmetadata: {{name: {name}}}\nspec:"
    return read_deny(document(f"{head}{spec}"))


POLICIES = {name: a_deny_policy(name, spec) for name, spec in _POLICIES.items()}


def the_override() -> PodOverride:
    head = f"apiVersion: {TELEKOM}\nkind: BreakglassEscalation\nmetadata: {{name: sre}}\nspec:"
    found = read_override(Reading(document(f"{head}{_OVERRIDE}")))
    assert found is not None
    return found


OVERRIDE = the_override()


def sre() -> Escalation:
    return replace(escalation(), name="sre-privileged-debug", clusters=(ACCESS.name,), override=OVERRIDE)


def policy_side(*policies: DenyPolicy) -> PolicySide:
    return replace(a_policy_side(), deny=policies or tuple(POLICIES.values()), escalations=(sre(),))


@dataclass
class PodStage:
    """The cluster's people, its kubelet, and what makes and uses grants."""

    server: ApiServer
    users: Users
    kubelet: Kubelet
    reconciler: Actor
    world: World
    administrator: Administrator
    policy: PolicySide
    witness: tuple[str, Actor]
    """A namespace, and somebody there whom the policies let into no pod."""

    @property
    def admin(self) -> Actor:
        return self.users.admin

    def hears_of_pods(self) -> None:
        """Return once the guard has heard of every pod as it is now."""
        heard_of_pods(self.world, *self.witness)

    def grant(
        self,
        namespace: str,
        who: Actor,
        *policies: str,
        override: PodOverride | None = None,
        rules: list[Any] | None = None,
    ) -> str:
        """Let somebody into the pods of a namespace (of all where it is empty), held to these policies."""
        name = f"bg-{uuid.uuid4().hex[:10]}"
        pods = {each.name: each.pods for each in self.policy.deny}
        held = [digest_of(each, pods[each], override) for each in policies]
        marker = {
            "apiGroups": [MARKER_GROUP],
            "resources": [MARKER_RESOURCE],
            "resourceNames": [MARKER_ANY, *held],
            "verbs": [MARKER_VERB],
        }
        kind = "Role" if namespace else "ClusterRole"
        base = f"/apis/{RBAC}/namespaces/{namespace}" if namespace else f"/apis/{RBAC}"
        bodies = {
            f"{kind.lower()}s": {"rules": [*(INTO_PODS if rules is None else rules), *([marker] if held else [])]},
            f"{kind.lower()}bindings": {
                "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": name},
                "subjects": [{"kind": "User", "apiGroup": RBAC_GROUP, "name": who.name}],
            },
        }
        for plural, body in bodies.items():
            self.reconciler.must("POST", f"{base}/{plural}", {"metadata": ours(name), **body})
            self.world.remove_later(f"{base}/{plural}/{name}")
        where = namespace or "default"
        eventually(lambda: may(self.admin, where, who.name), f"{who.name} does not hold {name}")
        # Somebody who had a standing right may do so before.
        settled(self.admin)
        self.hears_of_pods()
        return name


def ways_in(who: Actor, namespace: str, pod: str) -> dict[str, bool]:
    """By every way into a pod: whether it was let through."""
    base = f"/api/v1/namespaces/{namespace}/pods/{pod}"
    return {
        "exec": who.exec(namespace, pod).arrived,
        "exec by POST": who.exec(namespace, pod, spdy=True).arrived,
        "attach": who.attach(namespace, pod).arrived,
        "attach by POST": who.status("POST", f"{base}/attach?container=main&stdout=true") != 403,
        "port-forward": who.port_forward(namespace, pod).arrived,
        "port-forward by POST": who.status("POST", f"{base}/portforward?ports=8080") != 403,
    }


def heard_of_pods(world: World, namespace: str, who: Actor) -> None:
    """Return once the guard has heard of every pod as it is now: `who` may enter no privileged one in this namespace.

    The API server's watch of pods tells of them in the order of their writes, so of one that is made now it tells last.
    """
    name = f"last-{uuid.uuid4().hex[:8]}"
    world.pod(namespace, name, spec=PRIVILEGED, running=False)
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    eventually(lambda: who.status("POST", f"{path}/attach?container=main&stdout=true") == 403, "no pod is heard of")
    world.admin.must("DELETE", f"{path}?gracePeriodSeconds=0")


def may(admin: Actor, namespace: str, user: str, resource: str = "pods", subresource: str = "exec") -> bool:
    asked = {"namespace": namespace, "verb": "create", "resource": resource, "subresource": subresource}
    review = {"spec": {"user": user, "resourceAttributes": asked}}
    answer = admin.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


@contextmanager
def pod_stage(folder: Path, policy: PolicySide, closing: str = "limit-automation-scope") -> Iterator[PodStage]:
    """Start an API server in the folder and install with this policy side; `closing` is a policy that closes any plain pod."""
    server = ApiServer.join(folder / "kube-apiserver")
    users = Users(server, folder)
    with administrator_of(server) as administrator:
        apply(administrator, prepare(administrator, ACCESS, policy=policy, crds=crds()).bundle, clock=SystemClock())
        kubelet = Kubelet(server, users, folder, "node-of-pods")
        world = World(users.admin, kubelet.node)
        reconciler = users.service_account(NAMESPACE, "reconciler")
        try:
            witness = (world.namespace("witness"), users.fresh("witness"))
            stage = PodStage(server, users, kubelet, reconciler, world, administrator, policy, witness)
            stage.grant(*witness, closing)
            yield stage
        finally:
            world.close()
            kubelet.close()
            users.close()
            server.leave(wait=True)
