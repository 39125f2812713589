"""The rows of the threat model, each with the tests that show it: no row without a test, no test of a row that is not there."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([DE][0-9]+) \|", PAGE, re.MULTILINE)


def shown():
    """The rows that tests are marked with, alone or one case of many; each with its places as `file:line`."""
    found = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "mark.threat" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.threat":
                for row in node.args:
                    found[ast.literal_eval(row)].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    return found


def test_every_row_is_shown_by_a_test_and_every_test_of_a_row_has_one():
    assert sorted(ROWS) == sorted(shown())


def test_the_rows_are_whole_and_in_order():
    assert [f"D{number}" for number in range(1, 10)] + [f"E{number}" for number in range(1, 19)] == ROWS
