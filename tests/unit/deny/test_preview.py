"""What deny policies come to before anybody asks a cluster: never more refused than the cluster would refuse."""

from gitops_breakglass.core.deny.compile import compile_denies
from gitops_breakglass.core.deny.preview import preview_of, preview_without
from gitops_breakglass.model.deny import (
    Circumstances,
    DenyPolicy,
    DenyRule,
    DenyScope,
    LabelExpression,
    NamespaceFilter,
    Operator,
    SelectorTerm,
)
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard, Means
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery, PolicyRule

HERE = Location("policies/deny.yaml", 3)
PODS = PolicyRule(("get", "list"), ("",), ("pods",))
SECRETS = PolicyRule(("get",), ("",), ("secrets",))
LABELLED = NamespaceFilter(terms=(SelectorTerm(expressions=(LabelExpression("tier", Operator.EXISTS),)),))


def grant(*rules, namespace=""):
    return ScopedRules(namespace, rules, "ClusterRole x")


def denying(verbs=("*",), groups=("",), resources=("secrets",), **more):
    rule = DenyRule(verbs, groups, resources, HERE, **more)
    return DenyPolicy("no", HERE, DenyScope(clusters=("elsewhere",)), rules=(rule,))


def seen(*policies, scopes, more=False):
    return preview_without(scopes, policies, None, may_be_more=more)


def test_what_is_taken_away_whatever_the_cluster_is_taken_away():
    found = seen(denying(), scopes=(grant(PODS, SECRETS),))
    assert [(each.policy, each.means, each.what) for each in found.enforcement] == [
        ("no", Means.SUBTRACTED, "get secrets")
    ]
    assert found.left == (grant(PODS),)
    assert found.location("no") == HERE
    assert found.remains == "get, list pods"


def test_nothing_left_is_a_problem_where_the_cluster_can_add_nothing():
    sure = seen(denying(), scopes=(grant(SECRETS),))
    assert ([each.rule for each in sure.problems], sure.doubts) == (["deny-leaves-nothing"], ())
    perhaps = seen(denying(), scopes=(grant(SECRETS),), more=True)
    assert (perhaps.problems, [each.rule for each in perhaps.doubts]) == ((), ["deny-leaves-nothing"])


def test_nothing_left_of_anything_is_a_problem_whatever_the_cluster_adds():
    everything = denying(groups=("*",), resources=("*",))
    assert [each.rule for each in seen(everything, scopes=(grant(SECRETS),), more=True).problems] == [
        "deny-leaves-nothing"
    ]
    reads = denying(verbs=("get", "list", "watch"), groups=("*",), resources=("*",))
    assert seen(reads, scopes=(grant(SECRETS),), more=True).problems == ()


def test_what_labels_of_a_namespace_decide_refuses_nothing():
    found = seen(denying(namespaces=LABELLED), scopes=(grant(SECRETS, namespace="shop"),))
    assert (found.problems, [each.rule for each in found.doubts]) == ((), ["deny-leaves-nothing"])
    named = denying(namespaces=NamespaceFilter(("shop",)))
    assert [each.rule for each in seen(named, scopes=(grant(SECRETS, namespace="shop"),)).problems] == [
        "deny-leaves-nothing"
    ]


def test_what_holds_in_some_namespaces_of_the_cluster_leaves_the_others():
    found = seen(denying(namespaces=NamespaceFilter(("[!k]*",))), scopes=(grant(SECRETS),))
    assert (found.problems, found.left) == ((), None)
    assert found.needs.namespaces


def test_a_wildcard_takes_in_what_policies_name_and_more():
    all_of_it = PolicyRule(("*",), ("*",), ("*",))
    found = seen(denying(verbs=("get",)), scopes=(grant(all_of_it),))
    assert [(each.means, each.what) for each in found.enforcement] == [(Means.SUBTRACTED, "get secrets")]
    assert (found.left, found.problems, found.doubts) == (None, (), ())


def test_a_policy_that_cannot_be_read_is_a_problem_everywhere():
    lost = DenyPolicy("lost", HERE, is_readable=False)
    assert [each.rule for each in seen(lost, scopes=(grant(PODS),), more=True).problems] == ["deny-policy-unreadable"]


def test_names_that_nobody_knows_here_refuse_nothing():
    found = seen(denying(resource_names=("db-*",)), scopes=(grant(SECRETS),))
    assert [(each.means, each.what) for each in found.enforcement] == [(Means.ENUMERATED, "get secrets named db-*")]
    assert found.problems == found.doubts == ()


def test_a_cluster_that_was_asked_says_what_it_would_hold():
    facts = DenyFacts(InstalledGuard(rules=True), namespaces={"shop": {}})

    def asked(denied, *rules):
        scopes, under = (grant(*rules),), Circumstances("elsewhere")
        return preview_of(compile_denies(scopes, (denied,), under, override=None, discovery=Discovery(), facts=facts))

    found = asked(denying(), PODS, SECRETS)
    assert (found.left, found.problems) == ((grant(PODS),), ())
    nameless = asked(denying(resource_names=("db-*",)), SECRETS)
    assert [each.rule for each in nameless.problems] == ["deny-not-enforceable"]
