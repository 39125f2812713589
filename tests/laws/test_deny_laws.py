"""Laws of deny policies, and the evaluator held to a second, slow and obvious reading of what they mean."""

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.deny.pods import factors, score
from gitops_breakglass.model.deny import (
    Action,
    Ask,
    Circumstances,
    Container,
    DenyPolicy,
    DenyRule,
    DenyScope,
    LabelExpression,
    NamespaceFilter,
    Operator,
    Pod,
    PodOverride,
    PodRules,
    RiskFactors,
    SelectorTerm,
    Threshold,
    Volume,
)
from gitops_breakglass.model.finding import Location
from tests.laws.slow_denies import answer, kinds_of, points_of

HERE = Location("policies/a.yaml", 1, 1)
UNDER = Circumstances("prod-1", "shop", "inc-1", "shell")


def some(*values, most=2):
    return st.lists(st.sampled_from(values), max_size=most).map(tuple)


NAMESPACES = ["", "shop", "kube-system"]
LABELS = st.dictionaries(st.sampled_from(["team", "env"]), st.sampled_from(["", "a", "b"]), max_size=2)
EXPRESSIONS = st.builds(
    LabelExpression, st.sampled_from(["team", "env"]), st.sampled_from(list(Operator)), some("", "a", "b")
)
TERMS = st.builds(
    SelectorTerm,
    LABELS.map(lambda labels: tuple(sorted(labels.items()))),
    st.lists(EXPRESSIONS, max_size=2).map(tuple),
)
FILTERS = st.builds(
    NamespaceFilter, some("*", "shop", "kube-*", "?*", "[", most=2), st.lists(TERMS, max_size=2).map(tuple)
)
RULES = st.builds(
    DenyRule,
    verbs=some("*", "get", "create", "list"),
    api_groups=some("*", "", "apps"),
    resources=some("*", "pods", "secrets"),
    location=st.just(HERE),
    subresources=some("*", "", "exec"),
    resource_names=some("*", "web-*", "web-0", "", "[^w]*"),
    namespaces=FILTERS,
    cluster_wide=st.booleans(),
)
WEIGHTS = st.integers(-3, 9)
CAPABILITIES = ["NET_ADMIN", "SYS_ADMIN"]
POD_RULES = st.builds(
    PodRules,
    location=st.just(HERE),
    risk=st.builds(
        RiskFactors,
        *[WEIGHTS] * 7,
        st.dictionaries(st.sampled_from(CAPABILITIES), WEIGHTS).map(lambda weights: tuple(sorted(weights.items()))),
    ),
    thresholds=st.lists(st.builds(Threshold, st.integers(-3, 30), st.sampled_from(list(Action))), max_size=3).map(
        tuple
    ),
    block_factors=some("hostPID", "hostIPC", "privilegedContainer", "runAsRoot", "capability", "hostPathWritable"),
    subresources=some("exec", "attach", "").map(lambda listed: listed or ("exec", "attach", "portforward")),
    exempt_namespaces=some("shop", "kube-*", most=1),
    exempt_labels=LABELS.map(lambda labels: tuple(sorted(labels.items()))),
    fails_open=st.booleans(),
)
SCOPES = st.builds(
    DenyScope, some("*", "prod-1", "prod-*"), some("shop", "*"), some("inc-1", "inc-2"), some("shell", "other")
)
POLICIES = st.builds(
    DenyPolicy,
    name=st.sampled_from("abc"),
    location=st.just(HERE),
    scope=st.just(DenyScope()) | SCOPES,
    precedence=st.sampled_from([1, 100, 200]),
    rules=st.lists(RULES, max_size=2).map(tuple),
    pods=st.none() | POD_RULES,
)
LISTS = st.lists(POLICIES, max_size=4)
ASKS = st.builds(
    Ask,
    st.sampled_from(["get", "create", "list"]),
    st.sampled_from(["", "apps"]),
    st.sampled_from(["pods", "secrets"]),
    st.sampled_from(["", "exec", "attach", "log"]),
    st.sampled_from(NAMESPACES),
    st.sampled_from(["", "web-0", "db"]),
    st.none() | LABELS,
)
CONTAINERS = st.builds(
    Container,
    st.sampled_from(["app", "side"]),
    st.booleans(),
    st.sampled_from([None, 0, 7]),
    some(*CAPABILITIES, "OTHER"),
    st.lists(st.tuples(st.sampled_from(["v", "w"]), st.booleans()), max_size=2).map(tuple),
)
PODS = st.builds(
    Pod,
    st.sampled_from(NAMESPACES[1:]),
    st.just("web-0"),
    LABELS,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(CONTAINERS, max_size=3).map(tuple),
    st.lists(st.builds(Volume, st.sampled_from(["v", "w"]), st.booleans()), max_size=2, unique_by=lambda v: v.name).map(
        tuple
    ),
)
OVERRIDES = st.builds(
    PodOverride,
    st.none() | st.integers(-3, 30),
    some("hostPID", "capability", "privilegedContainer"),
    some("shop", "kube-*", most=1),
    st.booleans(),
)


def asked(policies, ask, pod=None, override=None):
    verdict = evaluate(policies, ask, UNDER, pod=pod, override=override)
    return verdict.answer.value, verdict.policy


@given(LISTS, ASKS, st.none() | PODS, st.none() | OVERRIDES)
def test_the_evaluator_answers_as_a_slow_reading_of_the_same_policies(policies, ask, pod, override):
    assert asked(policies, ask, pod, override) == answer(policies, ask, UNDER, pod, override)


@given(POD_RULES, PODS)
def test_a_pod_s_points_and_risks_are_those_of_the_slow_reading(rules, pod):
    assert score(pod, rules.risk) == points_of(pod, rules.risk)
    found = {each.partition(":")[0] for each in factors(pod, rules.risk)}
    assert found == kinds_of(pod, rules.risk)


@given(LISTS, POLICIES, ASKS, st.none() | PODS, st.none() | OVERRIDES)
def test_one_policy_more_never_allows_what_was_denied(policies, more, ask, pod, override):
    before, _ = asked(policies, ask, pod, override)
    after, _ = asked([*policies, more], ask, pod, override)
    assert after == "deny" or before != "deny"


@given(LISTS, ASKS, st.none() | PODS, st.none() | OVERRIDES)
def test_in_whatever_order_they_come_the_answer_is_the_same(policies, ask, pod, override):
    answers = {asked(each, ask, pod, override)[0] for each in itertools.permutations(policies)}
    assert len(answers) == 1


@given(LISTS, ASKS, st.none() | PODS, OVERRIDES)
def test_an_override_only_ever_lets_more_through(policies, ask, pod, override):
    without, _ = asked(policies, ask, pod)
    relaxed, _ = asked(policies, ask, pod, override)
    assert relaxed != "deny" or without == "deny"


@given(LISTS, ASKS, LABELS, st.none() | PODS)
def test_labels_that_are_not_known_never_allow_more(policies, ask, labels, pod):
    known, _ = asked(policies, replace(ask, namespace_labels=labels), pod)
    unknown, _ = asked(policies, replace(ask, namespace_labels=None), pod)
    # What is in no namespace has no labels that anybody could know.
    assert unknown == "deny" or known != "deny" or ask.namespace == ""


@given(LISTS, ASKS, PODS)
def test_where_nothing_fails_open_a_pod_that_can_t_be_read_never_gets_more(policies, ask, pod):
    closed = [replace(each, pods=each.pods and replace(each.pods, fails_open=False)) for each in policies]
    assert asked(closed, ask)[0] == "deny" or asked(closed, ask, pod)[0] != "deny"


@given(LISTS, ASKS, st.none() | PODS)
def test_the_same_is_answered_the_same(policies, ask, pod):
    assert evaluate(policies, ask, UNDER, pod=pod) == evaluate(tuple(policies), ask, UNDER, pod=pod)
