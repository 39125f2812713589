"""What the API server makes of the guard's expressions is what the evaluator says of the same pod, in every case drawn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from gitops_breakglass.core.deny.pods import judge_pod
from gitops_breakglass.core.install.pod_cel import VARIABLES, passes, score
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Answer
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.laws.drawn_pods import a_pod, a_rule_set

RULE_SETS = 60
PODS = 400
GROUP = "pods.example.com"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic"
_ASKED = f"/apis/{GROUP}/v1/drawnpods?dryRun=All"
_MARK = "verdicts "


def _of_the_object(expression: str) -> str:
    """Ask of a pod within an object what the guard asks of its parameter: so any pod can be asked about, and in one call."""
    return expression.replace("params.", "object.pod.").replace("request.namespace", "object.pod.metadata.namespace")


@pytest.fixture
def judging(admin: Actor) -> Iterator[list[Any]]:
    """Have the API server judge by drawn rules whatever pod it is shown; nothing is kept."""
    rules = [a_rule_set(Random(seed)) for seed in range(RULE_SETS)]
    made = [*_kind(), *_policy(rules)]
    for path, body in made:
        admin.must("POST", path, body)
    eventually(lambda: _MARK in admin.request("POST", _ASKED, _shown(a_pod(Random(0)))).message, "nobody judges")
    yield rules
    for path, body in reversed(made):
        admin.must("DELETE", f"{path}/{body['metadata']['name']}")


def test_the_api_server_judges_pods_as_the_evaluator_does(admin: Actor, judging: list[Any]):
    pods = [a_pod(Random(seed)) for seed in range(PODS)]
    wanted = [_evaluated(judging, pod) for pod in pods]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda pod: _judged(admin, pod), pods))
    different = [
        (pod, judging[index])
        for pod, ours, theirs in zip(pods, wanted, seen, strict=True)
        for index in range(RULE_SETS)
        if ours[index] != theirs[index]
    ]
    assert different == []
    open_, closed = (sum(verdicts.count(each) for verdicts in wanted) for each in "+-")
    assert min(open_, closed) > PODS * RULE_SETS / 10


def _evaluated(rules: list[Any], pod: dict[str, Any]) -> str:
    read = read_pod(pod)
    answers = [judge_pod(each.pods, read, each.override).answer for each in rules]
    return "".join("-" if answer is Answer.DENY else "+" for answer in answers)


def _judged(admin: Actor, pod: dict[str, Any]) -> str:
    answer = admin.request("POST", _ASKED, _shown(pod))
    assert _MARK in answer.message, answer.message
    return answer.message.partition(_MARK)[2]


def _shown(pod: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": "DrawnPod", "metadata": {"generateName": "drawn-"}, "pod": pod}


def _kind() -> list[tuple[str, dict[str, Any]]]:
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": GROUP,
        "names": {"plural": "drawnpods", "kind": "DrawnPod"},
        "scope": "Cluster",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": anything}],
    }
    return [(_CRDS, {"metadata": {"name": f"drawnpods.{GROUP}"}, "spec": spec})]


def _policy(rules: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    shared = {name: _of_the_object(expression) for name, expression in VARIABLES.items()}
    scores = {f"score{index}": score(each.pods.risk) for index, each in enumerate(rules)}
    verdicts = [
        f"{_of_the_object(passes(each, f'variables.score{index}'))} ? '+' : '-'" for index, each in enumerate(rules)
    ]
    matched = {"apiGroups": [GROUP], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["drawnpods"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [matched]},
        "variables": [{"name": name, "expression": each} for name, each in {**shared, **scores}.items()],
        "validations": [
            {"expression": "false", "messageExpression": f"'{_MARK}' + [{', '.join(verdicts)}].join('')"},
        ],
    }
    name = "judge-drawn-pods"
    bound = {"policyName": name, "validationActions": ["Deny"]}
    return [
        (f"{_ADMISSION}ies", {"metadata": {"name": name}, "spec": spec}),
        (f"{_ADMISSION}ybindings", {"metadata": {"name": name}, "spec": bound}),
    ]
