"""`ClusterConfig` documents: the clusters that requests may be for."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Read, Reading, words_of
from gitops_breakglass.core.read.request_path import CLUSTER_NAME, RESERVED_CLUSTERS
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import ClusterConfig


def read_cluster_config(document: Document) -> Read[ClusterConfig]:
    """Read a cluster; its name has to do as the name of a folder and a branch."""
    reading = Reading(document)
    name = document.name
    if name in RESERVED_CLUSTERS or not CLUSTER_NAME.match(name):
        reading.report(
            "cluster-name",
            f"no cluster can be called {name!r} here",
            "metadata",
            "name",
            hint="lower-case letters, digits and dashes, at most 63; `policy` is the word for changes of the policy side",
        )
    return reading.done(
        ClusterConfig(
            name=name,
            location=document.at("metadata", "name"),
            tenant=reading.text("spec", "tenant"),
            block_self_approval=reading.flag("spec", "blockSelfApproval"),
            approver_domains=reading.texts("spec", "allowedApproverDomains"),
            identity_providers=reading.texts("spec", "identityProviderRefs"),
            labels=tuple(sorted(words_of(reading.node("metadata", "labels")).items())),
        )
    )
