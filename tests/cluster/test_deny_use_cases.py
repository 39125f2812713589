"""The deny policies of the use cases, word for word, through the whole product: what they keep, and what they let go.

One cluster. Each subject has a request of its own, and each call is a real one by that subject. The rights of the use
cases are widened, so that it is the policy that stops a call and not a missing right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.deny_stage import FORBIDDEN, INTO_PODS, PRIVILEGED, DenyStage, role
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.pod_stage import heard_of_pods, ways_in
from tests.cluster.seeds import documents

POLICIES = documents("DenyPolicy")
LATER = "limit-exec-to-debug-pods"
"""Would close what the others let open, so that it comes later."""
WAYS = 6
READ_PODS = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}
CLEANS_UP = {
    "apiGroups": [""],
    "resources": ["namespaces", "secrets", "configmaps"],
    "verbs": ["get", "list", "delete", "deletecollection"],
}
DEBUG_TOOL = {"app.kubernetes.io/component": "debug-tool"}
HOST = {"hostNetwork": True, "hostPID": True}
PEOPLE = {
    "shell": "pod-shell-access",
    "cleaner": "resource-cleanup",
    "automation-bot": "automation-access",
    "sre-1": "sre-privileged-debug",
}
APPROVERS = {"shell": "lead", "cleaner": "security", "automation-bot": None, "sre-1": "sre-lead"}
PODS: dict[str, dict[str, Any]] = {
    "plain": {},
    "privileged": {"spec": PRIVILEGED},
    "host": {"spec": HOST},
    "all": {"spec": {**PRIVILEGED, **HOST}},
    "automated": {"labels": {"automation-enabled": "true"}},
    "tool": {"labels": DEBUG_TOOL},
}


def policy_file(name: str) -> str:
    return f"policies/deny/{name}.yaml"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DenyStage]:
    """All four hold a grant; every policy but one was there when they were decided."""
    files = {policy_file(name): text for name, text in POLICIES.items() if name != LATER}
    for name in ("pod-exec-access", "automation-exec"):
        files |= role(name, READ_PODS, INTO_PODS)
    files |= role("resource-cleanup", CLEANS_UP)
    groups = {
        "platform-team": ["cleaner"],
        "security-team": ["security"],
        "ci-cd-systems": ["automation-bot"],
        "sre": ["sre-1"],
        "sre-leads": ["sre-lead"],
    }
    stage = DenyStage(tmp_path_factory.mktemp("use-cases"), ["shell"], files, **groups)
    stage.install()
    for place in ("shop", "debug-tools", "kube-system"):
        stage.namespace(place)
        for name, more in PODS.items():
            stage.objects.pod(place, name, **more)
    for name, escalation in PEOPLE.items():
        stage.grants(name, escalation, approver=APPROVERS[name])
    stage.reconcile()
    heard_of_pods(stage.objects, "shop", stage.subject("shell"))
    yield stage
    stage.close()


def test_critical_namespaces_and_secrets_stay_and_the_others_go(stage: DenyStage):
    cleaner, critical = stage.subject("cleaner"), {"database-credentials", "tls-certs"}
    stage.namespace("payments")
    secrets = "/api/v1/namespaces/payments/secrets"
    for name in (*critical, "leftover", "leftover-2", "leftover-3"):
        stage.admin.must("POST", secrets, {"metadata": {"name": name, "labels": {"old": str(name not in critical)}}})

    def there() -> dict[str, str]:
        return {each["metadata"]["name"]: each["metadata"]["uid"] for each in stage.admin.must("GET", secrets)["items"]}

    before = there()
    for name in critical:
        for query in ("", "?gracePeriodSeconds=0", "?propagationPolicy=Orphan"):
            answer = cleaner.request("DELETE", f"{secrets}/{name}{query}")
            assert answer.status == FORBIDDEN
            assert "the deny policy protect-critical-resources keeps this" in answer.message
    assert cleaner.status("DELETE", f"{secrets}/leftover") == 200
    # A collection is deleted object by object until one is refused.
    assert cleaner.status("DELETE", secrets) == FORBIDDEN
    assert cleaner.status("DELETE", f"{secrets}?labelSelector=old=True") == 200
    assert there() == {name: uid for name, uid in before.items() if name in critical}

    for name in ("kube-system", "kube-node-lease", "default"):
        assert cleaner.status("DELETE", f"/api/v1/namespaces/{name}") == FORBIDDEN
    # Of the others Kubernetes itself says no, whoever asks.
    assert "protect-critical-resources" in cleaner.request("DELETE", "/api/v1/namespaces/kube-node-lease").message
    stage.namespace("orphaned")
    assert cleaner.status("DELETE", "/api/v1/namespaces/orphaned") == 200


def opened(who: Actor, place: str) -> set[str]:
    """The pods that can be entered; every way into one pod is open, or none is."""
    ways = {pod: set(ways_in(who, place, pod).values()) for pod in PODS}
    assert [pod for pod, each in ways.items() if len(each) != 1] == [], ways
    return {pod for pod, each in ways.items() if each == {True}}


@pytest.mark.parametrize(
    "name, place, expected",
    [
        ("shell", "shop", {"plain", "automated", "tool"}),
        ("shell", "kube-system", set(PODS)),
        ("automation-bot", "shop", {"automated"}),
        ("automation-bot", "kube-system", {"automated"}),
        ("sre-1", "shop", {"plain", "automated", "tool"}),
        # The override reaches 200: 100 for what is privileged, 125 for the host, and 225 for all of it.
        ("sre-1", "debug-tools", set(PODS) - {"all"}),
        ("sre-1", "kube-system", set(PODS)),
    ],
)
def test_each_use_case_enters_the_pods_that_its_policies_leave_it_by_every_way(stage: DenyStage, name, place, expected):
    assert opened(stage.subject(name), place) == expected


def test_pods_that_come_change_and_are_replaced_between_runs_are_judged_as_they_are(stage: DenyStage):
    shell, bot = stage.subject("shell"), stage.subject("automation-bot")
    pods = "/api/v1/namespaces/shop/pods"
    stage.objects.pod("shop", "comes", spec=PRIVILEGED)
    heard_of_pods(stage.objects, "shop", shell)
    assert set(ways_in(shell, "shop", "comes").values()) == {False}
    stage.admin.must("DELETE", f"{pods}/comes?gracePeriodSeconds=0")
    stage.objects.pod("shop", "comes")
    eventually(lambda: shell.exec("shop", "comes").arrived, "the harmless pod of the same name stays closed")
    assert set(ways_in(bot, "shop", "comes").values()) == {False}
    stage.admin.must("PATCH", f"{pods}/comes", {"metadata": {"labels": {"automation-enabled": "true"}}})
    eventually(lambda: bot.exec("shop", "comes").arrived, "a label that lets in is not seen")
    pod = stage.admin.must("GET", f"{pods}/comes/ephemeralcontainers")
    pod["spec"]["ephemeralContainers"] = [
        {"name": "put-in", "image": "example.com/d:1", "securityContext": {"privileged": True}}
    ]
    stage.admin.must("PUT", f"{pods}/comes/ephemeralcontainers", pod)
    eventually(lambda: not shell.exec("shop", "comes").arrived, "what was put into the pod is not seen")
    assert set(ways_in(shell, "shop", "comes").values()) == {False}
    stage.admin.must("DELETE", f"{pods}/comes?gracePeriodSeconds=0")


def test_pod_rules_that_come_are_enumerated_then_guarded_and_those_that_go_stay(stage: DenyStage):
    shell = stage.subject("shell")
    pods = "/api/v1/namespaces/shop/pods"
    stage.change("tighter", {policy_file(LATER): POLICIES[LATER]})
    assert "pod-rules-outgrown" in stage.run("plan", "--exit-code", code=4).stdout
    stage.reconcile()
    assert means(stage, "shell", LATER) == {"enumerated"}
    assert opened(shell, "shop") == {"tool"}
    assert opened(shell, "debug-tools") == {"plain", "automated", "tool"}
    # One that comes is not among those that the run found allowed.
    stage.objects.pod("shop", "tool-2", labels=DEBUG_TOOL)
    assert set(ways_in(shell, "shop", "tool-2").values()) == {False}
    stage.reconcile()
    assert set(ways_in(shell, "shop", "tool-2").values()) == {True}

    stage.install()
    # The first run has the Roles hold what the guard goes by, the second lets go of what was named meanwhile.
    stage.reconcile()
    stage.reconcile()
    assert means(stage, "shell", LATER) == {"guarded"}
    assert "pod-rules-outgrown" not in stage.plan().stdout
    stage.objects.pod("shop", "tool-3", labels=DEBUG_TOOL)
    eventually(lambda: shell.exec("shop", "tool-3").arrived, "a new debug tool stays closed")
    stage.admin.must("PATCH", f"{pods}/tool-3", {"metadata": {"labels": {"app.kubernetes.io/component": None}}})
    eventually(lambda: not shell.exec("shop", "tool-3").arrived, "a lost label is not seen")
    assert opened(shell, "shop") == {"tool"}

    # What it was decided under goes on; what came later may go again.
    gone = "restrict-privileged-exec"
    stage.change("looser", {policy_file(LATER): None, policy_file(gone): None})
    stage.reconcile()
    assert opened(shell, "shop") == {"plain", "automated", "tool"}
    stage.install()
    stage.reconcile()
    assert means(stage, "shell", gone) == {"enumerated"}
    assert opened(shell, "shop") == {"plain", "automated", "tool"}


def means(stage: DenyStage, name: str, policy: str) -> set[str]:
    return {each["means"] for each in stage.enforced(name) if each["policy"] == policy}
