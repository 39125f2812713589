"""The manifests: they fit what `install` makes, each is in a kustomization, and each alert asks for a metric that there is."""

import re

import pytest
import yaml

from gitops_breakglass.adapters.metrics import Metrics
from gitops_breakglass.core.install.identities import service_accounts
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.kube import MANAGED_BY, NAMESPACE
from tests.deployed import DEPLOY, built, documents, pod_spec
from tests.unit.test_metrics import NOW, binding, gone, planned, run_of
from tests.unit.test_metrics import beside as actors

PARTS = ("reconciler", "sweeper", "sweeper-cronjob")


def named(manifests):
    return sorted((each["kind"], each["metadata"]["name"]) for each in manifests)


@pytest.mark.parametrize("part", PARTS)
def test_a_kustomization_builds_to_exactly_the_files_beside_it(part):
    files = [path for path in sorted((DEPLOY / part).glob("*.yaml")) if path.name != "kustomization.yaml"]
    assert named(built(DEPLOY / part)) == named(each for path in files for each in documents(path))


def test_everything_together_is_both_actors_with_images_that_are_to_be_replaced():
    everything = built(DEPLOY)
    assert named(everything) == named([*built(DEPLOY / "reconciler"), *built(DEPLOY / "sweeper")])
    images = {
        container["image"]
        for spec in filter(None, map(pod_spec, everything))
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    }
    assert images == {
        "registry.example.com/gitops-breakglass-reconciler:0.1.0",
        "registry.example.com/gitops-breakglass-sweeper:0.1.0",
    }


@pytest.mark.parametrize("part", PARTS)
def test_pods_run_as_the_accounts_of_install_in_its_namespace_and_are_taken_for_nothing_of_a_grant(part):
    names = [f"system:serviceaccount:{NAMESPACE}:{each}" for each in ("reconciler", "sweeper")]
    accounts = {each["metadata"]["name"] for each in service_accounts(*names)}
    for manifest in built(DEPLOY / part):
        assert manifest["metadata"]["namespace"] == NAMESPACE
        assert MANAGED_BY not in manifest["metadata"]["labels"]
        if (spec := pod_spec(manifest)) is not None:
            assert spec["serviceAccountName"] in accounts
            assert spec["automountServiceAccountToken"] is True


@pytest.mark.parametrize("part", PARTS)
def test_a_container_writes_nowhere_but_to_what_is_mounted_and_may_nothing(part):
    for spec in filter(None, map(pod_spec, built(DEPLOY / part))):
        assert spec["securityContext"]["runAsNonRoot"] is True
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert set(container["resources"]) == {"requests", "limits"}


def test_the_key_is_nobodys_but_the_containers_that_sign():
    (spec,) = filter(None, map(pod_spec, built(DEPLOY / "reconciler")))
    assert [each["name"] for each in spec["initContainers"][0]["volumeMounts"]] == ["work", "tmp"]
    (key,) = (each for each in spec["volumes"] if each["name"] == "key")
    assert key["secret"] == {"secretName": "reconciler-key", "defaultMode": 0o440}


def test_each_alert_asks_for_metrics_that_there_are():
    metrics = Metrics("1", lambda: {"prod": actors()})
    metrics.ran(run_of(planned(outcomes=(gone(),))), seconds=1, code=ExitCode.CLEAN, now=NOW)
    there = set(re.findall(r"^(gitops_breakglass_\w+)", metrics.text().decode(), re.MULTILINE))
    rules = [
        rule for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]
    assert len(rules) == len({rule["alert"] for rule in rules}) == 8
    for rule in rules:
        asked = set(re.findall(r"gitops_breakglass_\w+", rule["expr"]))
        assert asked
        assert asked <= there, rule["alert"]
        page, _, section = rule["annotations"]["runbook"].partition("#")
        headings = re.findall(r"^#+ (.*)$", (DEPLOY.parent / page).read_text(), re.MULTILINE)
        assert not section or section in {each.lower().replace(" ", "-") for each in headings}
    assert binding().name not in metrics.text().decode()
