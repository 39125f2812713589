"""Each rule, by what it refuses and what it lets through: files laid over the example repository, and what `check` says.

`<rule>/deny/<case>` holds the files, and in `findings.txt` the whole report; `<rule>/allow/<case>` is one where the rule
says nothing. An empty file takes the one of the base away; `NAME.link` with `-> TARGET` is a symbolic link. With
UPDATE_CASES=1 the reports are written anew, to be read before they are committed.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.core.rules import ALL_RULES, AREAS, page_of
from gitops_breakglass.flows.check import check
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.report.findings.text import as_text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BASE = ROOT / "examples" / "access-repo"
BESIDE = ROOT / "tests" / "data" / "cases"
"""What every case finds beside the example repository."""
LEFT_OUT = (
    "policies/deny/no-shell-on-a-node.yaml",
    "policies/deny/what-incidents-leave.yaml",
    "requests/prod-eu-1/audit-of-the-rollout.yaml",
    "requests/prod-eu-1/reindex-on-mondays.yaml",
    "requests/staging-eu-1/pods-before-lunch.yaml",
)
"""Of the example: what narrows the request that most cases change, and requests that take offers which most do not have."""
RULES = {rule.id for rule in ALL_RULES}
FOLDERS = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
REPORT = "findings.txt"


def cases(side):
    found = [case for folder in FOLDERS for case in sorted((folder / side).glob("*"))]
    return pytest.mark.parametrize("case", found, ids=[f"{case.parts[-3]}/{case.name}" for case in found])


def checked(case, tmp_path):
    repository = tmp_path / "repository"
    shutil.copytree(BASE, repository)
    shutil.copytree(BESIDE, repository, dirs_exist_ok=True)
    for path in LEFT_OUT:
        (repository / path).unlink()
    for path in sorted(case.rglob("*")):
        target = repository / path.relative_to(case)
        if path.is_dir() or path.name in {REPORT, ".keep"}:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".link":
            target.with_suffix("").symlink_to(path.read_text().removeprefix("-> ").strip())
        elif path.stat().st_size:
            target.write_bytes(path.read_bytes())
        else:
            target.unlink()
    folder = read_folder(repository)
    return check(folder.files, not_files=folder.not_files, loader=yamlfile.load, catalog=schema_catalog()).findings


@cases("deny")
def test_what_a_rule_refuses_is_told_in_full(case, tmp_path):
    findings = checked(case, tmp_path)
    report = case / REPORT
    if os.environ.get("UPDATE_CASES") == "1":
        report.write_text(as_text(findings))
    assert as_text(findings) == report.read_text()
    assert case.parts[-3] in {finding.rule for finding in findings}


@cases("allow")
def test_what_a_rule_lets_through_is_not_told_by_it(case, tmp_path):
    assert case.parts[-3] not in {finding.rule for finding in checked(case, tmp_path)}


def test_every_rule_has_both_sides_and_every_folder_a_rule():
    assert [folder.name for folder in FOLDERS if folder.name not in RULES] == []
    missing = {
        f"{rule}/{side}" for rule in RULES for side in ("allow", "deny") if not any((HERE / rule / side).glob("*/*"))
    }
    assert missing == set()


@pytest.mark.parametrize("area", AREAS)
def test_every_rule_has_a_section_in_the_docs_and_every_section_a_rule(area):
    text = (ROOT / "docs" / "rules" / f"{area}.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## `([^`]+)`$", text, re.MULTILINE)
    rules = {rule.id: rule for rule in AREAS[area]}
    assert sections == sorted(rules, key=str.casefold)
    for name, section in zip(sections, re.split(r"^## `[^`]+`$", text, flags=re.MULTILINE)[1:], strict=True):
        parts = re.findall(r"^\*\*([^*]+)\*\*", section, re.MULTILINE)
        assert parts == ["Why.", "Refused:", "Allowed:", "What to do."], name
        assert " ".join(rules[name].why.split()) in " ".join(section.split()), name


def test_the_page_of_rules_leads_to_every_rule_and_has_no_other():
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((rules/[a-z]+\.md#[^)]+)\)", text) == [
        page_of(rule).removeprefix("docs/")
        for area in AREAS
        for rule in sorted(AREAS[area], key=lambda rule: rule.id.casefold())
    ]
    assert len({rule.id.lower() for rule in ALL_RULES}) == len(ALL_RULES)


def test_of_the_example_repository_nothing_is_told_but_what_its_deny_policy_narrows():
    folder = read_folder(BASE)
    (note,) = check(folder.files, loader=yamlfile.load, catalog=schema_catalog()).findings
    assert (note.rule, note.severity, note.location.path) == (
        "deny-policy-narrows",
        Severity.NOTE,
        "requests/prod-eu-1/inc-4711-checkout.yaml",
    )
    assert note.message == (
        "deny policy no-shell-on-a-node (policies/deny/no-shell-on-a-node.yaml:5:3) keeps away create, get pods/exec,"
        " judged by the pod as it is at that moment (guarded)"
    )
