"""docs/comparison.md says of our own check what it says today; `python -m benchmarks.compare --ours` renews it."""

import re

import pytest

from benchmarks.compare.__main__ import PAGE
from benchmarks.compare.cases import read_cases
from benchmarks.compare.page import block
from benchmarks.compare.tools import ours

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_the_page_says_what_check_says(case):
    answer = ours(case)
    assert block(case, answer) in TEXT
    assert answer.refused and answer.has_line


def test_the_page_has_every_file_and_no_other():
    assert re.findall(r"^<!-- ([a-z-]+) -->$", TEXT, re.MULTILINE) == [case.name for case in read_cases()]
