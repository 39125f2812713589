"""What this version installs on one cluster, for `install`, which applies it, and for `doctor`, which looks whether it is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.install.bundle import Bundle, InstallInput, bundle
from gitops_breakglass.core.install.guard import longest_window
from gitops_breakglass.core.install.served import with_crds
from gitops_breakglass.core.rbac.ceiling import ceiling
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import Manifest
from gitops_breakglass.model.policy import ClusterAccess, PolicySide, Rbac
from gitops_breakglass.model.rules import Discovery, Rules


class Wanted(NamedTuple):
    """The objects, and the rights that the ceiling among them has to cover."""

    bundle: Bundle
    ceiling: Rules


def wanted(
    policy: PolicySide,
    access: ClusterAccess,
    *,
    rbac: Rbac,
    discovery: Discovery,
    crds: Sequence[Manifest],
    trust: TrustRoot,
    uncovered: Collection[str] = (),
) -> Wanted:
    """Return what a policy side asks for; `rbac` and `discovery` are the cluster's, `crds` those that come along.

    In the namespaces that are `uncovered` the guard looks at no pod.
    """
    rules = ceiling(policy, cluster_name=access.name, cluster=rbac, discovery=with_crds(discovery, crds))
    given = InstallInput(
        crds=crds,
        reconciler=access.reconciler,
        sweeper=access.sweeper,
        ceiling=rules,
        longest=longest_window(policy, access.name),
        trust=trust,
        pod_rules=rule_sets(policy, access.name),
        uncovered=uncovered,
        needs=session_needs(policy, access.name),
    )
    return Wanted(bundle(given), rules)
