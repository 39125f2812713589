"""Requests with operations, the templates that they are held against, and what is on the cluster."""

import json
from datetime import timedelta

import yaml

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.core.debug.operations.objects import operation_parts, wanted_facts
from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.names import session_name
from gitops_breakglass.core.read.debug_session import read_debug_session
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.debug_offer import (
    AutoApproval,
    DebugOffer,
    DebugTemplate,
    Mode,
    NamespaceChoice,
    ReasonRule,
)
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.kube import LiveObject, key_of
from gitops_breakglass.model.request import RequestId, Subject

REPOSITORY = "acme/access"
PODS = {
    "mode": "kubectl-debug",
    "kubectlDebug": {
        "ephemeralContainers": {
            "enabled": True,
            "allowedNamespaces": ["app-*", "services-*"],
            "deniedNamespaces": ["kube-system"],
            "allowedImages": ["busybox:*", "nicolaka/netshoot:*"],
        },
        "podCopy": {"enabled": True, "ttl": "1h"},
    },
    "constraints": {"maxDuration": "2h", "defaultDuration": "30m"},
}
"""The use cases' template for operations on pods, but for who may use it."""
NODES = {
    "mode": "kubectl-debug",
    "kubectlDebug": {
        "nodeDebug": {
            "enabled": True,
            "allowedImages": ["nicolaka/netshoot:*", "alpine:*"],
            "hostNamespaces": {"hostNetwork": True, "hostPID": True},
        }
    },
    "constraints": {"maxDuration": "2h", "defaultDuration": "30m"},
}
"""The one for nodes."""
WEB = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web-abc123",
        "namespace": "app-frontend",
        "uid": "pod-uid",
        "labels": {"app": "web"},
        "annotations": {"team": "frontend"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web", "uid": "owner-uid", "controller": True}],
    },
    "spec": {
        "nodeName": "node-a",
        "serviceAccountName": "web",
        "serviceAccount": "web",
        "terminationGracePeriodSeconds": 30,
        "priority": 1000,
        "priorityClassName": "high",
        "hostname": "web-0",
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "initContainers": [{"name": "migrate", "image": "registry.example.com/web:1", "args": ["migrate"]}],
        "containers": [
            {
                "name": "app",
                "image": "registry.example.com/web:1",
                "ports": [{"containerPort": 8080, "hostPort": 8080}],
                "livenessProbe": {"httpGet": {"path": "/", "port": 8080}},
                "lifecycle": {"preStop": {"exec": {"command": ["sh"]}}},
                "env": [
                    {"name": "PLAIN", "value": "yes"},
                    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                    {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "mode"}}},
                ],
                "envFrom": [{"secretRef": {"name": "all"}}, {"configMapRef": {"name": "web"}, "prefix": "WEB_"}],
                "resources": {"requests": {"cpu": "100m"}, "claims": [{"name": "gpu"}]},
                "volumeMounts": [
                    {"name": "cache", "mountPath": "/cache"},
                    {"name": "certificates", "mountPath": "/tls"},
                    {"name": "settings", "mountPath": "/etc/web"},
                    {"name": "data", "mountPath": "/data"},
                    {"name": "kube-api-access-x7k2p", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
                ],
            }
        ],
        "volumes": [
            {"name": "cache", "emptyDir": {}},
            {"name": "certificates", "secret": {"secretName": "web-tls"}},
            {"name": "settings", "configMap": {"name": "web"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {
                "name": "kube-api-access-x7k2p",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"path": "token"}},
                        {"configMap": {"name": "kube-root-ca.crt"}},
                        {"downwardAPI": {"items": []}},
                    ]
                },
            },
        ],
    },
    "status": {"phase": "Running"},
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app-frontend", "uid": "namespace-uid"}}
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-to-debug", "uid": "node-uid", "labels": {"pool": "edge"}},
}


def template_with(block, **fields):
    """The spec of the use cases' template for pods, with some fields of a block changed."""
    spec = json.loads(json.dumps(PODS))
    spec["kubectlDebug"].setdefault(block, {}).update(fields)
    return spec


def template(spec):
    document = Document("policies/debug.yaml", {"kind": "DebugSessionTemplate", "spec": spec})
    return DebugTemplate("debugging", document, spec, Mode(spec.get("mode", "workload")))


def offer(spec, *, labels=None, namespace="breakglass-debug"):
    nobody = Audience()
    return DebugOffer(
        template=template(spec),
        binding=None,
        pod=None,
        allowed=nobody,
        approvers=nobody,
        auto_approval=AutoApproval(),
        request_reason=ReasonRule(),
        approval_reason=ReasonRule(),
        max_duration=timedelta(hours=2),
        default_duration=timedelta(minutes=30),
        operations=PodOperations(),
        namespaces=NamespaceChoice(namespace),
        labels=labels or {},
    )


def request(*operations, name="look-inside", **spec):
    """A request as it is read from its file, with the places of all its values."""
    data = {
        "apiVersion": "breakglass.t-caas.telekom.com/v1alpha1",
        "kind": "DebugSession",
        "metadata": {"name": name},
        "spec": {"templateRef": "debugging", **spec, "operations": list(operations)},
    }
    path = f"requests/prod-cluster-1/{name}.yaml"
    (document,) = yamlfile.load(yaml.safe_dump(data, sort_keys=False).encode(), path).documents
    read = read_debug_session(document, RequestId("prod-cluster-1", name))
    assert read.findings == ()
    return read.value


def seen(*manifests):
    """Facts of a cluster on which these objects are, and nothing else of what was looked for."""
    return {key_of(each): LiveObject(key_of(each), each["metadata"]["uid"], each) for each in manifests}


def parts_of(spec, asked, facts, **more):
    name = session_name(REPOSITORY, asked.id)
    if facts is not None:
        facts = {key: facts.get(key) for key in wanted_facts(asked)}
    return operation_parts(Asking(asked, offer(spec, **more), name, Subject("User", "ben@example.com"), facts))


def copied(manifest, **changes):
    """The same object with some paths changed, as `spec__nodeName=...`; `...` takes a field out."""
    made = json.loads(json.dumps(manifest))
    for path, value in changes.items():
        *around, last = path.split("__")
        place = made
        for step in around:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return made


def ephemeral(**fields):
    asked = {"namespace": "app-frontend", "pod": "web-abc123", "image": "busybox:1.37"}
    return {"ephemeralContainer": {**asked, **fields}}


def pod_copy(**fields):
    return {"podCopy": {"namespace": "app-frontend", "pod": "web-abc123", **fields}}


def node_debug(**fields):
    return {"nodeDebug": {"node": "node-to-debug", **fields}}
