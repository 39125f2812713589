"""What the default deny policies take from the roles of the use cases, and from the widest role there is: this, and nothing else."""

import pytest
import yaml

from gitops_breakglass.adapters.bundled import default_policies
from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.rbac.algebra import from_manifest, rule, uncovered
from gitops_breakglass.core.rbac.never import subtract_never
from gitops_breakglass.model.deny import Circumstances
from gitops_breakglass.model.enforcement import DenyFacts, Means, Needs
from gitops_breakglass.model.grant import ScopedRules
from tests.cluster.seeds import documents
from tests.unit.rbac.stock import DISCOVERY, ROLES

LISTS = (rule(["list", "watch"], ["secrets"]),)
UNDER = Circumstances("prod-cluster-1", session="inc-1")


def compiled(rules, namespace=""):
    """What is left of a role, after what is never granted, and what of it the policies took; no fact of a cluster is asked for."""
    rules = subtract_never(rules, DISCOVERY).rules
    scopes = (ScopedRules(namespace, rules, "test"),)
    assert needs(scopes, default_policies(), UNDER, override=None, discovery=DISCOVERY) == Needs()
    found = compile_denies(scopes, default_policies(), UNDER, override=None, discovery=DISCOVERY, facts=DenyFacts())
    assert (found.problems, found.guard, found.rendered) == ((), (), found.kept)
    assert {each.means for each in found.enforcement} <= {Means.SUBTRACTED}
    return uncovered(found.kept[0].rules, rules), {each.policy for each in found.enforcement}


ROLES_OF_USE_CASES = {
    name: from_manifest(yaml.safe_load(text)["rules"]) for name, text in sorted(documents("ClusterRole").items())
}


@pytest.mark.parametrize("name", sorted(ROLES_OF_USE_CASES))
def test_the_use_cases_lose_the_list_of_all_secrets_and_nothing_else(name):
    rules = ROLES_OF_USE_CASES[name]
    lists = (rule(["list"], ["secrets"]),) if name == "resource-cleanup" else ()
    assert compiled(rules) == (lists, {"no-secrets-across-namespaces"} if lists else set())


@pytest.mark.parametrize("name", ["admin", "edit"])
def test_in_a_namespace_the_stock_roles_lose_nothing(name):
    assert compiled(ROLES[name], "shop") == ((), set())


def test_cluster_admin_loses_kubelets_priorities_and_the_list_of_all_secrets():
    taken, policies = compiled(ROLES["cluster-admin"])
    assert policies == {each.name for each in default_policies()}
    assert {(group, resource) for each in taken for group in each.api_groups for resource in each.resources} == {
        ("", "secrets"),
        ("", "nodes/proxy"),
        ("flowcontrol.apiserver.k8s.io", "flowschemas"),
        ("flowcontrol.apiserver.k8s.io", "flowschemas/status"),
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"),
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations/status"),
    }
    assert uncovered(LISTS, tuple(each for each in taken if each.resources == ("secrets",))) == ()
