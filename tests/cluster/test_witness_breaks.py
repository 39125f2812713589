"""Each clause of fence and guard is needed: taken out of its policy, what it refuses passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import witness_marks, witness_subjects, witness_windows  # noqa: F401 - fills CASES
from tests.cluster.harness.actor import Answer
from tests.cluster.harness.becoming import eventually
from tests.cluster.install_fixture import Installed, installation, staged
from tests.cluster.witness_cases import CASES, Case
from tests.cluster.witness_stage import Stage


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An API server of our own: while a clause is missing, no other test may be judged by it."""
    with installation(tmp_path_factory.mktemp("breakable"), wait=True) as installed:
        yield installed


@pytest.fixture
def stage(breakable: Installed) -> Iterator[Stage]:
    with staged(breakable) as stage:
        yield stage


def let_through(answer: Answer) -> Answer | None:
    """The answer, unless it is admission's no."""
    return None if "denied request" in answer.message else answer


ALONE = [case for case in CASES if case.is_alone]


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.act.__name__)
def test_without_its_clause_the_call_passes(breakable: Installed, stage: Stage, case: Case):
    whole = next(
        each
        for each in breakable.bundle.bounds
        if each["kind"] == "ValidatingAdmissionPolicy" and each["metadata"]["name"] == case.policy
    )
    kept = [each for each in whole["spec"]["validations"] if case.says not in each["message"]]
    assert len(kept) == len(whole["spec"]["validations"]) - 1
    # A policy has to hold something.
    broken = {**whole, "spec": {**whole["spec"], "validations": kept or [{"expression": "true"}]}}
    breakable.administrator.apply(broken)
    try:
        refused = eventually(lambda: let_through(case.act(stage)[1]), "what is left of the policy refuses it too")
        # There is no kubelet here: a port that may be opened leads to a node that is not there, or to none.
        nowhere = any(each in refused.message for each in ('"nowhere" not found', "does not have a host assigned"))
        assert refused.status in range(200, 300) or nowhere, refused
    finally:
        breakable.administrator.apply(whole)
