"""Whether the guard of a cluster still holds the pod rules that its policy side has."""

from __future__ import annotations

from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.install.guard_pods import guard_pods
from gitops_breakglass.core.install.marks import POD_RULES, words_of
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.kube import key_of
from gitops_breakglass.model.policy import KubernetesTarget, PolicySide
from gitops_breakglass.ports import ClusterReader


def not_installed(cluster: ClusterReader, policy: PolicySide) -> tuple[Finding, ...]:
    """Return a finding where the policy side in force has pod rules that the guard lacks; a folder of manifests has none.

    Raises UnreachableError or RefusedError where the cluster does not say.
    """
    access = policy.configuration.clusters.get(cluster.name)
    if access is None or not isinstance(access.target, KubernetesTarget):
        return ()
    wanted = rule_sets(policy, cluster.name)
    held: set[str] = set()
    for manifest in guard_pods(wanted)[::2]:
        live = cluster.get(key_of(manifest))
        held |= words_of(live.manifest, POD_RULES) if live is not None else frozenset()
    missing = sorted({each.policy_name for each in wanted if each.digest not in held})
    if not missing:
        return ()
    return (
        Finding(
            "pod-rules-outgrown",
            f"the guard on {cluster.name} does not hold the pod rules as they are now, so pods are let through one by one,"
            f" as runs find them: {', '.join(missing)}",
            Location("breakglass.yaml"),
            Severity.WARNING,
            "run `gitops-breakglass install` again, as the cluster's administrator",
        ),
    )
