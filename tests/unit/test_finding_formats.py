"""Findings in the formats of forges and CI servers: whole outputs, hostile text, and the limits of who reads them."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass import __version__
from gitops_breakglass.adapters.bundled import rule_pages
from gitops_breakglass.cli.telling import FORMATS
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.report.findings.formats import Format, written
from gitops_breakglass.report.findings.markdown import LONGEST, code
from gitops_breakglass.report.findings.told import Told

STANDARDS = Path(__file__).parents[1] / "data" / "standards"
SARIF = jsonschema.Draft4Validator(json.loads((STANDARDS / "sarif-2.1.0.schema.json").read_text()))
TEXTS = {"requests/prod/x y.yaml": "kind: A\nspec:\n  escalation: pod-shel\n", "policies/a.yaml": "kind: B\nspec: {}\n"}
FOUND = (
    Finding("dialect", "dropped upstream", Location("policies/a.yaml", 2, 1), Severity.NOTE),
    Finding("not-a-file", "a link", Location("policies/b.yaml"), Severity.WARNING),
    Finding("unknown-escalation", "there is none", Location("requests/prod/x y.yaml", 3, 3), hint="did you mean it?"),
)
TOLD = Told(FOUND, 1, 2, ("policies/a.yaml", "policies/c.yaml", "requests/prod/x y.yaml"), TEXTS.get, rule_pages)
HOSTILE = "%0A::error::x\n::add-mask::y\r##[error]z \x1b[2J\u202e\ufffe`](http://e) @alice #1 <b>&amp;|]]></failure>,:"


def hostile():
    place = Location(f"requests/{HOSTILE}", 1, 2)
    return Told((Finding("x", HOSTILE, place, hint=HOSTILE),), 1, 0, (), {place.path: HOSTILE}.get, rule_pages)


def test_the_option_knows_every_format():
    assert list(FORMATS) == [form.value for form in Format]


def test_github():
    assert written(Format.GITHUB, TOLD) == (
        "::error file=requests/prod/x y.yaml,line=3,col=3,title=unknown-escalation::"
        "requests/prod/x y.yaml:3:3: there is none%0Ahint: did you mean it?\n"
        "::warning file=policies/b.yaml,title=not-a-file::policies/b.yaml: a link\n"
        "::notice file=policies/a.yaml,line=2,col=1,title=dialect::policies/a.yaml:2:1: dropped upstream\n"
    )


def test_github_shows_ten_of_a_type_and_the_rest_is_said():
    many = [Finding("r", f"m{number}", Location("a", number)) for number in range(1, 13)]
    notes = [Finding("n", "note", Location("b", number), Severity.NOTE) for number in range(1, 12)]
    lines = written(Format.GITHUB, Told((*notes, *many))).splitlines()
    assert [line.split()[0] for line in lines[:20]] == ["::error"] * 10 + ["::notice"] * 10
    assert lines[19] == (
        "::notice title=gitops-breakglass check::4 more findings in the log of this step: GitHub shows 10 of a type"
    )
    assert lines[20:] == ["a:11: error[r] m11", "a:12: error[r] m12", "b:10: note[n] note", "b:11: note[n] note"]


def test_ten_errors_need_no_notice():
    told = Told([Finding("r", "m", Location("a", number)) for number in range(1, 11)])
    assert written(Format.GITHUB, told).count("::error") == len(written(Format.GITHUB, told).splitlines()) == 10


def test_a_file_can_not_write_a_workflow_command():
    (line,) = written(Format.GITHUB, hostile()).splitlines()
    properties, words = re.fullmatch(r"::error (.*?)::(.*)", line).groups()
    assert [part.split("=")[0] for part in properties.split(",")] == ["file", "line", "col", "title"]
    assert "%250A%3A%3Aerror" in properties
    assert "%250A::error" in words and not set("\r\n\x1b\u202e") & set(words)


@pytest.mark.parametrize("form", Format)
def test_no_format_has_a_line_that_a_runner_obeys(form):
    text = written(form, hostile())
    assert not re.search(r"##\w*\[", text)
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (form is Format.GITHUB)
    assert not set("\r\x1b\u202e\ufffe") & set(text)


def test_sarif():
    log = json.loads(written(Format.SARIF, TOLD))
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("gitops-breakglass", __version__)
    assert [rule["id"] for rule in driver["rules"]] == ["dialect", "not-a-file", "unknown-escalation"]
    page = rule_pages()["unknown-escalation"]
    assert driver["rules"][2] == {
        "id": "unknown-escalation",
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.why},
        "helpUri": "https://gitops-breakglass.dev/docs/rules/requests.md#unknown-escalation",
        "help": {"text": f"{page.why}\n\n{page.remedy}", "markdown": driver["rules"][2]["help"]["markdown"]},
    }
    assert "```yaml\nspec: {escalation: pod-shel}\n```" in driver["rules"][2]["help"]["markdown"]
    assert [result["level"] for result in run["results"]] == ["note", "warning", "error"]
    assert run["results"][2]["message"] == {"text": "there is none\nhint: did you mean it?"}
    assert run["results"][2]["ruleIndex"] == 2
    assert run["results"][2]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "requests/prod/x%20y.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 3, "endColumn": 23},
            }
        }
    ]
    assert "region" not in run["results"][1]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("told", [TOLD, hostile(), Told(())], ids=["plain", "hostile", "clean"])
def test_sarif_keeps_to_the_standards_schema(told):
    assert [error.message for error in SARIF.iter_errors(json.loads(written(Format.SARIF, told)))] == []


def test_a_path_is_percent_encoded_and_a_message_has_no_links_in_sarif():
    (result,) = json.loads(written(Format.SARIF, hostile()))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri) and uri.startswith("requests/%250A%3A%3Aerror")
    assert "](" not in result["message"]["text"]


def fingerprints(told):
    found = [each["fingerprint"] for each in json.loads(written(Format.GITLAB, told))]
    (run,) = json.loads(written(Format.SARIF, told))["runs"]
    assert [each["partialFingerprints"]["gitopsBreakglass/v1"] for each in run["results"]] == found
    return found


def test_a_finding_is_known_again_when_lines_move_and_words_change():
    first = Told((Finding("r", "m", Location("a", 2, 3)),), source={"a": "x\n  y: z\n"}.get)
    later = Told((Finding("r", "better said", Location("a", 4, 5)),), source={"a": "x\n\nw\n    y:  z\n"}.get)
    other = Told((Finding("r", "m", Location("a", 2, 3)),), source={"a": "x\n  y: zz\n"}.get)
    assert fingerprints(first) == fingerprints(later) != fingerprints(other)


def test_findings_that_look_alike_have_fingerprints_of_their_own():
    alike = [Finding("r", "m", Location("a", number, 1)) for number in (1, 2, 3)]
    assert len(set(fingerprints(Told(alike, source={"a": "x: 1\nx: 1\nx: 1\n"}.get)))) == 3
    assert len(set(fingerprints(Told([*alike, Finding("r", "m", Location("b"))])))) == 4


def test_gitlab_code_quality():
    found = json.loads(written(Format.GITLAB, TOLD))
    assert all(re.fullmatch("[0-9a-f]{64}", each.pop("fingerprint")) for each in found)
    assert found == [
        {
            "description": "dropped upstream",
            "check_name": "dialect",
            "severity": "info",
            "location": {"path": "policies/a.yaml", "lines": {"begin": 2}},
        },
        {
            "description": "a link",
            "check_name": "not-a-file",
            "severity": "minor",
            "location": {"path": "policies/b.yaml", "lines": {"begin": 1}},
        },
        {
            "description": "there is none (hint: did you mean it?)",
            "check_name": "unknown-escalation",
            "severity": "major",
            "location": {"path": "requests/prod/x y.yaml", "lines": {"begin": 3}},
        },
    ]
    assert written(Format.GITLAB, Told(())) == "[]\n"


def test_junit():
    assert written(Format.JUNIT, TOLD) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="gitops-breakglass check" tests="4" failures="1" errors="0">\n'
        '  <testsuite name="gitops-breakglass check" tests="4" failures="1" errors="0" skipped="0">\n'
        '    <testcase classname="gitops-breakglass check" name="policies/a.yaml">\n'
        "      <system-out>policies/a.yaml:2:1: note[dialect] dropped upstream\n"
        "  2 | spec: {}\n"
        "    | ^^^^\n"
        "</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="gitops-breakglass check" name="policies/b.yaml">\n'
        "      <system-out>policies/b.yaml: warning[not-a-file] a link\n"
        "</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="gitops-breakglass check" name="policies/c.yaml"/>\n'
        '    <testcase classname="gitops-breakglass check" name="requests/prod/x y.yaml">\n'
        '      <failure type="unknown-escalation" message="there is none">'
        "requests/prod/x y.yaml:3:3: error[unknown-escalation] there is none\n"
        "  3 |   escalation: pod-shel\n"
        "    |   ^^^^^^^^^^^^^^^^^^^^\n"
        "  hint: did you mean it?\n"
        "</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_a_file_with_several_errors_is_one_failure():
    told = Told([Finding("r", f"m{number}", Location("a", number)) for number in (1, 2, 3)])
    (failure,) = ET.fromstring(written(Format.JUNIT, told)).iter("failure")
    assert failure.get("message") == "m1 (and 2 more)"
    assert failure.text == "a:1: error[r] m1\na:2: error[r] m2\na:3: error[r] m3\n"


@pytest.mark.parametrize("told", [TOLD, hostile(), Told(())], ids=["plain", "hostile", "clean"])
def test_junit_keeps_to_the_schema_that_ci_servers_read_it_by(told):
    xmlschema.XMLSchema(STANDARDS / "junit-10.xsd").validate(ET.fromstring(written(Format.JUNIT, told)))


@given(st.text(), st.text())
def test_whatever_a_file_says_the_report_is_xml(message, path):
    told = Told((Finding("x", message, Location(f"p{path}", 1, 1), hint=message),), source=lambda _: message)
    (case,) = ET.fromstring(written(Format.JUNIT, told)).iter("testcase")
    assert [child.tag for child in case] == ["failure"]


def test_markdown():
    assert written(Format.MARKDOWN, TOLD) == (
        "### gitops-breakglass check: 1 error, 1 warning, 1 note\n"
        "\n"
        "1 request and 2 policy documents checked: 1 error, 1 warning, 1 note.\n"
        "\n"
        "| Rule | Findings | What it asks for |\n"
        "|---|--:|---|\n"
        "| `dialect` | 1 | Fields that upstream's schema does not have are told |\n"
        "| `not-a-file` | 1 | Everything on both sides of the repository is a plain file |\n"
        "| `unknown-escalation` | 1 | The escalation of a session exists |\n"
        "\n"
        "`requests/prod/x y.yaml`\n"
        "\n"
        "```text\n"
        "3:3: error[unknown-escalation] there is none\n"
        "  3 |   escalation: pod-shel\n"
        "    |   ^^^^^^^^^^^^^^^^^^^^\n"
        "  hint: did you mean it?\n"
        "```\n"
        "\n"
        "`policies/b.yaml`\n"
        "\n"
        "```text\n"
        "warning[not-a-file] a link\n"
        "```\n"
        "\n"
        "`policies/a.yaml`\n"
        "\n"
        "```text\n"
        "2:1: note[dialect] dropped upstream\n"
        "  2 | spec: {}\n"
        "    | ^^^^\n"
        "```\n"
    )
    assert written(Format.MARKDOWN, Told((), 1, 2)) == (
        "### gitops-breakglass check: nothing to report\n\n1 request and 2 policy documents checked: nothing to report.\n"
    )


def test_backticks_in_a_file_do_not_end_the_code_that_they_stand_in():
    path = "a`` `b`"
    told = Told((Finding("x", "````\n@alice <b>", Location(path, 1, 1)),), source={path: "```` [x](y)"}.get)
    _, _, rest = written(Format.MARKDOWN, told).partition("|---|--:|---|\n")
    assert rest == (
        "| `x` | 1 |  |\n"
        "\n"
        "``` a`` `b` ```\n"
        "\n"
        "`````text\n"
        "1:1: error[x] ````\\n@alice <b>\n"
        "  1 | ```` [x](y)\n"
        "    | ^^^^^^^^^^^\n"
        "`````\n"
    )


@given(st.text())
def test_a_code_span_is_closed_by_nothing_within_it(text):
    span = code(text)
    ticks = re.match("`+", span)[0]
    assert span.endswith(ticks)
    assert ticks not in re.findall("`+", span[len(ticks) : -len(ticks)])


@given(st.integers(1, 40), st.integers(1, 400), st.integers(1, 3000))
def test_markdown_fits_into_a_comment_and_says_what_it_leaves_out(files, each, length):
    findings = [Finding("r", "m" * length, Location(f"f{file}", line)) for file in range(files) for line in range(each)]
    text = written(Format.MARKDOWN, Told(findings))
    assert len(text) <= LONGEST
    assert text.count("```") % 2 == 0
    left = [int(number) for number in re.findall(r"…and (\d+) more finding", text)]
    files_left = sum(int(number) for number in re.findall(r"…and findings in (\d+) more file", text))
    assert text.count("error[r]") + sum(left) + files_left * each == len(findings)


def test_errors_come_first_so_that_notes_are_what_is_cut():
    notes = [Finding("n", "n" * 900, Location(f"a{number:03}", 1), Severity.NOTE) for number in range(90)]
    text = written(Format.MARKDOWN, Told((*notes, Finding("r", "bad", Location("z", 1)))))
    assert "1: error[r] bad" in text
    assert text.index("`z`") < text.index("`a000`")
    assert re.search(r"…and findings in \d+ more files, which would make this too long", text)
