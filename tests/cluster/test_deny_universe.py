"""The real judge of deny policies: every call of a small universe, by the subject itself, on a real API server.

Grants and policies are drawn by seed; one cluster and one run of the reconciler for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Answer, Circumstances, DenyPolicy, Pod
from gitops_breakglass.model.policy import PolicySide
from tests.cluster.deny_stage import CLUSTER, DenyStage
from tests.cluster.deny_universe import CONNECTIONS, Call, bodies, calls, drawn, furnish, passes

SUBJECTS = tuple(range(24))
DRAWN = {number: drawn(number) for number in SUBJECTS}


def name_of(number: int) -> str:
    return f"universe-{number}"


@dataclass
class Judged:
    """What one subject's calls came to, and what its record says."""

    passed: dict[Call, bool]
    record: dict[str, Any]


@dataclass
class Truth:
    """What the evaluator is asked by: the policies of one grant, the live pods, and the names of what is there."""

    policies: tuple[DenyPolicy, ...]
    under: Circumstances
    pods: dict[tuple[str, str], Pod]
    names: dict[str, list[str]]

    def denies(self, call: Call) -> bool:
        """Whether it is denied; a collection is, as well, where one of its objects may not be deleted."""
        pod = self.pods.get((call.namespace, call.name)) if call.subresource in CONNECTIONS else None
        if evaluate(self.policies, call.ask, self.under, pod=pod).answer is Answer.DENY:
            return True
        return call.verb == "deletecollection" and any(
            self.denies(replace(call, verb="delete", name=name)) for name in self.names[call.path()]
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DenyStage]:
    files = {name: text for number in SUBJECTS for name, text in DRAWN[number][0].items()}
    stage = DenyStage(tmp_path_factory.mktemp("universe"), [name_of(each) for each in SUBJECTS], files)
    stage.install()
    furnish(stage)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def judged(stage: DenyStage) -> dict[int, Judged]:
    """Have all requests decided in one run, and make every call of every subject."""
    for number in SUBJECTS:
        stage.grants(name_of(number), name_of(number))
    stage.reconcile()
    sent = bodies(stage)
    found = {}
    for number in SUBJECTS:
        who = stage.subject(name_of(number))
        found[number] = Judged({call: passes(who, call, sent) for call in calls()}, stage.record(name_of(number)))
    return found


def truth_of(stage: DenyStage, side: PolicySide, number: int) -> Truth:
    name = name_of(number)
    under = Circumstances(CLUSTER, session=name, escalation=name)
    policies = tuple(each for each in side.deny if not each.scope.escalations or name in each.scope.escalations)
    items = stage.admin.must("GET", "/api/v1/pods")["items"]
    pods = {(each["metadata"]["namespace"], each["metadata"]["name"]): read_pod(each) for each in items}
    collections = {call.path() for call in calls() if call.verb == "deletecollection"}
    names = {
        path: [each["metadata"]["name"] for each in stage.admin.must("GET", path)["items"]] for path in collections
    }
    return Truth(policies, under, pods, names)


def is_granted(call: Call, number: int) -> bool:
    """Whether the drawn role gives it, where it holds; nothing of the universe is among what is never granted."""
    _, rules, places = DRAWN[number]
    path = f"{call.resource}/{call.subresource}" if call.subresource else call.resource
    return (not places or call.namespace in places) and any(
        call.group in rule["apiGroups"]
        and {path, "*"} & set(rule["resources"])
        and {call.verb, "*"} & set(rule["verbs"])
        and (not rule.get("resourceNames") or call.ask.name in rule["resourceNames"])
        for rule in rules
    )


def allowed_to(number: int, found: Judged, truth: Truth) -> set[Call]:
    """What is granted and not denied; a websocket into a pod takes both verbs."""
    may = {call for call in found.passed if is_granted(call, number) and not truth.denies(call)}
    return {
        call
        for call in may
        if call.subresource not in CONNECTIONS or call.verb != "get" or replace(call, verb="create") in may
    }


@pytest.mark.not_even_once
def test_what_passes_is_granted_and_not_denied_and_no_less_where_the_record_says_exact(stage, judged):
    side = stage.side()
    seen: Counter[str] = Counter()
    for number, found in judged.items():
        may = allowed_to(number, found, truth_of(stage, side, number))
        status = found.record["status"]
        passed = {call for call, is_passed in found.passed.items() if is_passed}
        assert passed - may == set(), (number, status)
        enforced = status.get("denyPolicies") or []
        seen.update(each["means"] for each in enforced)
        if status["state"] == "Approved" and all(each["exact"] for each in enforced):
            assert may - passed == set(), (number, enforced)
            seen["compared"] += len(may)
    # What was drawn is worth a judge: each means held something, and much of what is exact was let through.
    assert min(seen[means] for means in ("subtracted", "guarded", "enumerated")) > 3, seen
    assert seen["compared"] > 200, seen
