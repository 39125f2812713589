"""The corpus of Breakglass documents before `check`; tests/cluster/test_two_judges.py takes it to a real API server."""

import re
from pathlib import Path

import pytest

from tests.cluster.breakglass_corpus import corpus, errors

CASES = list(corpus())
FOUND = errors(CASES)


def test_the_corpus_is_large_and_says_nothing_twice():
    assert len({case.name for case in CASES}) == len(CASES) > 250
    assert sum(case.sound for case in CASES) > 75


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_check_refuses_what_is_wrong_with_a_breakglass_and_nothing_else(case):
    told = {each.rule for each in FOUND[case.name]}
    assert bool(told) is not case.sound
    if case.only_check:
        assert case.only_check in told


def test_the_docs_name_exactly_the_rules_that_an_api_server_can_not_judge_by():
    text = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    section = text.partition("## A Breakglass on an API server\n")[2]
    told = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert told == sorted({case.only_check for case in CASES if case.only_check}, key=str.casefold)
