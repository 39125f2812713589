"""Findings that pass a check and still hold the request back: nothing is granted by what they are about."""

from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check

BASE = Path(__file__).parents[2] / "examples" / "access-repo"
CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    "case",
    [
        "unknown-deny-policy/deny/of-the-escalation",
        "unknown-subject/deny/session",
        "unknown-subject/deny/breakglass",
    ],
)
def test_a_request_that_is_only_warned_about_is_held_back_all_the_same(case):
    folder = CASES / case
    changes = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")}
    files = {**read_folder(BASE).files, **changes}
    checked = check(files, loader=yamlfile.load, catalog=schema_catalog())
    assert checked.is_clean
    assert {each.rule for each in checked.findings if each.holds_back} == {case.partition("/")[0]}
