"""What sort of thing an object is, by what somebody could do with it later."""

from __future__ import annotations

from gitops_breakglass.model.residue import Met, Sort

_GROUPS = {
    "rbac.authorization.k8s.io": Sort.RBAC,
    "certificates.k8s.io": Sort.CERTIFICATES,
    "admissionregistration.k8s.io": Sort.ADMISSION,
    "apiextensions.k8s.io": Sort.API,
    "apiregistration.k8s.io": Sort.API,
    "batch": Sort.WORKLOADS,
}
_KINDS = {
    ("", "serviceaccounts"): Sort.RBAC,
    ("", "pods"): Sort.WORKLOADS,
    ("", "podtemplates"): Sort.WORKLOADS,
    ("", "replicationcontrollers"): Sort.WORKLOADS,
    ("apps", "daemonsets"): Sort.WORKLOADS,
    ("apps", "deployments"): Sort.WORKLOADS,
    ("apps", "replicasets"): Sort.WORKLOADS,
    ("apps", "statefulsets"): Sort.WORKLOADS,
}


def sort_of(met: Met) -> Sort:
    """Return the sort of an object; a ServiceAccount counts as RBAC, since it is somebody whom bindings can be for."""
    if met.token_of is not None:
        return Sort.TOKENS
    return _KINDS.get((met.group, met.resource)) or _GROUPS.get(met.group, Sort.OTHER)
