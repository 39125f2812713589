"""How many decisions a second the evaluator of deny policies makes on one core, and `policy test` beside conftest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks import others
from benchmarks.measure import machine, say, spread, table
from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.read.deny import read_deny
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Ask, Circumstances
from gitops_breakglass.model.document import Document

KIND = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1", "kind": "DenyPolicy"}
UNDER = Circumstances("prod-1", "shop", "inc-1", "shell")
REGO = Path(__file__).with_name("deny_policy.rego")
AIM = 20_000
"""Decisions a second, with five policies as the use cases have them."""


def policies(many: int) -> list[dict]:
    """Write policies: names by glob in namespaces by pattern, a delete of what must stay, and a score of pods in each fifth."""
    found = []
    for number in range(many):
        group = ["", "apps", "batch"][number % 3]
        rules = [
            {
                "verbs": ["delete"],
                "apiGroups": [group],
                "resources": ["namespaces"],
                "resourceNames": ["kube-*", "default"],
            },
            {
                "verbs": ["get", "delete"],
                "apiGroups": [group],
                "resources": ["secrets", "configmaps"],
                "resourceNames": [f"db-{number}*", "tls-?"],
                "namespaces": {"patterns": ["prod-*", f"team-{number}"]},
            },
        ]
        spec: dict = {"precedence": number, "rules": rules}
        if number % 5 == 0:
            spec["podSecurityRules"] = {
                "riskFactors": {"privilegedContainer": 100, "hostNetwork": 50, "capabilities": {"NET_ADMIN": 30}},
                "thresholds": [
                    {"maxScore": 49, "action": "allow"},
                    {"maxScore": 1000, "action": "deny", "reason": "{{.Pod}}"},
                ],
                "exemptions": {"namespaces": {"patterns": ["kube-system"]}},
            }
        found.append({**KIND, "metadata": {"name": f"policy-{number}"}, "spec": spec})
    return found


def cases(many: int) -> list[dict]:
    """Write questions as `policy test` takes them: half of them about pods, of which every fourth is privileged."""
    found = []
    for number in range(many):
        namespace = ["prod-eu", "team-3", "dev", "kube-system"][number % 4]
        case: dict = {"name": f"case-{number}"}
        if number % 2:
            name = f"web-{number}"
            asked = {"verb": "create", "resource": "pods", "subresource": "exec", "name": name, "namespace": namespace}
            security = {"privileged": number % 8 == 1, "capabilities": {"add": ["NET_RAW"]}}
            case["pod"] = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"containers": [{"name": "app", "securityContext": security}, {"name": "side"}]},
            }
        else:
            asked = {"verb": "get", "resource": "secrets", "name": f"db-{number % 100}x", "namespace": namespace}
        case["review"] = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": "alice", "resourceAttributes": {"group": "", **asked}},
        }
        found.append(case)
    return found


def run(many: int, rounds: int, out: Callable[[str], None]) -> None:
    """Measure the evaluator in this process, then both commands on the same questions."""
    out(f"Machine: {machine()}\n")
    out(
        table(
            ["policies", "decisions a second: median (all between)"], [_rate(count, many, rounds) for count in (5, 50)]
        )
    )
    out(f"\nAim with 5: {AIM:,}\n")
    out(table(["command", "wall: median (all between)", "denied"], _commands(many, rounds)))


def _rate(count: int, many: int, rounds: int) -> list[str]:
    read = [read_deny(Document("policies/a.yaml", each)) for each in policies(count)]
    asked = [(_ask(case), read_pod(case["pod"]) if "pod" in case else None) for case in cases(many)]
    rates = []
    for _ in range(rounds + 1):
        begun = time.process_time()
        for ask, pod in asked:
            evaluate(read, ask, UNDER, pod=pod)
        rates.append(many / (time.process_time() - begun))
    rates = sorted(rates[1:])
    return [str(count), f"{rates[len(rates) // 2]:,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})"]


def _ask(case: dict) -> Ask:
    fields = case["review"]["spec"]["resourceAttributes"]
    return Ask(
        fields["verb"],
        fields["group"],
        fields["resource"],
        fields.get("subresource", ""),
        fields["namespace"],
        fields["name"],
    )


def _commands(many: int, rounds: int) -> list[list[str]]:
    read = [read_deny(Document("policies/a.yaml", each)) for each in policies(5)]
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-bench-") as name:
        folder = Path(name)
        questions = cases(many)
        for case in questions:
            answer = evaluate(read, _ask(case), UNDER, pod=read_pod(case["pod"]) if "pod" in case else None)
            case["expect"] = {"decision": answer.answer.value}
        (folder / "policies").mkdir()
        (folder / "policies" / "deny.yaml").write_text(yaml.safe_dump_all(policies(5)))
        (folder / "cases.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in questions))
        (folder / "cases.yaml").write_text("".join(f"---\n{json.dumps(case)}\n" for case in questions))
        (folder / "data.json").write_text(json.dumps({"policies": policies(5)}))
        ours = [sys.executable, "-m", "gitops_breakglass", "policy", "test"]
        ours += ["--policies", str(folder / "policies"), str(folder / "cases.jsonl")]
        commands = {"policy test": ours}
        if (conftest := others.conftest_of(REGO, folder / "data.json", folder / "cases.yaml")) is not None:
            commands["conftest"] = conftest
        environment = {**os.environ, "PYTHONPATH": str(others.HERE.parent)}
        taken: dict[str, list[float]] = {each: [] for each in commands}
        told: dict[str, str] = {}
        for number in range(rounds + 1):
            for each, command in commands.items():
                say(f"round {number} of {rounds}: {each}")
                begun = time.perf_counter()
                done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
                if number:
                    taken[each].append(time.perf_counter() - begun)
                told[each] = (done.stdout or done.stderr).strip().splitlines()[-1]
        denied = sum(case["expect"]["decision"] == "deny" for case in questions)
        return [[each, spread(taken[each]), f"{denied} expected: {told[each]}"] for each in commands]
