"""What deny policies leave of requests that ask alike: the same for each that the same policies hold for, and only for those."""

from dataclasses import replace

from gitops_breakglass.core.narrowing import narrowing_of
from gitops_breakglass.model.deny import DenyPolicy, DenyRule, DenyScope
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import ClusterAccess, ClusterRole, KubernetesTarget, ManifestsTarget, Rbac
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.authorize.world import escalation, policy, session

HERE = Location("policies/deny.yaml", 3)
RULES = (PolicyRule(("get",), ("",), ("pods",)), PolicyRule(("get",), ("",), ("secrets",)))


def side(**scope):
    rule = DenyRule(("get",), ("",), ("secrets",), HERE)
    deny = DenyPolicy("no-secrets", HERE, DenyScope(**scope), rules=(rule,))
    offered = escalation()
    return replace(policy(offered, deny=(deny,)), rbac=Rbac((ClusterRole(offered.group, RULES),)))


def test_a_policy_for_one_request_is_not_taken_for_another_that_asks_alike():
    asked = session()
    other = replace(asked, id=RequestId(asked.id.cluster, "another"))
    policies = side(sessions=(asked.id.name,))
    assert narrowing_of(asked, policies).remains == "get pods"
    assert narrowing_of(other, policies) is None
    assert narrowing_of(asked, policies).remains == "get pods"


def test_a_policy_that_one_request_names_is_not_taken_for_another_that_asks_alike():
    policies = side(clusters=("elsewhere",))
    asked = session(deny_refs=("no-secrets",))
    assert narrowing_of(asked, policies).remains == "get pods"
    assert narrowing_of(session(), policies) is None


def test_requests_that_ask_alike_are_held_to_their_own_policies():
    more = DenyPolicy(
        "no-pods",
        Location("policies/deny.yaml", 9),
        DenyScope(sessions=("another",)),
        rules=(DenyRule(("get",), ("",), ("pods",), HERE),),
    )
    policies = side()
    policies = replace(policies, deny=(*policies.deny, more))
    asked = session()
    assert narrowing_of(asked, policies).remains == "get pods"
    other = replace(asked, id=RequestId(asked.id.cluster, "another"))
    assert [each.rule for each in narrowing_of(other, policies).doubts] == ["deny-leaves-nothing"]


def reached_by(policies, asked, target):
    access = {asked.id.cluster: ClusterAccess(asked.id.cluster, target)}
    return replace(policies, configuration=replace(policies.configuration, clusters=access))


def test_what_only_a_guard_could_refuse_is_refused_on_a_cluster_that_is_a_folder():
    offered = escalation()
    rule = DenyRule(("delete",), ("",), ("secrets",), HERE, resource_names=("tls-*",))
    policies = policy(offered, deny=(DenyPolicy("keeps-keys", HERE, rules=(rule,)),))
    held = (PolicyRule(("get", "delete"), ("",), ("secrets",)),)
    policies = replace(policies, rbac=Rbac((ClusterRole(offered.group, held),)))
    asked = session()
    on_a_server = narrowing_of(asked, reached_by(policies, asked, KubernetesTarget()))
    assert (on_a_server.problems, on_a_server.doubts) == ((), ())
    of_folder = reached_by(policies, asked, ManifestsTarget("out"))
    (problem,) = narrowing_of(asked, of_folder).problems
    assert (problem.rule, problem.location) == ("deny-not-enforceable", HERE)
    assert problem.message == (
        "keeps-keys at policies/deny.yaml:3 denies some secrets by name, and the names of those that may be granted can't "
        f"be known: {asked.id.cluster} is a folder of manifests: what is on the clusters behind it is not known"
    )
