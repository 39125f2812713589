"""A cluster on which somebody has a generous grant, uses it, and leaves things behind beside the things of others."""

from __future__ import annotations

import base64
import re
import time
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitops_breakglass.model.kube import CLOUDNIMBUS_GROUP, OUR_GROUP, TELEKOM_GROUP
from tests.cluster.faulty_stage import CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.actor import MERGE_PATCH, Actor
from tests.cluster.harness.becoming import settled
from tests.git.world import session

NAMESPACE = "shop"
OPS = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata: {name: incident-ops}
spec:
  escalatedGroup: incident-ops
  allowed: {clusters: ["*"], groups: [developers]}
  approvers: {groups: [team-leads]}
  maxValidFor: 1h
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: incident-ops}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [create, get, list]}
  - {apiGroups: [""], resources: [serviceaccounts], verbs: [create]}
  - {apiGroups: [apps], resources: [deployments], verbs: [create, get, list, patch]}
  - {apiGroups: [batch], resources: [cronjobs], verbs: [create, get, list]}
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}
  - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
  - {apiGroups: [""], resources: [pods, pods/log], verbs: [get]}
"""
RIGHTS = 14
"""So many of these are granted: to write bindings is not among them."""
OFFER = """\
  - name: shop-incidents
    clusters: ["*"]
    allowed: {groups: [developers]}
    approvers: {groups: [team-leads]}
    namespaces: [shop]
    rules:
      - {apiGroups: [""], resources: [configmaps, pods, pods/log], verbs: [get, list]}
      - {apiGroups: [apps], resources: [deployments], verbs: [get, patch]}
    maxDuration: 2h
"""


class ReportStage(FaultyStage):
    """One installed cluster with the escalation and an offer above; what others have there was there before."""

    def policy(self, groups: dict[str, list[str]]) -> None:
        super().policy(groups)
        text = (self.world.path / "breakglass.yaml").read_text()
        self.world.policy(
            {
                "breakglass.yaml": text + OFFER,
                "policies/escalations/incident-ops.yaml": OPS,
                "policies/rbac/incident-ops.yaml": ROLE,
            }
        )

    def furnish(self) -> None:
        """Make the namespace, another's Deployment in it, and let bob keep ConfigMaps there."""
        self.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.admin.must("POST", _of("apps/v1", "deployments"), deployment("web"))
        self._may("notes", "bob@example.com", "configmaps")
        # No grant makes such Secrets, which the guard sees to; who has the right by other means still does.
        self._may("keepers", "alice@example.com", "secrets")
        settled(self.admin)
        # What is in the second in which access begins may have been made in it.
        time.sleep(2.5)

    def _may(self, name: str, user: str, resource: str) -> None:
        """Bind somebody for good, as it is without us."""
        role = {"metadata": {"name": name}, "rules": [{"apiGroups": [""], "resources": [resource], "verbs": ["*"]}]}
        self.admin.must("POST", f"{RBAC}/namespaces/{NAMESPACE}/roles", role)
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }
        self.admin.must("POST", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings", binding)

    done: dict[str, int]
    """What became of each of alice's calls."""

    def grants(self, name: str, *, who: str, seconds: int) -> None:
        """Have the escalation granted to somebody."""
        self.asks(name, session(name, escalation="incident-ops", duration=f"{seconds}s"), who=who)

    def asks(self, name: str, text: str, *, who: str) -> None:
        """Have a request of this text granted."""
        what = f"{CLUSTER}/{name}"
        self.world.person(who).requests(what, text)
        self.world.person("lead").approves(what, "go ahead")
        self.world.merge(what)
        assert f"granted   {what}" in self.reconcile().stdout

    def person(self, name: str) -> Actor:
        """Somebody on the cluster, by certificate."""
        return self.users(f"{name}@example.com")

    def report(self, name: str, *arguments: str, code: int = 0) -> Any:
        """Report as the cluster's administrator."""
        return self.run(
            "report", f"{CLUSTER}/{name}", "--kubeconfig", str(self.server.admin_kubeconfig), *arguments, code=code
        )

    def auditor(self, name: str) -> Actor:
        """Somebody who may read roles, records and Deployments, and nothing else."""
        read = ["get", "list"]
        rules = [
            {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": read},
            {"apiGroups": [OUR_GROUP, TELEKOM_GROUP, CLOUDNIMBUS_GROUP], "resources": ["*"], "verbs": read},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": read},
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": read},
        ]
        self.admin.must("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "auditors"}, "rules": rules})
        binding = {
            "metadata": {"name": "auditors"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "auditors"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": f"{name}@example.com"}],
        }
        self.admin.must("POST", f"{RBAC}/clusterrolebindings", binding)
        settled(self.admin)
        return self.person(name)

    @property
    def log(self) -> Path:
        """The API server's audit log."""
        return self.server.audit_log


def misuse(person: Actor) -> dict[str, int]:
    """Do what leaves something behind; the status of each call."""
    return {
        "binding": person.status("POST", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings", _binding(person.name)),
        "account": person.status("POST", _of("v1", "serviceaccounts"), {"metadata": {"name": "backdoor"}}),
        "token": person.status("POST", _of("v1", "secrets"), _token("backdoor")),
        "csr": person.status("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", _csr(person.name)),
        "cronjob": person.status("POST", _of("batch/v1", "cronjobs"), _cronjob("phone-home")),
        "deployment": person.status("POST", _of("apps/v1", "deployments"), deployment("miner")),
        "configmap": person.status(
            "POST", _of("v1", "configmaps"), {"metadata": {"name": "notes"}, "data": {"a": "b"}}
        ),
        "patch": person.request(
            "PATCH",
            f"{_of('apps/v1', 'deployments')}/web",
            {"spec": {"template": {"metadata": {"annotations": {"patched": "yes"}}}}},
            content_type=MERGE_PATCH,
        ).status,
    }


def plain(text: str) -> str:
    """A report without what differs from run to run: times, hashes, ports, and the folder of the log."""
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?: UTC|Z)", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b", "HASH", text)
    text = re.sub(r"[0-9.]+ s after", "N s after", text)
    text = re.sub(r"SHA256:[A-Za-z0-9+/]+", "KEY", text)
    text = re.sub(r"whether \d+ objects", "whether N objects", text)
    return re.sub(r"/\S+/audit\.log", "audit.log", text)


def deployment(name: str) -> dict[str, Any]:
    """A Deployment of one pod."""
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": name}}, "template": _pod(name)}}


def _of(api_version: str, resource: str) -> str:
    root = "/apis/" if "/" in api_version else "/api/"
    return f"{root}{api_version}/namespaces/{NAMESPACE}/{resource}"


def _pod(name: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "example.com/c:1"}]},
    }


def _cronjob(name: str) -> dict[str, Any]:
    pod = _pod(name)
    pod["spec"]["restartPolicy"] = "Never"
    return {"metadata": {"name": name}, "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": pod}}}}


def _token(account: str) -> dict[str, Any]:
    annotations = {"kubernetes.io/service-account.name": account}
    return {
        "metadata": {"name": f"{account}-token", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }


def _binding(user: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "mine"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


def _csr(user: str) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = request.public_bytes(serialization.Encoding.PEM)
    return {
        "metadata": {"name": "mine"},
        "spec": {
            "request": base64.b64encode(pem).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    }
