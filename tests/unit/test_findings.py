"""Findings as people and machines read them."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.report.findings.as_json import told_as_json
from gitops_breakglass.report.findings.text import as_text, summary
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.terminal import printable

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "output" / "findings.schema.json").read_text())
FOUND = (
    Finding("unknown-escalation", "there is none", Location("requests/prod/x.yaml", 6, 13), hint="did you mean x?"),
    Finding("dialect", "dropped upstream", Location("policies/a.yaml", 2, 1), Severity.NOTE),
    Finding("not-a-file", "a link", Location("policies/b.yaml")),
)


def test_a_finding_is_a_line_with_its_hint_below():
    assert as_text(FOUND) == (
        "requests/prod/x.yaml:6:13: error[unknown-escalation] there is none\n"
        "  hint: did you mean x?\n"
        "policies/a.yaml:2:1: note[dialect] dropped upstream\n"
        "policies/b.yaml: error[not-a-file] a link\n"
    )


def test_the_summary_counts_by_severity():
    assert summary(Told(FOUND, 1, 2)) == "1 request and 2 policy documents checked: 2 errors, 1 note"
    assert summary(Told((), 0, 1)) == "0 requests and 1 policy document checked: nothing to report"


def test_the_json_form_says_which_warnings_grant_nothing():
    plain = Finding("r", "m", Location("a"), Severity.WARNING)
    told = json.loads(told_as_json(Told((plain, replace(plain, refuses=True)))))
    assert [each["holdsBack"] for each in told["findings"]] == [False, True]


def test_the_json_form_in_full():
    assert json.loads(told_as_json(Told(FOUND[:1] + FOUND[2:], 1, 2))) == {
        "version": 1,
        "findings": [
            {
                "rule": "unknown-escalation",
                "severity": "error",
                "message": "there is none",
                "hint": "did you mean x?",
                "path": "requests/prod/x.yaml",
                "line": 6,
                "column": 13,
                "holdsBack": True,
            },
            {
                "rule": "not-a-file",
                "severity": "error",
                "message": "a link",
                "hint": None,
                "path": "policies/b.yaml",
                "line": None,
                "column": None,
                "holdsBack": True,
            },
        ],
        "summary": {"requests": 1, "documents": 2, "errors": 2, "warnings": 0, "notes": 0},
    }


def test_the_json_form_keeps_to_its_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(told_as_json(Told(FOUND, 1, 2))), SCHEMA, jsonschema.Draft202012Validator)
    jsonschema.validate(json.loads(told_as_json(Told(()))), SCHEMA, jsonschema.Draft202012Validator)


def test_what_a_file_says_can_not_move_a_terminals_cursor_or_forge_a_line():
    hostile = Finding(
        "x", "a\x1b[2J\nrequests/y.yaml:1:1: error[x] \u202eforged", Location("p\x07", 1, 1), hint="\x9b31m"
    )
    assert as_text([hostile]) == (
        "p\\x07:1:1: error[x] a\\x1b[2J\\nrequests/y.yaml:1:1: error[x] \\u202eforged\n  hint: \\x9b31m\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::stop-commands::x, get  pods", r"\x3a:stop-commands::x, get  pods"),
        ("  ::add-mask::x", r"  \x3a:add-mask::x"),
        ("\n::add-mask::x", r"\n\x3a:add-mask::x"),
        ("get  pods named ::x", "get  pods named ::x"),
        (":8080", ":8080"),
    ],
)
def test_what_a_file_says_can_not_begin_a_line_as_a_command_to_a_runner(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_printable_text_is_one_line_without_controls(text):
    assert all(character.isprintable() or character == "\u3000" or character.isspace() for character in printable(text))
    assert len(printable(text).splitlines()) <= 1


@given(st.text("abc äöü Привет 日本"))
def test_letters_of_any_script_stay_as_they_are(text):
    assert printable(text) == text
