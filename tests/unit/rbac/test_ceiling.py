"""The ceiling is all that can be granted on a cluster, and no more."""

from datetime import timedelta

from gitops_breakglass.core.rbac.algebra import covers, rule
from gitops_breakglass.core.rbac.ceiling import ceiling, missing_from_ceiling
from gitops_breakglass.core.rbac.never import subtract_never
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.policy import (
    Audience,
    ClusterRole,
    Configuration,
    Escalation,
    Offer,
    PolicySide,
    Rbac,
    RoleBinding,
)
from gitops_breakglass.model.request import Subject
from tests.unit.rbac.stock import DISCOVERY, ROLES

HOUR = timedelta(hours=1)
NOBODY = Audience()
PODS = rule(["delete", "get"], ["pods"])
LOGS = rule(["get"], ["pods/log"])
NODES = rule(["get"], ["nodes"])
SECRETS = rule(["get"], ["secrets"])
SCALE = rule(["patch"], ["deployments/scale"], groups=["apps"])
TOKENS = rule(["create"], ["serviceaccounts/token"])
STOCK = Rbac(tuple(ClusterRole(name, rules) for name, rules in ROLES.items()))


def an_escalation(group, *, clusters):
    return Escalation(
        name=group,
        group=group,
        clusters=clusters,
        allowed=NOBODY,
        approvers=NOBODY,
        max_valid_for=HOUR,
        approval_timeout=HOUR,
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=Location("policies/e.yaml", 1, 1),
    )


def an_offer(*, clusters, roles=(), rules=()):
    return Offer("offer", clusters, NOBODY, NOBODY, HOUR, cluster_roles=frozenset(roles), rules=rules)


def a_policy(*, escalations=(), offers=(), rbac):
    configuration = Configuration(Provider.LOCAL, "test", NOBODY, offers=offers)
    return PolicySide("c0ffee", configuration, Identities(), escalations=escalations, rbac=rbac)


def ceiling_of(policy, *, cluster=STOCK, on="prod-1"):
    return ceiling(policy, cluster_name=on, cluster=cluster, discovery=DISCOVERY)


def test_the_ceiling_is_what_the_escalations_and_offers_of_the_cluster_can_grant():
    rbac = Rbac(
        (
            ClusterRole("pods", (PODS, TOKENS)),
            ClusterRole("nodes", (NODES,)),
            ClusterRole("logs", (LOGS,)),
            ClusterRole("secrets", (SECRETS,)),
        ),
        (RoleBinding("b", "ClusterRole", "pods", (Subject("Group", "restart"),), "shop"),),
    )
    policy = a_policy(
        escalations=(an_escalation("restart", clusters=("prod-*",)), an_escalation("secrets", clusters=("dev-*",))),
        offers=(
            an_offer(clusters=("prod-1",), roles=("logs", "gone"), rules=(SCALE, TOKENS)),
            an_offer(clusters=("dev-1",), roles=("nodes",), rules=(SECRETS,)),
        ),
        rbac=rbac,
    )
    assert ceiling_of(policy) == (PODS, LOGS, SCALE)
    assert ceiling_of(policy, on="dev-1") == (rule(["get"], ["nodes", "secrets"]),)
    assert ceiling_of(policy, on="test") == ()


def test_of_a_role_that_is_only_on_the_cluster_the_remainder_is_in_the_ceiling():
    policy = a_policy(offers=(an_offer(clusters=("*",), roles=("admin",)),), rbac=Rbac())
    assert ceiling_of(policy) == subtract_never(ROLES["admin"], DISCOVERY).rules
    assert ceiling_of(policy, cluster=Rbac()) == ()


def test_no_wildcard_and_nothing_that_is_never_granted_is_in_the_ceiling():
    policy = a_policy(
        escalations=(an_escalation("cluster-admin", clusters=("*",)),),
        offers=(an_offer(clusters=("*",), rules=(rule(["*"], ["*"], groups=["*"]),)),),
        rbac=Rbac(),
    )
    held = ceiling_of(policy)
    assert held == subtract_never(ROLES["cluster-admin"], DISCOVERY).rules
    assert not covers(held, (TOKENS,))


def test_what_the_ceiling_lacks_is_told():
    assert missing_from_ceiling((PODS, LOGS), (rule(["delete"], ["pods"], names=["web-0"]), SECRETS)) == (SECRETS,)
    assert missing_from_ceiling((PODS, LOGS), (LOGS,)) == ()
