"""The command lines of etcd, the API server and the controller manager, and the files they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CONTROLLERS_USER = "system:kube-controller-manager"
ISSUER = "https://kubernetes.default.svc"

# Who did what, for every call; the first stage says nothing that the later ones don't.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}

# There are no machines: these would declare the test's node dead for want of heartbeats and evict its pods.
_NO_CONTROLLERS = (
    "node-lifecycle-controller",
    "taint-eviction-controller",
    "device-taint-eviction-controller",
    "node-ipam-controller",
)


def etcd(folder: Path, client_port: int, peer_port: int) -> list[str]:
    """Return etcd's arguments: one member on loopback which writes without waiting for the disk."""
    client, peer = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    return [
        f"--data-dir={folder / 'etcd-data'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--log-level=warn",
    ]


def api_server(folder: Path, port: int, etcd_port: int) -> list[str]:
    """Return the API server's arguments: RBAC, tokens and client certificates, audit of everything.

    It takes identity tokens too where somebody has put an `authentication.yaml` into the folder, and sends its audit events
    where an `audit-webhook.yaml` says.
    """
    authentication = folder / "authentication.yaml"
    webhook = folder / "audit-webhook.yaml"
    sends = [f"--audit-webhook-config-file={webhook}", "--audit-webhook-batch-max-wait=1s"]
    return [
        *(sends if webhook.exists() else []),
        *([f"--authentication-config={authentication}"] if authentication.exists() else []),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        # Its addresses would be refused in the endpoints of the service `kubernetes`: loopback is none.
        "--endpoint-reconciler-type=none",
        f"--cert-dir={folder}",
        f"--tls-cert-file={folder / 'serving.crt'}",
        f"--tls-private-key-file={folder / 'serving.key'}",
        f"--client-ca-file={folder / 'ca.crt'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={folder / 'service-account.pub'}",
        f"--service-account-signing-key-file={folder / 'service-account.key'}",
        "--service-cluster-ip-range=10.96.0.0/16",
        f"--kubelet-certificate-authority={folder / 'ca.crt'}",
        f"--kubelet-client-certificate={folder / 'kubelet-client.crt'}",
        f"--kubelet-client-key={folder / 'kubelet-client.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--audit-policy-file={folder / 'audit-policy.yaml'}",
        f"--audit-log-path={folder / 'audit.log'}",
        # One file for the whole run.
        "--audit-log-maxsize=0",
        "--profiling=false",
    ]


def controller_manager(folder: Path) -> list[str]:
    """Return the controller manager's arguments: a lone one, fast, that serves nothing itself."""
    return [
        f"--kubeconfig={folder / 'controllers.kubeconfig'}",
        "--leader-elect=false",
        "--secure-port=0",
        f"--controllers=*,{','.join(f'-{name}' for name in _NO_CONTROLLERS)}",
        f"--service-account-private-key-file={folder / 'service-account.key'}",
        f"--root-ca-file={folder / 'ca.crt'}",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def kubeconfig(url: str, ca: Path, user: dict[str, str], namespace: str = "default") -> dict[str, Any]:
    """Return a kubeconfig; written as JSON, it is YAML too."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": str(ca)}}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
    }
