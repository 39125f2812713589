"""The trust root: whose word counts on a cluster, as the administrator pins it."""

from __future__ import annotations

from gitops_breakglass.core.install.marks import metadata
from gitops_breakglass.core.record import TRUST_ROOT
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, Manifest


def trust_root(trust: TrustRoot) -> Manifest:
    """Return the TrustRoot of the cluster; reconciler and sweeper can read it and nothing more."""
    return {
        "apiVersion": OUR_API,
        "kind": "TrustRoot",
        "metadata": metadata(TRUST_ROOT, NAMESPACE),
        "spec": {
            "repository": trust.repository,
            "policyCommit": trust.policy,
            "cluster": trust.cluster,
            "clusterUID": trust.cluster_uid,
            "publicKeys": list(trust.keys),
        },
    }
