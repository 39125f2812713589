"""What `gate --cluster` and `explain` say of deny policies is what is decided and what the subject's own calls get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gitops_breakglass.core.deny.compile.bounds import MOST_NAMES
from tests.cluster.deny_stage import CLUSTER, FORBIDDEN, LONG, DenyStage, deny, escalation, role
from tests.git.world import branch_of, session

CONFIGMAPS = "/api/v1/namespaces/shop/configmaps"
RIGHTS = (
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "delete"]},
    {"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["list"]},
)


def rule(resource: str, verb: str, **more: Any) -> dict[str, Any]:
    return {"apiGroups": [""], "resources": [resource], "verbs": [verb], **more}


FILES = {
    **escalation("narrow"),
    **role("narrow", *RIGHTS, namespaces=("shop",)),
    **escalation("wide"),
    **role("wide", *RIGHTS),
    **deny("no-secrets", rules=[rule("secrets", "list")]),
    **deny("undeleted", rules=[rule("configmaps", "delete", resourceNames=["keep-*"])]),
    **deny("unread", rules=[rule("configmaps", "get", resourceNames=["keep-*"])]),
}
MEANS = {"no-secrets": "subtracted", "undeleted": "guarded", "unread": "enumerated"}
CALLS = {
    ("list", "pods", ""): ("GET", "/api/v1/namespaces/shop/pods"),
    ("list", "secrets", ""): ("GET", "/api/v1/namespaces/shop/secrets"),
    **{
        (verb, "configmaps", name): (method, f"{CONFIGMAPS}/{name}{query}")
        for verb, method, query in (("get", "GET", ""), ("delete", "DELETE", "?dryRun=All"))
        for name in ("keep-1", "other")
    },
}
LEFT = {"list pods", "get configmaps other", "delete configmaps other"}
STOPPED = {
    ("list", "secrets", ""): "no-secrets",
    ("delete", "configmaps", "keep-1"): "undeleted",
    ("get", "configmaps", "keep-1"): "unread",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DenyStage]:
    stage = DenyStage(tmp_path_factory.mktemp("gate"), ["asker", "greedy"], FILES)
    stage.install()
    stage.namespace("shop")
    for name in ("keep-1", "other"):
        stage.admin.must("POST", CONFIGMAPS, {"metadata": {"name": name}})
    yield stage
    stage.close()


def approved(stage: DenyStage, name: str, what: str) -> None:
    """Ask and approve; the merge is still to come."""
    request = f"{CLUSTER}/{name}"
    stage.world.person(name).requests(request, session(name, escalation=what, duration=f"{LONG}s"))
    stage.world.person("lead").approves(request, "go ahead")


def said(stage: DenyStage, name: str, form: str, code: int) -> str:
    """What the gate says, having asked the cluster."""
    change = branch_of(f"{CLUSTER}/{name}")
    return str(stage.run("gate", "--change", change, "--cluster", CLUSTER, "--format", form, code=code).stdout)


def agrees(stage: DenyStage) -> set[str]:
    """The calls that pass; `explain` says yes to each of them and no to every other."""
    passed = set()
    for words, (method, path) in CALLS.items():
        status = stage.subject("asker").status(method, path)
        assert status in {200, FORBIDDEN}
        told = explained(stage, words, code=0 if status == 200 else 3)
        assert told["answer"] == ("yes" if status == 200 else "no"), (words, told)
        passed |= {" ".join(words).strip()} if status == 200 else set()
    return passed


def explained(stage: DenyStage, words: tuple[str, ...], code: int) -> dict[str, Any]:
    command = ["explain", "asker", *filter(None, words), "-n", "shop", "--cluster", CLUSTER, "--format", "json"]
    told: dict[str, Any] = json.loads(stage.run(*command, code=code).stdout)
    return told


def test_what_the_gate_shows_and_explain_tells_is_what_passes_before_during_and_after(stage: DenyStage):
    assert agrees(stage) == set()
    approved(stage, "asker", "narrow")
    told = json.loads(said(stage, "asker", "json", 0))
    shown = {each["policy"]: (each["means"], each["location"].split(":")[0]) for each in told["effect"]["denyPolicies"]}
    assert shown.items() >= {each: (how, f"policies/deny/{each}.yaml") for each, how in MEANS.items()}.items()
    assert told["effect"]["live"] is True
    for form in ("text", "markdown"):
        text = said(stage, "asker", form, 0)
        assert [each for each in MEANS if each not in text or f"policies/deny/{each}.yaml:1" not in text] == []
    stage.world.merge(f"{CLUSTER}/asker")
    stage.reconcile()
    assert {each["policy"]: each["means"] for each in stage.enforced("asker")}.items() >= MEANS.items()
    assert agrees(stage) == LEFT
    for words, policy in STOPPED.items():
        assert policy in json.dumps(explained(stage, words, code=3)["requests"]), words
    stage.run("revoke", f"{CLUSTER}/asker")
    assert agrees(stage) == set()


def test_a_policy_that_cannot_be_enforced_there_fails_the_gate_and_is_decided_alike(stage: DenyStage):
    stage.namespace("crowded")
    for number in range(MOST_NAMES + 1):
        stage.admin.must("POST", "/api/v1/namespaces/crowded/configmaps", {"metadata": {"name": f"one-{number}"}})
    approved(stage, "greedy", "wide")
    for form in ("text", "json", "markdown"):
        text = said(stage, "greedy", form, 3)
        assert "deny-not-enforceable" in text
        assert "policies/deny/unread.yaml:1" in text
    stage.world.merge(f"{CLUSTER}/greedy")
    report = stage.reconcile()
    assert "deny-not-enforceable" in report.stdout
    assert "policies/deny/unread.yaml:1" in report.stdout
    assert stage.left("greedy") == []
