"""The manifests: they fit what `install` makes, and each is in a kustomization."""

import pytest

from gitops_breakglass.cli.sweeper import sweeper
from gitops_breakglass.core.install.identities import service_accounts
from gitops_breakglass.model.kube import MANAGED_BY, NAMESPACE
from tests.deployed import DEPLOY, built, documents, pod_spec

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


@pytest.mark.parametrize(("part", "once"), [("sweeper", False), ("sweeper-cronjob", True)])
def test_the_sweepers_program_takes_what_its_manifests_give_it(part, once):
    (spec,) = filter(None, map(pod_spec, built(DEPLOY / part)))
    (container,) = spec["containers"]
    assert "command" not in container
    taken = sweeper.make_context("sweeper", list(container["args"])).params
    # Nothing names a cluster, so it is the pod's own; and each line can be read by a program.
    assert (taken["once"], taken["kubeconfig"], taken["kube_context"], taken["log"]) == (once, None, None, "json")
    (schedule,) = {each["spec"].get("schedule") for each in built(DEPLOY / part) if pod_spec(each)}
    assert (schedule, taken["every"]) == ("* * * * *" if once else None, 60)


def test_the_key_is_nobodys_but_the_containers_that_sign():
    (spec,) = filter(None, map(pod_spec, built(DEPLOY / "reconciler")))
    assert [each["name"] for each in spec["initContainers"][0]["volumeMounts"]] == ["work", "tmp"]
    (key,) = (each for each in spec["volumes"] if each["name"] == "key")
    assert key["secret"] == {"secretName": "reconciler-key", "defaultMode": 0o440}
