"""What compiling deny policies takes of a cluster: all of it, and never an empty answer where nothing could be read."""

import pytest

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.install.guard_denies import denies_binding, denies_guard, idle_binding
from gitops_breakglass.core.install.guard_pods import guard_pods
from gitops_breakglass.model.deny import Pod, PodRules
from gitops_breakglass.model.enforcement import NO_GUARD, DenyFacts, InstalledGuard, Needs
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, PARAMETERS_KIND, LiveObject, ObjectKey
from tests.contract.cluster.asked import asking
from tests.contract.cluster.scripted import Say
from tests.contract.cluster.test_bad_lists import lists

SERVICES = "GET /apis/apiregistration.k8s.io/v1/apiservices"
NAMESPACES = "GET /api/v1/namespaces"
SECRETS = "GET /api/v1/namespaces/shop/secrets"
WIDGETS = "GET /apis/example.com/v1/widgets"


@pytest.fixture
def run(tmp_path):
    return asking(tmp_path)


def listed(*items, more=""):
    return Say(200, {"items": list(items), "metadata": {"continue": more}})


def named(name, namespace=None, labels=None):
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {}), "labels": labels}}


def service(group, *, elsewhere):
    return {"spec": {"group": group, "service": {"name": "api"} if elsewhere else None}}


def served(*resources):
    """What a server that does not aggregate says that it serves, as (group, name)."""
    answers = {"GET /api": [Say(200, {"versions": ["v1"]})]}
    groups = sorted({group for group, _ in resources if group})
    answers["GET /apis"] = [Say(200, {"groups": [{"versions": [{"groupVersion": f"{each}/v1"}]} for each in groups]})]
    for group in {"", *groups}:
        path = f"GET /apis/{group}/v1" if group else "GET /api/v1"
        names = [{"name": name, "namespaced": True, "verbs": ["list"]} for owner, name in resources if owner == group]
        answers[path] = [Say(200, {"resources": names})]
    return answers


QUIET = {SERVICES: [listed()]}


def facts(run, answers, needs, **options):
    came, asked = run({**QUIET, **answers}, lambda cluster: cluster.deny_facts(needs), **options)
    return came, [each for each in asked if "/apis" not in each]


def test_namespaces_come_with_their_labels_from_all_pages(run):
    pages = [listed(named("shop", labels={"team": "a"}), more="next"), listed(named("bare"))]
    came, asked = facts(run, {NAMESPACES: pages}, Needs(namespaces=True), page=1)
    assert came.namespaces == {"shop": {"team": "a"}, "bare": {}}
    assert asked == [f"{NAMESPACES}?limit=1", f"{NAMESPACES}?limit=1&continue=next"]


def test_what_is_not_asked_for_is_not_read(run):
    came, asked = facts(run, {}, Needs())
    assert (came.namespaces, came.pods, came.names, asked) == (None, None, {}, [])


@pytest.mark.parametrize("status", [403, 404])
def test_namespaces_that_may_not_be_read_are_unknown_and_not_none(run, status):
    came, _ = facts(run, {NAMESPACES: [Say(status, {"message": "no"})]}, Needs(namespaces=True))
    assert came.namespaces is None


def test_names_are_listed_in_one_namespace_or_in_all(run):
    answers = {
        **served(("", "secrets"), ("example.com", "widgets")),
        SECRETS: [listed(named("tls", "shop"), named("db", "shop"))],
        WIDGETS: [listed(named("one", "a"), named("whole"))],
    }
    needs = Needs(names=frozenset({("", "secrets", "shop"), ("example.com", "widgets", "")}))
    came, _ = facts(run, answers, needs)
    assert came.names == {
        ("", "secrets", "shop"): (("shop", "tls"), ("shop", "db")),
        ("example.com", "widgets", ""): (("a", "one"), ("", "whole")),
    }


def test_names_that_may_not_be_listed_are_a_message_and_not_an_empty_answer(run):
    answers = {**served(("", "secrets")), SECRETS: [Say(403, {"message": "secrets is forbidden"})]}
    came, _ = facts(run, answers, Needs(names=frozenset({("", "secrets", "shop")})))
    assert came.names == {("", "secrets", "shop"): "prod: list the names of secrets in shop: secrets is forbidden"}


def test_of_a_kind_that_is_not_served_there_are_no_names(run):
    came, _ = facts(run, served(("", "pods")), Needs(names=frozenset({("", "secrets", "shop")})))
    assert came.names == {("", "secrets", "shop"): ()}


def test_groups_that_another_server_answers_for_are_blind(run):
    services = listed(service("metrics.k8s.io", elsewhere=True), service("apps", elsewhere=False))
    came, _ = facts(run, {SERVICES: [services]}, Needs())
    assert came.guard.blind_groups == {"metrics.k8s.io"}


def test_where_nobody_says_who_serves_a_group_each_that_is_not_built_in_is_blind(run):
    answers = {SERVICES: [Say(403)], **served(("", "pods"), ("apps", "deployments"), ("metrics.k8s.io", "pods"))}
    came, _ = facts(run, answers, Needs())
    assert came.guard.blind_groups == {"metrics.k8s.io"}


def test_of_a_folder_nothing_is_known_and_nothing_guarded(tmp_path):
    cluster = ManifestsCluster("prod", tmp_path, SystemClock())
    needs = Needs(namespaces=True, pods=frozenset({"*"}), names=frozenset({("", "secrets", "shop")}))
    why = "prod is a folder of manifests: what is on the clusters behind it is not known"
    assert cluster.deny_facts(needs) == DenyFacts(NO_GUARD, None, None, {("", "secrets", "shop"): why})


# -- pods


def pod(name, namespace="shop", **spec):
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"containers": [], **spec}}


def test_pods_come_by_namespace_and_one_without_pods_is_known_to_have_none(run):
    answers = {
        "GET /api/v1/namespaces/shop/pods": [listed(pod("a"), more="next"), listed(pod("b", hostPID=True))],
        "GET /api/v1/namespaces/empty/pods": [listed()],
    }
    came, _ = facts(run, answers, Needs(pods=frozenset({"shop", "empty"})), page=1)
    assert came.pods == {"empty": (), "shop": (Pod("shop", "a"), Pod("shop", "b", host_pid=True))}


def test_the_pods_of_all_namespaces_come_in_one_list(run):
    answers = {"GET /api/v1/pods": [listed(pod("a"), pod("b", "other"))]}
    came, asked = facts(run, answers, Needs(pods=frozenset({"*", "shop"})))
    assert came.pods == {"shop": (Pod("shop", "a"),), "other": (Pod("other", "b"),)}
    assert asked == ["GET /api/v1/pods?limit=500"]


def test_pods_of_which_some_may_not_be_read_are_unknown(run):
    answers = {
        "GET /api/v1/namespaces/shop/pods": [listed(pod("a"))],
        "GET /api/v1/namespaces/other/pods": [Say(403, {"message": "no"})],
    }
    came, _ = facts(run, answers, Needs(pods=frozenset({"shop", "other"})))
    assert came.pods is None


# -- the guard

ROOT = "GET /apis/admissionregistration.k8s.io/v1/validatingadmissionpolic"
POLICY, BINDING = f"{ROOT}ies/gitops-breakglass-guard-", f"{ROOT}ybindings/gitops-breakglass-guard-"


def live(manifest, **spec):
    """An object as an API server fills it in, with other parts of its spec."""
    whole = {**manifest["spec"], **spec}
    if "matchConstraints" in whole:
        whole["matchConstraints"] = {"namespaceSelector": {}, "objectSelector": {}, **whole["matchConstraints"]}
    return Say(200, {**manifest, "metadata": {**manifest["metadata"], "uid": "u"}, "spec": whole})


def guard(policy=None, bound=None):
    return {
        f"{POLICY}denies": [live(denies_guard(), **(policy or {}))],
        f"{BINDING}denies": [live(denies_binding(), **(bound or {}))],
    }


def test_the_guard_counts_as_this_version_ships_it(run):
    came, _ = facts(run, guard(), Needs())
    assert came.guard == InstalledGuard(rules=True)


HERE_ONLY = {"namespaceSelector": {"matchLabels": {"a": "b"}}}


@pytest.mark.parametrize(
    "answers",
    [
        {f"{POLICY}denies": [Say(404)]},
        {f"{POLICY}denies": [Say(403)]},
        {f"{BINDING}denies": [Say(404)]},
        guard({"failurePolicy": "Ignore"}),
        guard({"validations": []}),
        guard({"matchConstraints": {**denies_guard()["spec"]["matchConstraints"], **HERE_ONLY}}),
        guard({"matchConditions": [*denies_guard()["spec"]["matchConditions"], {"name": "x", "expression": "false"}]}),
        guard(bound={"validationActions": ["Warn"]}),
        guard(bound={"matchResources": HERE_ONLY}),
        guard(bound=idle_binding()["spec"]),
    ],
)
def test_a_guard_that_is_not_all_there_does_not_count(run, answers):
    came, _ = facts(run, {**guard(), **answers}, Needs())
    assert came.guard == NO_GUARD


RULES = PodRules(location=Location("policies/deny.yaml"), subresources=("exec",))
SETS = [RuleSet(name, RULES) for name in ("aa", "bb", "cc", "dd")]
AA, BB, CC, DD = (each.digest for each in SETS)


def on_pods(number, *rule_sets, places=(), policy=None, bound=None):
    """One policy on pods as an API server answers it, with other parts of its spec or of its binding's."""
    its, binding = guard_pods(rule_sets, places)
    name = "pods" if number == 1 else f"pods-{number}"
    named = {"name": f"gitops-breakglass-guard-{name}"}
    its, binding = ({**each, "metadata": {**each["metadata"], **named}} for each in (its, binding))
    bound = {"policyName": named["name"], **(bound or {})}
    return {f"{POLICY}{name}": [live(its, **(policy or {}))], f"{BINDING}{name}": [live(binding, **bound)]}


def test_pod_rules_are_those_of_all_policies_on_pods(run):
    aa, bb, cc, dd = SETS
    answers = {**on_pods(1, aa, bb, places=["big"]), **on_pods(2, cc, places=["big", "huge"]), **on_pods(4, dd)}
    came, _ = facts(run, answers, Needs())
    assert (came.guard.pod_rules, came.guard.uncovered) == ({AA, BB, CC}, {"big", "huge"})


def test_pod_rules_that_are_not_bound_do_not_count(run):
    came, _ = facts(run, {**on_pods(1, SETS[0]), f"{BINDING}pods": [Say(404)]}, Needs())
    assert came.guard.pod_rules == frozenset()


_, BIG = guard_pods(SETS[:1], ["big", "shop"])
ANY_POD = guard_pods(SETS[:1])[0]["spec"]["matchConditions"]


@pytest.mark.parametrize(
    "places, policy, bound",
    [
        ((), {"failurePolicy": "Ignore"}, {}),
        ((), {"validations": []}, {}),
        ((), {"matchConditions": [*ANY_POD, {"name": "x", "expression": "false"}]}, {}),
        ((), {"matchConstraints": {**denies_guard()["spec"]["matchConstraints"]}}, {}),
        ((), {}, {"validationActions": ["Warn"]}),
        ((), {}, {"paramRef": {"selector": {"matchLabels": {"a": "b"}}, "parameterNotFoundAction": "Allow"}}),
        # An installation that was broken off: the policy is new, and the binding leaves out what it left out before.
        ((), {}, {"matchResources": BIG["spec"]["matchResources"]}),
        (("big",), {}, {"matchResources": BIG["spec"]["matchResources"]}),
    ],
)
def test_pod_rules_that_do_not_hold_as_they_say_do_not_count(run, places, policy, bound):
    answers = on_pods(1, SETS[0], places=places, policy=policy, bound=bound)
    came, _ = facts(run, answers, Needs())
    assert came.guard == NO_GUARD


# -- what a run reads of it


def test_an_installation_that_is_older_than_the_guard_is_read_on_and_told(run):
    path = "/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/gitops-breakglass/guardparameters"
    came, _ = run({**lists(), f"GET {path}": [Say(403, {"message": "no"})]}, lambda cluster: cluster.read())
    assert came.unreadable == (
        "prod: list guardparameters: no: this installation is older than the guard on denies: install again",
    )


# -- whether parameters are in force

TRIED = "POST /apis/access.gitops-breakglass.dev/v1alpha1/namespaces/gitops-breakglass/guardparameters"
MADE = LiveObject(
    ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, "bg-one-0"),
    "u-1",
    {"metadata": {"name": "bg-one-0", "generation": 2}},
)


@pytest.mark.parametrize(
    "answer, is_in_force",
    [
        (Say(201), False),
        (Say(403, {"message": "denied request: the guard: these parameters are in force: bg-one-0 u-1/2"}), True),
        (Say(403, {"message": "denied request: the guard: these parameters are in force: bg-one-0 u-1/1"}), False),
        (Say(403, {"message": "denied request: the guard: these parameters are in force: bg-two-0 u-2/2"}), False),
        (Say(403, {"message": "cannot create resource"}), False),
    ],
)
def test_parameters_are_in_force_where_the_server_says_so_of_these_very_ones(run, answer, is_in_force):
    came, asked = run({TRIED: [answer]}, lambda cluster: cluster.in_force(MADE))
    assert came is is_in_force
    assert asked == [f"{TRIED}?dryRun=All"]


def test_parameters_of_which_the_server_hears_late_are_waited_for(run):
    late = Say(403, {"message": "denied request: the guard: these parameters are in force: bg-one-0 u-1/2"})
    came, asked = run({TRIED: [Say(201), Say(201), late]}, lambda cluster: cluster.in_force(MADE, within=5.0))
    assert (came, len(asked)) == (True, 3)


def test_in_a_folder_nothing_is_in_force(tmp_path):
    assert not ManifestsCluster("prod", tmp_path, SystemClock()).in_force(MADE)
