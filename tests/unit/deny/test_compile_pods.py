"""Pod rules compiled: a marker where the guard looks at the live pod, names of pods found allowed where it does not."""

from dataclasses import replace

from gitops_breakglass.core.deny.compile import compile_denies
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.model.deny import (
    Action,
    Container,
    DenyPolicy,
    Pod,
    PodOverride,
    PodRules,
    RiskFactors,
    Threshold,
)
from gitops_breakglass.model.enforcement import NO_GUARD, DenyFacts, GuardRule, InstalledGuard, Means, Needs
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.deny.grants import HERE, SERVED, UNDER, compiled, grant, needed, rule

RULES = PodRules(HERE, RiskFactors(privileged_container=50), (Threshold(49, Action.ALLOW),))
POLICY = DenyPolicy("shells", HERE, pods=RULES)
DIGEST = digest_of("shells", RULES, None)
HELD = InstalledGuard(rules=True, pod_rules=frozenset({DIGEST}))
NOT_HELD = InstalledGuard(rules=True)
EXEC = rule(["create", "get"], ["pods/exec"])
PODS = {
    "shop": (Pod("shop", "web"), Pod("shop", "root", containers=(Container("app", privileged=True),))),
    "tools": (Pod("tools", "net"),),
}
MARKER = PolicyRule(("hold",), ("guard.gitops-breakglass.dev",), ("podrules",), tuple(sorted(("any", DIGEST))))


def means(found):
    return [each.means for each in found.enforcement]


def test_rules_that_the_guard_holds_are_marked_in_the_role_and_take_no_facts():
    for place in ("", "shop"):
        asked = grant(EXEC, place=place)
        assert needed(asked, POLICY, guard=HELD) == Needs()
        found = compiled(asked, POLICY, guard=HELD)
        assert found.kept == asked
        assert found.rendered == grant(EXEC, MARKER, place=place)
        assert found.enumerated == grant(MARKER, place=place)
        assert found.guard == ()
        assert means(found) == [Means.GUARDED]


def test_rules_that_the_guard_does_not_hold_let_in_only_pods_that_were_found_allowed():
    asked = grant(EXEC)
    assert needed(asked, POLICY, guard=NOT_HELD) == Needs(pods=frozenset({"*"}))
    found = compiled(asked, POLICY, guard=NOT_HELD, pods=PODS)
    assert found.rendered == asked
    assert [(each.subresources, each.places, each.except_names) for each in found.guard] == [
        (("exec",), (), ("shop/web", "tools/net"))
    ]
    assert means(found) == [Means.ENUMERATED]


def test_namespaces_that_the_guard_leaves_out_are_enumerated_beside_the_marker():
    guard = replace(HELD, uncovered=frozenset({"shop"}))
    found = compiled(grant(EXEC), POLICY, guard=guard, pods=PODS)
    assert found.rendered == grant(EXEC, MARKER)
    assert [(each.places, each.except_names) for each in found.guard] == [(("shop",), ("shop/web",))]
    assert means(found) == [Means.GUARDED, Means.ENUMERATED]
    alone = compiled(grant(EXEC, place="shop"), POLICY, guard=guard, pods=PODS)
    assert alone.rendered == grant(EXEC, place="shop")


def test_without_any_guard_the_role_names_the_pods_namespace_by_namespace():
    found = compiled(grant(EXEC), POLICY, guard=NO_GUARD, pods=PODS, namespaces={"shop": {}, "tools": {}})
    assert found.kept == (*grant(EXEC, place="shop"), *grant(EXEC, place="tools"))
    assert found.rendered == (
        *grant(rule(["create", "get"], ["pods/exec"], names=["web"]), place="shop"),
        *grant(rule(["create", "get"], ["pods/exec"], names=["net"]), place="tools"),
    )


def test_pods_that_are_not_known_are_let_into_by_nobody():
    found = compiled(grant(EXEC, place="shop"), POLICY, guard=NOT_HELD)
    assert [each.except_names for each in found.guard] == [()]
    named = compiled(grant(EXEC, place="shop"), POLICY, guard=NO_GUARD)
    assert named.rendered == ()


def test_an_exempt_namespace_takes_nothing():
    policy = replace(POLICY, pods=replace(RULES, exempt_namespaces=("shop",)))
    asked = grant(EXEC, place="shop")
    assert needed(asked, policy, guard=NO_GUARD) == Needs()
    assert compiled(asked, policy, guard=NO_GUARD).rendered == asked


def test_what_is_no_pod_is_as_a_pod_that_nobody_could_read():
    logs = replace(RULES, subresources=("log",))
    asked = grant(rule(["get"], ["pods", "pods/log"]), place="shop")
    assert compiled(asked, replace(POLICY, pods=logs)).kept == grant(rule(["get"], ["pods"]), place="shop")
    assert compiled(asked, replace(POLICY, pods=replace(logs, fails_open=True))).kept == asked


def test_too_many_pods_to_name_refuse_and_ask_for_the_guard():
    many = {"shop": tuple(Pod("shop", f"web-{number}") for number in range(2001))}
    problem = compiled(grant(EXEC, place="shop"), POLICY, guard=NOT_HELD, pods=many).problems[0]
    assert problem.rule == "deny-not-enforceable"
    assert (problem.hint or "").startswith("run install again")


def test_one_pod_that_a_role_names_is_all_that_its_parameters_are_about():
    named = rule(["create"], ["pods/exec"], names=["web"])
    found = compiled(grant(named, place="shop"), POLICY, guard=NOT_HELD, pods=PODS)
    reason = found.guard[0].reason
    assert found.guard == (
        GuardRule(
            "shells",
            ("create",),
            ("",),
            ("pods",),
            ("exec",),
            places=("shop",),
            names=("web",),
            except_names=("shop/web",),
            reason=reason,
        ),
    )


def test_an_override_lets_in_only_where_it_holds_and_only_its_own_grant():
    risky = tuple(Pod(place, "root", containers=PODS["shop"][1].containers) for place in ("shop", "tools"))
    facts = DenyFacts(guard=NOT_HELD, pods={each.namespace: (each,) for each in risky})
    override = PodOverride(max_allowed_score=100, namespaces=("shop",), everywhere=False)
    for relaxed, names in ((override, ("shop/root",)), (None, ()), (override, ("shop/root",))):
        found = compile_denies(grant(EXEC), (POLICY,), UNDER, override=relaxed, discovery=SERVED, facts=facts)
        assert [each.except_names for each in found.guard] == [names]
