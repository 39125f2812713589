"""What compiling deny policies takes of a cluster: all of it, and never an empty answer where nothing could be read."""

import pytest

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.model.enforcement import NO_GUARD, DenyFacts, Needs
from tests.contract.cluster.asked import asking
from tests.contract.cluster.scripted import Say

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
