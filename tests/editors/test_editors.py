"""What somebody sees who writes these files in an editor, with the settings that docs/editors.md gives."""

import json
import re
from pathlib import Path

import pytest

from gitops_breakglass.core.read.kinds import REQUEST_KINDS
from tests.editors.conftest import ROOT, documented_settings

EXAMPLES = ROOT / "examples" / "access-repo"
CASES = EXAMPLES / "tests"
"""Cases for `policy test`: the settings of docs/editors.md give them no schema."""
FILES = sorted(
    path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.yaml") if not path.is_relative_to(CASES)
)
DATA = ROOT / "tests" / "data" / "schema"
ESCALATION = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata:
  name: pod-shell
spec:
  escalatedGroup: pod-shell
  allowed: {groups: [developers]}
  approvers: {groups: [leads]}
"""
REQUEST = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata:
  name: inc-1
spec:
  escalation: pod-shell
  maxValidFor: an hour
"""


def described(schema, *path):
    node = json.loads((ROOT / "schemas" / schema).read_text(encoding="utf-8"))
    for step in path:
        node = node["properties"][step]
    return node["description"]


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_marked_in_the_example_repository_until_there_is_a_slip(editor, path):
    text = (EXAMPLES / path).read_text(encoding="utf-8")
    assert editor.problems(path, text) == []
    slip = (text.count("\n") + 1, 1, "Property slip is not allowed.")
    assert editor.problems(path, f"{text}slip: 1\n") == [slip]


def full_documents():
    """Every document of every kind, in its fullest form and others, with the path of a file that may hold it."""
    for path in sorted(DATA.glob("*.yaml")):
        for number, text in enumerate(path.read_text(encoding="utf-8").split("\n---\n")):
            kind = re.search(r"^kind: (\w+)$", text, re.MULTILINE)[1]
            where = {"Configuration": "breakglass.yaml", "Identities": "identities.yaml"}.get(kind)
            side = "requests/prod-eu-1" if kind in REQUEST_KINDS else "policies"
            yield pytest.param(where or f"{side}/{path.stem}-{number}.yaml", text, id=f"{path.stem}-{number}-{kind}")


@pytest.mark.parametrize("path, text", list(full_documents()))
def test_nothing_is_marked_in_the_fullest_documents_of_each_kind(editor, path, text):
    assert editor.problems(path, f"{text}\n") == []


def test_a_slip_is_marked_where_it_is(editor):
    slip = f"{ESCALATION}  maxValidfor: 1h\n  retainFor: 2 days\n"
    assert editor.problems("policies/slip.yaml", slip) == [
        (9, 3, "Property maxValidfor is not allowed."),
        (10, 14, "must be a duration, such as 90s, 30m, 2h, 1h30m or 14d"),
    ]
    assert editor.problems("requests/prod-eu-1/inc-1.yaml", REQUEST) == [
        (7, 16, "must be a duration, such as 90s, 30m, 2h, 1h30m or 14d")
    ]


def test_a_kind_of_the_other_side_is_marked(editor):
    (problem,) = editor.problems("requests/prod-eu-1/inc-2.yaml", ESCALATION)
    assert problem[:2] == (2, 7)
    assert '"BreakglassSession"' in problem[2]


def test_the_fields_of_the_kind_are_offered_with_what_they_mean(editor):
    editor.problems("policies/new.yaml", f"{ESCALATION}  m\n")
    offered = editor.completions("policies/new.yaml", 9, 4)
    assert offered["maxValidFor"] == described("breakglass-escalation.schema.json", "spec", "maxValidFor")
    assert "thresholds" not in offered


@pytest.mark.parametrize(
    "path, wanted, other",
    [
        ("policies/kinds.yaml", "DenyPolicy", "BreakglassSession"),
        ("requests/prod-eu-1/kinds.yaml", "Breakglass", "DenyPolicy"),
    ],
)
def test_the_kinds_of_a_side_are_offered(editor, path, wanted, other):
    editor.problems(path, "kind: \n")
    offered = editor.completions(path, 1, 7)
    assert wanted in offered
    assert other not in offered


def test_hovering_over_a_field_shows_what_it_means(editor):
    editor.problems("policies/hover.yaml", f"{ESCALATION}  approvalTimeout: 1h\n")
    meaning = described("breakglass-escalation.schema.json", "spec", "approvalTimeout")
    assert meaning in editor.hover("policies/hover.yaml", 9, 5)


def test_a_file_may_name_its_schema_itself(plain_editor):
    assert plain_editor.problems("anywhere/a/plain.yaml", REQUEST) == []
    named = f"# yaml-language-server: $schema=../../.schemas/request.schema.json\n{REQUEST}"
    assert [each[:2] for each in plain_editor.problems("anywhere/a/named.yaml", named)] == [(8, 16)]


def test_the_settings_in_the_docs_are_those_of_the_catalogue():
    entries = json.loads((ROOT / "schemas" / "index.json").read_text(encoding="utf-8"))["schemas"]
    catalogue = {Path(each["url"]).name: each["fileMatch"] for each in entries if "fileMatch" in each}
    settings = documented_settings()["yaml"]["schemas"]
    assert {Path(name).name: [each.removeprefix("/") for each in files] for name, files in settings.items()} == {
        name: [each for each in files if each.endswith(".yaml")] for name, files in catalogue.items()
    }
