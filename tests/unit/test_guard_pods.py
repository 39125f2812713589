"""What `install` writes for pod rules: policies and bindings of bounded size, the markers' right, and what is left out."""

from __future__ import annotations

from dataclasses import replace

from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.install.bundle import bundle
from gitops_breakglass.core.install.guard_pods import MOST_IN_ONE, MOST_PODS, guard_pods, uncovered_by
from gitops_breakglass.core.install.marks import POD_RULES, UNCOVERED, words_of
from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.core.rbac.manifest import from_manifest
from gitops_breakglass.model.deny import Action, DenyPolicy, PodRules, Threshold
from gitops_breakglass.model.enforcement import MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.kube import LiveObject, key_of
from tests.unit.installation import FakeAdministrator, a_policy, an_offer, given, prepared

HERE = Location("policies/deny.yaml", 3, 1)
PODS = PodRules(HERE, thresholds=(Threshold(0, Action.DENY),))
CLOSED = DenyPolicy("closed", HERE, pods=PODS)


def many(count: int) -> list[RuleSet]:
    return [RuleSet(f"policy-{number}", PODS) for number in range(count)]


def names(manifests) -> list[tuple[str, str]]:
    return [(each["kind"].removeprefix("ValidatingAdmission"), each["metadata"]["name"]) for each in manifests]


def test_without_pod_rules_nothing_looks_at_pods():
    assert guard_pods(()) == ()


def test_rule_sets_are_spread_over_as_many_policies_as_their_cost_takes():
    found = guard_pods(many(2 * MOST_IN_ONE + 1))
    assert names(found) == [
        (kind, f"gitops-breakglass-guard-pods{end}") for end in ("", "-2", "-3") for kind in ("Policy", "PolicyBinding")
    ]
    assert [len(each["spec"]["validations"]) for each in found[::2]] == [MOST_IN_ONE, MOST_IN_ONE, 1]
    held = [words_of(each, POD_RULES) for each in found[::2]]
    assert frozenset().union(*held) == {each.digest for each in many(2 * MOST_IN_ONE + 1)}


def test_a_namespace_with_too_many_pods_is_left_out_and_said_to_be():
    assert uncovered_by({"small": MOST_PODS, "large": MOST_PODS + 1}) == {"large"}
    policy, binding = guard_pods(many(1), {"large", "huge"})
    assert words_of(policy, UNCOVERED) == {"large", "huge"}
    assert binding["spec"]["matchResources"] == {
        "matchPolicy": "Equivalent",
        "namespaceSelector": {
            "matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["huge", "large"]}
            ]
        },
    }
    everywhere = guard_pods(many(1))
    assert words_of(everywhere[0], UNCOVERED) == frozenset()
    assert "matchResources" not in everywhere[1]["spec"]


def test_a_pod_that_nobody_has_seen_and_an_error_refuse():
    policy, binding = guard_pods(many(1))
    assert policy["spec"]["failurePolicy"] == "Fail"
    assert binding["spec"]["paramRef"] == {"selector": {}, "parameterNotFoundAction": "Deny"}
    assert binding["spec"]["validationActions"] == ["Deny"]


def test_install_counts_pods_where_there_are_pod_rules_and_holds_them_before_any_right_is_given():
    crowded = FakeAdministrator(pods={"large": MOST_PODS + 1})
    installation = prepared(crowded, replace(a_policy(offers=(an_offer(),)), deny=(CLOSED,)))
    with_rules = installation.bundle
    assert installation.notes[-2:] == (
        "More than 1000 pods are in large: there the guard looks at none.",
        "There pod rules are held by naming the pods that runs find allowed.",
    )
    (policy,) = (
        each for each in with_rules.bounds if "guard-pods" in each["metadata"]["name"] and "paramKind" in each["spec"]
    )
    assert words_of(policy, UNCOVERED) == {"large"}
    assert words_of(policy, POD_RULES) == {RuleSet("closed", PODS).digest}
    installation = prepared(FakeAdministrator(pods={"large": MOST_PODS + 1}))
    without = installation.bundle
    assert not any("pods" in each for each in installation.notes)
    assert not any("guard-pods" in each["metadata"]["name"] for each in without.manifests)
    assert with_rules.version != without.version


def test_the_ceiling_holds_the_markers_where_there_are_pod_rules():
    asked = Attributes(MARKER_VERB, group=MARKER_GROUP, resource=MARKER_RESOURCE, name="any")
    policy = a_policy(offers=(an_offer(),))
    assert not allows(ceiling_of(policy), asked)
    assert allows(ceiling_of(replace(policy, deny=(CLOSED,))), asked)


def ceiling_of(policy):
    made = prepared(FakeAdministrator(), policy).bundle.rights
    (role,) = (each for each in made if each["kind"] == "ClusterRole" and each["metadata"]["name"].endswith("-ceiling"))
    return from_manifest(role["rules"])


def test_a_change_of_what_the_guard_holds_is_another_version_of_it():
    assert bundle(given(pod_rules=many(1))).version != bundle(given(pod_rules=many(2))).version
    assert bundle(given(pod_rules=many(1))).version != bundle(given(pod_rules=many(1), uncovered={"large"})).version


def test_the_words_of_an_annotation_that_is_not_there_are_none():
    (policy, _) = guard_pods(many(1))
    bare = {**policy, "metadata": {"name": "bare"}}
    assert words_of(LiveObject(key_of(policy), "uid", bare).manifest, POD_RULES) == frozenset()
