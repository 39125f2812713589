"""The deny policies that ship: well-formed, each with cases and a section in the docs, and off where a repository says so."""

import re
from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import case_fits, default_policies, policies_in, schema_catalog
from gitops_breakglass.adapters.stream import load_stream
from gitops_breakglass.core.policy_cases import CaseFile, run_cases
from gitops_breakglass.core.read.deny_folder import DenySide
from gitops_breakglass.flows.load import load_policy
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


BASE = ROOT / "examples" / "access-repo"
WITHOUT_DENY = {
    path.relative_to(BASE).as_posix(): path.read_bytes()
    for path in BASE.rglob("*.yaml")
    if path.parent != BASE / "policies" / "deny"
}


def held(configuration=""):
    """The names of the deny policies that hold in the example repository, without its own, with these words in its configuration."""
    files = dict(WITHOUT_DENY)
    files["breakglass.yaml"] += configuration.encode()
    side, _ = load_policy(files, commit="c0", loader=yamlfile.load, catalog=schema_catalog())
    return [each.name for each in side.deny]


def test_all_hold_unless_the_configuration_says_otherwise():
    assert held() == NAMES


@named
def test_one_that_is_off_does_not_hold_and_the_others_do(name):
    assert held(f"\ndefaultPolicies: {{disabled: [{name}, {name}-2]}}\n") == [each for each in NAMES if each != name]


def test_a_policy_of_the_repository_with_the_name_of_a_default_does_not_take_its_place(tmp_path):
    own = "{apiVersion: breakglass.t-caas.telekom.com/v1alpha1, kind: DenyPolicy, metadata: {name: NAME}, spec: {rules: []}}"
    own = own.replace("NAME", NAMES[0]).replace("[]", "[{verbs: [get], apiGroups: [''], resources: [nodes]}]")
    files = dict(WITHOUT_DENY)
    side, _ = load_policy(
        {**files, "policies/own.yaml": own.encode()}, commit="c0", loader=yamlfile.load, catalog=schema_catalog()
    )
    assert [(each.name, each.ships) for each in side.deny] == [(NAMES[0], False), *((name, True) for name in NAMES)]
