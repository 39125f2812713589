"""What deny policies leave of a grant, means by means."""

from functools import partial

from gitops_breakglass.core.deny.compile import compile_denies
from gitops_breakglass.core.read.deny import unreadable_deny
from gitops_breakglass.model.deny import ANYWHERE, DenyPolicy, ImpersonationRule, NamespaceFilter, SelectorTerm
from gitops_breakglass.model.enforcement import (
    NO_GUARD,
    Compiled,
    DenyFacts,
    Enforcement,
    GuardRule,
    InstalledGuard,
    Means,
    Needs,
)
from gitops_breakglass.model.rules import ApiResource, Discovery
from tests.unit.deny.grants import GUARD, HERE, SERVED, UNDER, compiled, deny, grant, needed, rule

PROD = NamespaceFilter(("prod-*",))


def test_a_grant_that_no_policy_concerns_stays_as_it_is_and_takes_no_facts():
    asked = grant(rule(["get"], ["configmaps"]))
    policy = deny(["*"], ["secrets"])
    assert compiled(asked, policy) == Compiled(kept=asked, rendered=asked, locations={"keys": HERE})
    assert needed(asked, policy) == Needs()


def test_a_verb_that_is_denied_everywhere_leaves_the_role():
    found = compiled(grant(rule(["get", "delete"], ["secrets"])), deny(["delete"], ["secrets"]))
    assert found.kept == found.rendered == grant(rule(["get"], ["secrets"]))
    assert found.guard == ()
    assert found.enforcement == (Enforcement("keys", Means.SUBTRACTED, "delete secrets"),)


def test_a_wildcard_that_is_still_in_a_role_is_spelled_out_before_anything_is_taken_from_it():
    found = compiled(grant(rule(["*"], ["namespaces"])), deny(["delete"], ["*"]))
    assert found.kept == grant(rule(["create", "get", "list", "watch"], ["namespaces"]))


def test_a_delete_by_name_is_guarded_and_a_deletion_of_all_with_it():
    found = compiled(
        grant(rule(["delete", "deletecollection"], ["secrets"])),
        deny(["delete"], ["secrets"], resource_names=("db-*",)),
    )
    assert found.kept == found.rendered == grant(rule(["delete", "deletecollection"], ["secrets"]))
    assert found.guard == (
        GuardRule("keys", ("delete", "deletecollection"), ("",), ("secrets",), ("",), names=("db-*",)),
    )
    told = "delete, deletecollection secrets named db-*"
    assert found.enforcement == (Enforcement("keys", Means.GUARDED, told, exact=False),)


def test_a_list_of_what_is_below_a_resource_goes_whole_and_the_rest_is_held_as_exactly_as_without_it():
    evictions = grant(rule(["create", "list"], ["pods/eviction"]))
    policy = deny(["*"], ["*"], resource_names=("db-*",))
    guarded = Enforcement("keys", Means.GUARDED, "create pods/eviction named db-*")
    found = compiled(evictions, policy)
    assert found.kept == grant(rule(["create"], ["pods/eviction"]))
    gone = Enforcement("keys", Means.SUBTRACTED, "list pods/eviction named db-*", exact=False)
    assert found.enforcement == (gone, guarded)
    assert compiled(found.kept, policy).enforcement == (guarded,)


def test_what_the_guard_leaves_alone_is_not_taken_for_guarded():
    leases = deny(["delete"], ["leases"], groups=("coordination.k8s.io",), resource_names=("a",))
    found = compiled(grant(rule(["delete"], ["leases"], groups=["coordination.k8s.io"])), leases)
    assert found.guard == ()
    assert Means.GUARDED not in {each.means for each in found.enforcement}


def test_an_update_that_is_denied_by_name_is_not_let_through_as_a_creation():
    asked = grant(rule(["create", "update"], ["configmaps"]))
    found = compiled(asked, deny(["update"], ["configmaps"], resource_names=("a",)))
    assert [each.verbs for each in found.guard] == [("create", "update")]
    assert [each.exact for each in found.enforcement] == [False]


def test_a_namespace_that_is_made_is_in_none_by_its_request_so_a_pattern_for_none_takes_the_making_of_it():
    asked = grant(rule(["create", "get"], ["namespaces"]))
    found = compiled(asked, deny(["create"], ["namespaces"], namespaces=NamespaceFilter(("", "prod-*"))))
    assert found.kept == grant(rule(["get"], ["namespaces"]))
    assert compiled(asked, deny(["create"], ["namespaces"], namespaces=PROD)).kept == asked


def test_reads_that_are_denied_in_some_namespaces_move_into_those_that_are_left():
    asked = grant(rule(["create", "get", "list"], ["secrets"]))
    policy = deny(["*"], ["secrets"], namespaces=PROD)
    assert needed(asked, policy) == Needs(namespaces=True)
    found = compiled(asked, policy, namespaces={"shop": {}, "prod-1": {}})
    assert found.kept == (
        *grant(rule(["create"], ["secrets"])),
        *grant(rule(["get", "list"], ["secrets"]), place="shop"),
    )
    assert found.guard == (GuardRule("keys", ("create",), ("",), ("secrets",), ("",), namespaces=PROD),)
    assert found.enforcement == (
        Enforcement(
            "keys",
            Means.SUBTRACTED,
            "get, list secrets in namespaces prod-*; the others are given one by one",
            exact=False,
        ),
        Enforcement("keys", Means.GUARDED, "create secrets in namespaces prod-*"),
    )


def test_reads_that_move_into_namespaces_do_not_move_into_ours():
    policy = deny(["get"], ["secrets"], namespaces=PROD)
    places = {"gitops-breakglass": {}, "prod-1": {}, "shop": {}}
    found = compiled(grant(rule(["get"], ["secrets"])), policy, namespaces=places)
    assert found.kept == found.rendered == grant(rule(["get"], ["secrets"]), place="shop")


def test_what_can_be_given_by_namespace_only_is_refused_where_the_namespaces_are_not_known_or_too_many():
    asked = grant(rule(["get"], ["secrets"]))
    policy = deny(["get"], ["secrets"], namespaces=PROD)
    for namespaces in (None, {f"team-{number}": {} for number in range(201)}):
        found = compiled(asked, policy, namespaces=namespaces)
        assert found.kept == found.rendered == ()
        assert [(each.rule, each.location) for each in found.problems] == [("deny-not-enforceable", HERE)]
        assert [each.means for each in found.enforcement] == [Means.REFUSED]


def test_names_are_enumerated_for_reads_and_a_list_that_shows_the_others_is_told():
    asked = grant(rule(["get", "list"], ["secrets"]), place="shop")
    policy = deny(["get"], ["secrets"], resource_names=("db-*",))
    key = ("", "secrets", "shop")
    assert needed(asked, policy) == Needs(names=frozenset({key}))
    found = compiled(asked, policy, names={key: (("shop", "db-1"), ("shop", "tls"))})
    assert found.kept == asked
    named = grant(rule(["get"], ["secrets"], names=["tls"]), place="shop")
    assert found.enumerated == named
    assert found.rendered == grant(rule(["list"], ["secrets"]), *named[0].rules, place="shop")
    assert [note.rule for note in found.notes] == ["list-shows-denied-names"]
    assert compiled(asked, policy, names={key: "forbidden"}).problems[0].rule == "deny-not-enforceable"


def test_a_selector_is_watched_by_the_guard_and_looked_at_in_each_run_for_reads():
    wanted = NamespaceFilter(terms=(SelectorTerm((("tier", "gold"),)),))
    asked = grant(rule(["create", "get"], ["secrets"]), place="shop")
    policy = deny(["*"], ["secrets"], namespaces=wanted)
    rules = (GuardRule("keys", ("create",), ("",), ("secrets",), ("",), places=("shop",), namespaces=wanted),)
    for labels, left in ({"tier": "gold"}, ["create"]), ({"tier": "tin"}, ["create", "get"]), (None, ["create"]):
        found = compiled(asked, policy, namespaces=None if labels is None else {"shop": labels})
        assert found.kept == grant(rule(left, ["secrets"]), place="shop")
        assert found.guard == rules


def test_without_a_guard_and_in_groups_that_it_does_not_see_names_are_enumerated():
    asked = grant(rule(["delete"], ["secrets"]), place="shop")
    policy = deny(["delete"], ["secrets"], resource_names=("a",))
    names = {("", "secrets", "shop"): (("shop", "a"), ("shop", "b"))}
    for guard in (NO_GUARD, InstalledGuard(rules=True, blind_groups=frozenset({""}))):
        found = compiled(asked, policy, guard=guard, names=names)
        assert found.rendered == grant(rule(["delete"], ["secrets"], names=["b"]), place="shop")
        assert found.guard == ()


def test_a_policy_that_cannot_be_read_leaves_nothing():
    found = compiled(grant(rule(["get"], ["configmaps"])), unreadable_deny("lost", HERE))
    assert found.kept == found.rendered == found.guard == ()
    assert [each.rule for each in found.problems] == ["deny-policy-unreadable"]
    assert [(each.policy, each.means) for each in found.enforcement] == [("lost", Means.REFUSED)]


def test_what_policies_deny_altogether_is_a_problem_that_names_them():
    found = compiled(grant(rule(["get"], ["secrets"])), deny(["*"], ["*"]))
    assert [(each.rule, each.message) for each in found.problems] == [
        ("deny-leaves-nothing", f"everything that would be granted is denied by keys ({HERE})")
    ]


def test_impersonation_that_is_held_all_the_same_goes():
    policy = DenyPolicy("masks", HERE, impersonation=(ImpersonationRule(HERE),))
    found = compiled(grant(rule(["get", "impersonate"], ["configmaps"])), policy)
    assert found.kept == grant(rule(["get"], ["configmaps"]))
    assert found.enforcement == (Enforcement("masks", Means.SUBTRACTED, "impersonate configmaps", exact=False),)


def test_a_rule_about_the_whole_cluster_takes_its_lists_and_leaves_what_has_a_namespace():
    asked = (*grant(rule(["get", "list"], ["secrets"])), *grant(rule(["list"], ["secrets"]), place="shop"))
    found = compiled(asked, deny(["*"], ["secrets"], cluster_wide=True))
    assert found.kept == (
        *grant(rule(["get"], ["secrets"])),
        *grant(rule(["list"], ["secrets"]), place="shop"),
    )


def test_the_guard_has_only_what_the_grant_gives():
    found = compiled(
        grant(rule(["delete"], ["secrets"])), deny(["*"], ["*"], groups=("*",), resource_names=("a",)), guard=GUARD
    )
    assert found.guard == (GuardRule("keys", ("delete",), ("",), ("secrets",), ("",), names=("a",)),)
    assert found.guard[0].namespaces == ANYWHERE


def test_without_a_guard_a_verb_whose_requests_carry_no_name_goes_whole():
    asked = grant(rule(["create", "deletecollection", "update"], ["secrets"]), place="shop")
    policy = deny(["*"], ["secrets"], resource_names=("a",))
    found = compiled(asked, policy, guard=NO_GUARD, names={("", "secrets", "shop"): (("shop", "b"),)})
    assert found.kept == grant(rule(["update"], ["secrets"]), place="shop")


def test_what_admission_policies_are_never_shown_is_not_left_to_the_guard():
    kind = "selfsubjectaccessreviews"
    asked = grant(rule(["create"], [kind], groups=["authorization.k8s.io"]), rule(["get"], ["configmaps"]))
    policy = deny(["create"], [kind], groups=("authorization.k8s.io",), resource_names=("a",))
    found = compiled(asked, policy)
    assert found.kept == grant(rule(["get"], ["configmaps"]))
    assert found.guard == ()


def test_more_names_than_a_role_should_list_refuse():
    key = ("", "secrets", "shop")
    many = tuple(("shop", f"key-{number}") for number in range(501))
    found = compiled(
        grant(rule(["get"], ["secrets"]), place="shop"),
        deny(["get"], ["secrets"], resource_names=("a",)),
        names={key: many},
    )
    assert [each.rule for each in found.problems] == ["deny-not-enforceable"]


def test_policies_that_say_the_same_in_other_objects_are_taken_once():
    asked = grant(rule(["delete", "get"], ["secrets"]))
    one, other = (deny(["delete"], ["secrets"], resource_names=("a",)) for _ in range(2))
    assert one is not other
    assert compiled(asked, one, other) == compiled(asked, one)


def test_a_stream_that_may_not_be_opened_one_way_may_not_be_opened_the_other():
    asked = grant(rule(["create", "get"], ["pods/exec"]), rule(["get"], ["pods"]))
    for verb in ("create", "get"):
        found = compiled(asked, deny([verb], ["pods"], subresources=("exec",)))
        assert found.kept == grant(rule(["get"], ["pods"]))
        assert found.enforcement == (Enforcement("keys", Means.SUBTRACTED, "create, get pods/exec", exact=False),)


def test_a_proxy_is_denied_by_its_verb_alone():
    asked = grant(rule(["create", "get"], ["services/proxy"]))
    found = compiled(asked, deny(["create"], ["services"], subresources=("proxy",)))
    assert found.kept == grant(rule(["get"], ["services/proxy"]))


def test_a_port_in_the_name_of_a_proxy_does_not_hide_the_object():
    names = ["db", "db:80", "http:db:80", "web:80", "http:web:"]
    asked = grant(rule(["get"], ["services/proxy"], names=names))
    found = compiled(asked, deny(["get"], ["services"], resource_names=("db",)))
    assert found.kept == grant(rule(["get"], ["services/proxy"], names=["http:web:", "web:80"]))
    assert {each.exact for each in found.enforcement} == {True, False}


def test_a_proxy_that_is_guarded_by_name_is_refused_with_ports_too_and_that_is_told():
    found = compiled(grant(rule(["get"], ["services/proxy"])), deny(["get"], ["services"], resource_names=("db",)))
    assert [each.names for each in found.guard] == [("db",)]
    assert found.enforcement == (Enforcement("keys", Means.GUARDED, "get services/proxy named db", exact=False),)


def test_what_is_denied_of_a_connection_by_one_verb_and_refused_by_every_verb_is_not_exact():
    asked = grant(rule(["create", "get"], ["services/proxy"]), place="shop")
    gold = NamespaceFilter((), (SelectorTerm((("tier", "gold"),)),))
    for verbs, exact in ((["create"], False), (["create", "get"], True)):
        found = compiled(asked, deny(verbs, ["services"], namespaces=gold))
        assert [(each.means, each.exact) for each in found.enforcement] == [(Means.GUARDED, exact)]


def test_labels_that_nobody_had_to_ask_for_make_nothing_exact():
    asked = grant(rule(["get"], ["secrets"]), place="shop")
    by_labels = deny(["*"], ["secrets"], name="gold", namespaces=NamespaceFilter((), (SelectorTerm(),)))
    policies = (by_labels, deny(["get"], ["secrets", "configmaps"]))
    everything = grant(rule(["get"], ["secrets"]), rule(["get"], ["pods"]), place="shop")
    assert needed(asked, *policies) == Needs()
    told = [compiled(everything, *policies, namespaces=labels).enforcement for labels in (None, {"shop": {}})]
    assert told[0] == told[1]
    assert [(each.policy, each.exact) for each in told[0]] == [("gold", False), ("keys", True)]


def test_grants_of_one_run_share_facts_and_not_what_their_own_cluster_serves():
    facts = DenyFacts(guard=GUARD)
    asked = grant(rule(["*"], ["namespaces"]))
    compile_for = partial(compile_denies, asked, (deny(["delete"], ["*"]),), UNDER, override=None, facts=facts)
    served = ApiResource("", "namespaces", ("delete", "get"), namespaced=False)
    for verbs in (("create", "get", "list", "watch"), ("get",)):
        discovery = SERVED if len(verbs) > 1 else Discovery((served,))
        assert compile_for(discovery=discovery).kept == grant(rule(list(verbs), ["namespaces"]))


def test_what_an_api_server_would_not_store_as_parameters_is_refused_with_the_policy_that_asks_for_it():
    asked = grant(rule(["delete"], ["secrets"]))
    few = deny(["delete"], ["secrets"], name="few", resource_names=("db-*",))
    for policy, what in (
        (
            deny(["delete"], ["secrets"], resource_names=tuple(f"database-{each}-*" for each in range(9500))),
            "the names or namespaces of one rule come to 207889 characters, and 200000 is the most",
        ),
        (
            deny(["delete"], ["secrets"], namespaces=NamespaceFilter((), (SelectorTerm((("a", "b"),)),) * 101)),
            "one rule has 101 terms, and 100 is the most",
        ),
    ):
        (problem,) = compiled(asked, policy, few).problems
        assert problem.message == f"keys at {HERE} can't be enforced: {what}"
        assert problem.rule == "deny-not-enforceable"
    names = [tuple(f"database-{each}-{part}-*" for each in range(4000)) for part in range(5)]
    many = [deny(["delete"], ["secrets"], name=f"many-{part}", resource_names=each) for part, each in enumerate(names)]
    (problem,) = compiled(asked, *many).problems
    assert "what has to be refused comes to" in problem.message
    assert compiled(asked, many[0], few).problems == ()
