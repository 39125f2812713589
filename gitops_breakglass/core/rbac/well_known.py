"""The resources that every Kubernetes serves, by group: enough to tell a slip of the pen from a custom resource."""

from __future__ import annotations

from typing import NamedTuple


class WellKnown(NamedTuple):
    """One resource as rules name it, and the groups that serve it."""

    plural: str
    groups: tuple[str, ...]


_KINDS = {
    "": "ConfigMap cm,Endpoints ep,Event ev,LimitRange limits,Namespace ns,Node no,PersistentVolume pv,PersistentVolumeClaim pvc,"
    "Pod po,PodTemplate,ReplicationController rc,ResourceQuota quota,Secret,Service svc,ServiceAccount sa",
    "admissionregistration.k8s.io": "MutatingWebhookConfiguration,ValidatingAdmissionPolicy,ValidatingAdmissionPolicyBinding,"
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition crd crds",
    "apiregistration.k8s.io": "APIService",
    "apps": "ControllerRevision,DaemonSet ds,Deployment deploy,ReplicaSet rs,StatefulSet sts",
    "autoscaling": "HorizontalPodAutoscaler hpa",
    "batch": "CronJob cj,Job",
    "certificates.k8s.io": "CertificateSigningRequest csr",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "events.k8s.io": "Event ev",
    "networking.k8s.io": "Ingress ing,IngressClass,NetworkPolicy netpol",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodDisruptionBudget pdb",
    "rbac.authorization.k8s.io": "ClusterRole,ClusterRoleBinding,Role,RoleBinding",
    "scheduling.k8s.io": "PriorityClass pc",
    "storage.k8s.io": "CSIDriver,CSINode,StorageClass sc,VolumeAttachment",
}
GROUPS = frozenset(
    {*_KINDS, "authentication.k8s.io", "authorization.k8s.io", "extensions", "flowcontrol.apiserver.k8s.io"}
)
"""Groups that Kubernetes serves or served itself; in no other group is anything of the above looked for."""
_NO_LONGER = {
    "daemonsets": "extensions",
    "deployments": "extensions",
    "ingresses": "extensions",
    "networkpolicies": "extensions",
    "replicasets": "extensions",
}


def _plural(singular: str) -> str:
    if singular == "endpoints":
        return singular
    if singular.endswith("s"):
        return f"{singular}es"
    return f"{singular[:-1]}ies" if singular.endswith("y") else f"{singular}s"


def _read() -> tuple[dict[str, WellKnown], dict[str, WellKnown]]:
    groups: dict[str, list[str]] = {}
    other: dict[str, str] = {}
    for group, kinds in _KINDS.items():
        for kind, *short in (words.split() for words in kinds.split(",")):
            plural = _plural(kind.lower())
            groups.setdefault(plural, []).append(group)
            other |= dict.fromkeys([kind.lower(), *short], plural)
    for plural, group in _NO_LONGER.items():
        groups[plural].append(group)
    known = {plural: WellKnown(plural, tuple(some)) for plural, some in groups.items()}
    return known, {word: known[plural] for word, plural in other.items() if word not in known}


_BY_PLURAL, _BY_OTHER_NAME = _read()


def well_known(plural: str) -> WellKnown | None:
    """Return the resource of this name."""
    return _BY_PLURAL.get(plural)


def meant_by(word: str) -> WellKnown | None:
    """Return the resource that a kind, a singular or a short name is for; None for what is a resource's name itself."""
    small = word.lower()
    if word in _BY_PLURAL:
        return None
    return _BY_PLURAL.get(small) or _BY_OTHER_NAME.get(small)
