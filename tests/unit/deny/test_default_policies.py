"""The deny policies that ship: well-formed, each with cases and a section in the docs, and off where a repository says so."""

import re
from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import case_fits, default_policies, policies_in, schema_catalog
from gitops_breakglass.adapters.stream import load_stream
from gitops_breakglass.core.read.deny_folder import DenySide
from gitops_breakglass.flows.policy_check import CaseFile, run_cases
from gitops_breakglass.model.errors import UsageError

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "policies").glob("*.yaml"))
NAMES = [path.stem for path in FILES]
named = pytest.mark.parametrize("name", NAMES)


def test_a_policy_is_called_like_its_file_and_knows_that_it_ships():
    assert [(each.name, each.ships) for each in default_policies()] == [(name, True) for name in NAMES]
    assert [str(each.location) for each in default_policies()] == [
        f"policies/{name}.yaml (shipped):{each.location.line}:3"
        for name, each in zip(NAMES, default_policies(), strict=True)
    ]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_its_schema_takes_it(path):
    (document,) = yamlfile.load(path.read_bytes(), path.name).documents
    assert schema_catalog().validate(document) == ()


@named
def test_every_case_of_it_passes(name):
    path = ROOT / "policies" / "tests" / f"{name}.yaml"
    cases = CaseFile(path.name, load_stream(path.read_bytes(), path.name))
    results = run_cases([cases], DenySide(default_policies()), fits=case_fits(), schemas=schema_catalog())
    assert [each for each in results if not each.passed] == []
    assert {each.verdict.answer for each in results} == {"deny", "no-match"}


def test_every_policy_has_its_section_and_its_line_in_the_table():
    text = (ROOT / "docs" / "default-policies.md").read_text()
    assert re.findall(r"^## `(.+)`$", text, re.MULTILINE) == NAMES
    assert re.findall(r"^\| \[`(.+?)`\]", text, re.MULTILINE) == NAMES


def test_a_package_that_lost_them_says_so(tmp_path):
    with pytest.raises(UsageError, match="deny policies that ship with gitops-breakglass are missing"):
        policies_in(tmp_path)
