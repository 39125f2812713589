"""`plan` says where the guard of a cluster does not hold the pod rules that the policy side has."""

from dataclasses import replace

from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.install.guard_pods import guard_pods
from gitops_breakglass.flows.pod_rules import not_installed
from gitops_breakglass.model.deny import DenyPolicy, PodRules
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import ManifestsTarget
from tests.unit.installation import FakeAdministrator, a_policy, an_offer

HERE = Location("policies/deny.yaml", 3, 1)
POLICIES = tuple(DenyPolicy(f"closed-{number:02}", HERE, pods=PodRules(HERE)) for number in range(25))
SIDE = replace(a_policy(offers=(an_offer(),)), deny=POLICIES)
INSTALLED = guard_pods(rule_sets(SIDE, "prod-1"))


def test_a_guard_that_holds_all_pod_rules_is_not_told_however_many_policies_it_takes():
    assert len(INSTALLED) == 4
    assert not_installed(FakeAdministrator(objects=INSTALLED), SIDE) == ()


def test_pod_rules_that_the_guard_lacks_are_told_by_policy():
    (found,) = not_installed(FakeAdministrator(objects=INSTALLED[:2]), SIDE)
    assert (found.rule, found.is_error) == ("pod-rules-outgrown", False)
    assert found.message == (
        "the guard on prod-1 does not hold the pod rules as they are now, so pods are let through one by one, as runs find"
        " them: closed-20, closed-21, closed-22, closed-23, closed-24"
    )


def test_pod_rules_that_were_changed_are_told():
    changed = replace(POLICIES[3], pods=PodRules(HERE, exempt_namespaces=("debug-*",)))
    side = replace(SIDE, deny=(*POLICIES[:3], changed, *POLICIES[4:]))
    (found,) = not_installed(FakeAdministrator(objects=INSTALLED), side)
    assert found.message.endswith(": closed-03")


def test_without_pod_rules_and_for_a_folder_nothing_is_looked_at():
    assert not_installed(FakeAdministrator(), a_policy(offers=(an_offer(),))) == ()
    access = replace(SIDE.configuration.clusters["prod-1"], target=ManifestsTarget("out"))
    folder = replace(SIDE, configuration=replace(SIDE.configuration, clusters={"prod-1": access}))
    assert not_installed(FakeAdministrator(), folder) == ()
