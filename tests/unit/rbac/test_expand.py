"""Wildcards become what the API server serves."""

import pytest

from gitops_breakglass.core.rbac.algebra import canonical, rule
from gitops_breakglass.core.rbac.expand import STOCK_URLS, expand
from gitops_breakglass.model.rules import ApiResource, Discovery
from tests.unit.rbac.stock import DISCOVERY, ROLES

SERVED = Discovery(
    (
        ApiResource("", "pods", ("create", "get"), namespaced=True),
        ApiResource("", "pods/exec", ("create", "get"), namespaced=True),
        ApiResource("apps", "deployments", ("get", "patch"), namespaced=True),
        ApiResource("apps", "deployments/scale", ("get", "patch"), namespaced=True),
        ApiResource("metrics.k8s.io", "pods", ("get",), namespaced=True),
    )
)


@pytest.mark.parametrize(
    "asked, expanded",
    [
        (rule(["*"], ["pods"]), (rule(["create", "get"], ["pods"]),)),
        (
            rule(["get", "patch"], ["*"], groups=["apps"]),
            (rule(["get", "patch"], ["deployments", "deployments/scale"], groups=["apps"]),),
        ),
        (
            rule(["get"], ["pods"], groups=["*"]),
            (rule(["get"], ["pods"], groups=["", "metrics.k8s.io"]),),
        ),
        (rule(["patch"], ["*/scale"], groups=["*"]), (rule(["patch"], ["deployments/scale"], groups=["apps"]),)),
        (rule(["*"], ["*"], names=["web-0"]), (rule(["create", "get"], ["pods", "pods/exec"], names=["web-0"]),)),
        # Beside a wildcard a verb that is not served goes, and so does a resource.
        (rule(["use"], ["*"]), ()),
        (rule(["get"], ["secrets"], groups=["*"]), ()),
        (rule(["*"], ["secrets"]), ()),
        # Spelled out it stays: the CRD may come later.
        (
            rule(["get", "use"], ["widgets"], groups=["example.com"]),
            (rule(["get", "use"], ["widgets"], groups=["example.com"]),),
        ),
        (rule(["*", "use"], ["pods"]), (rule(["create", "get", "use"], ["pods"]),)),
        # Kubernetes knows no stars inside words.
        (rule(["get"], ["pods/*"]), ()),
        (rule(["get"], ["pods"], groups=["*.k8s.io"]), ()),
        (rule(["ge*"], ["pods"]), ()),
    ],
)
def test_a_wildcard_becomes_what_is_served(asked, expanded):
    assert expand((asked,), SERVED) == expanded


def test_without_discovery_wildcards_are_nothing():
    assert expand((rule(["*"], ["*"], groups=["*"]), rule(["get"], ["pods"])), Discovery()) == (
        rule(["get"], ["pods"]),
    )


@pytest.mark.parametrize("url", ["*", "/*", "/**"])
@pytest.mark.parametrize(
    "verbs, left",
    [(["*"], (rule(["get"], urls=STOCK_URLS),)), (["get", "post"], (rule(["get"], urls=STOCK_URLS),)), (["post"], ())],
)
def test_a_bare_url_wildcard_reads_what_the_stock_roles_name(url, verbs, left):
    assert expand((rule(verbs, urls=[url]),), SERVED) == left


def test_a_url_that_is_named_keeps_its_verbs_and_any_verb_of_it_is_get():
    named = (rule(["get", "post"], urls=["/debug/*"]), rule(["*"], urls=["/metrics"]))
    assert expand(named, SERVED) == canonical(
        (rule(["get", "post"], urls=["/debug/*"]), rule(["get"], urls=["/metrics"]))
    )


def test_the_stock_urls_are_those_of_a_real_server():
    stock = ("system:discovery", "system:monitoring", "system:public-info-viewer")
    named = {url for name in stock for each in ROLES[name] for url in each.non_resource_urls}
    assert set(STOCK_URLS) == named


def test_cluster_admin_becomes_exactly_what_a_real_server_serves():
    found = {
        (group, resource, verb)
        for each in expand(ROLES["cluster-admin"], DISCOVERY)
        for group in each.api_groups
        for resource in each.resources
        for verb in each.verbs
    }
    assert found == {(each.group, each.name, verb) for each in DISCOVERY.resources for verb in each.verbs}
