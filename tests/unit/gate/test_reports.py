"""What the gate says in each format, as whole outputs; hostile text stays text.

With UPDATE_CASES=1 the outputs in tests/data/gate are written anew, to be read before they are committed.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from gitops_breakglass.cli.gate import FORMATS
from gitops_breakglass.core.authorize.unmerged import State
from gitops_breakglass.core.comment import digests_in, is_gate_comment
from gitops_breakglass.model.decision import Reason, Unknown
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.gate.formats import gate_written
from gitops_breakglass.report.gate.markdown import gate_as_markdown
from gitops_breakglass.report.gate.outcome import outcome_as_markdown
from tests.unit.gate.world import DIGEST, NOW, debugging, ending, granted, half, recurring, told

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "data" / "gate"
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "schemas" / "output" / "gate.schema.json").read_text()))
HOSTILE = (
    "@alice ![x](http://e/x.png) [l](javascript:x) <script>x</script> <!-- y --> | a | b | #1 owner/repo#2 "
    "https://evil.example www.evil.example ``` ~~~~ ` ::error::x ##[group]y \n::add-mask::z\n\n# H\n- [ ] t\n> q\n/close\n"
    "$$x$$ &copy; \\` \x1b[2J\u202e\u2028[^1]: f 0123456789abcdef0123456789abcdef01234567"
)
READY = replace(told("alice", ready=True, zone="Europe/Berlin"), effect=None)
CASES = {
    "pending": told("alice", zone="Europe/Berlin"),
    "ready": READY,
    "denied": told("alice", denied=True),
    "ending": ending("alice"),
    "withdrawn": told("alice", state=State.WITHDRAWN),
    "timed-out": told("alice", state=State.TIMED_OUT),
    "half": half("alice")[0],
    "both": half("alice")[1],
    "recurring": recurring("alice"),
    "running-together": recurring("alice", cron="0 */2 * * *", location="UTC", max_activations=40, end=None),
    "debug-session": debugging("alice"),
    "hostile-debug-session": debugging(HOSTILE),
    "hostile-recurring": recurring(HOSTILE, zone=HOSTILE),
    "hostile": told(HOSTILE),
    "hostile-half": half(HOSTILE)[0],
    "hostile-ending": ending(HOSTILE),
}
ENDINGS = {"text": "txt", "json": "json", "github": "github.txt", "markdown": "md"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_what_is_told_in_full(name, form):
    golden = GOLDEN / f"{name}.{ENDINGS[form]}"
    text = gate_written(form, CASES[name])
    if os.environ.get("UPDATE_CASES") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_json_is_what_its_schema_says(name):
    data = json.loads(gate_written("json", CASES[name]))
    assert [error.message for error in SCHEMA.iter_errors(data)] == []
    assert not SCHEMA.is_valid({**data, "surprise": 1})


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.threat("E11")
def test_e11_no_format_has_a_line_that_a_runner_obeys(form):
    text = gate_written(form, CASES["hostile"])
    assert not re.search(r"##\w*\[", text)
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert [line.split()[0] for line in commands] == (["::error", "::error"] if form == "github" else [])
    assert not set("\r\x1b\u202e\u2028") & set(text)


def test_a_comment_that_would_be_too_long_has_the_verdict_first_and_says_what_was_cut():
    long = "x`" * 400
    many = tuple(Finding("schema", long, Location(f"requests/{number}.yaml", 1, 1)) for number in range(3000))
    text = gate_as_markdown(replace(told(long), findings=many, remaining=(long,) * 500))
    assert len(text) <= 65_536
    assert text.splitlines()[2] == "### gitops-breakglass gate: not ready to merge"
    assert "…and 440 more lines\n" in text
    assert text.index("What remains") < text.index("Findings: 3000 errors")
    assert text.count("```text") >= 3


def test_what_has_no_room_is_counted():
    wide = replace(told("`" * 10_000), remaining=("`" * 599,) * 60)
    wide = replace(wide, decision=replace(wide.decision, reasons=(Reason("r", "`" * 600, "`" * 600),) * 60))
    text = gate_as_markdown(wide)
    assert len(text) <= 65_536
    assert re.search(r"\n…and \d+ more sections, which would make this too long\.\n\Z", text)


def test_the_comment_shows_the_digest_where_it_is_found_again():
    assert digests_in(gate_as_markdown(told(HOSTILE))) == (DIGEST,)
    nothing = replace(told(HOSTILE), shown=None)
    assert is_gate_comment(gate_as_markdown(nothing)) and digests_in(gate_as_markdown(nothing)) == ()


def test_the_outcome_takes_the_place_of_the_comment_and_keeps_its_digest():
    text = outcome_as_markdown(
        RequestId("prod", "inc-1"), granted("alice"), digest=DIGEST, ledger=f"4 sha256:{'ab' * 32}"
    )
    assert text == (
        "<!-- gitops-breakglass:gate -->\n"
        f"<!-- gitops-breakglass:digest sha256:{DIGEST} -->\n"
        "### gitops-breakglass: granted\n"
        "\n"
        "`prod/inc-1`\n"
        "\n"
        "**What was decided**\n"
        "\n"
        "```text\n"
        "alice gets alice\n"
        "from 2026-03-29 00:30:00 UTC until 2026-03-29 01:30:00 UTC (1h)\n"
        "approved by alice\n"
        "```\n"
        "\n"
        "**Head of the ledger**\n"
        "\n"
        "```text\n"
        f"4 sha256:{'ab' * 32}\n"
        "```\n"
    )


def test_the_outcome_of_recurring_access_says_how_it_recurs_and_who_merged_what_nobody_approved():
    told_so = granted("alice", ())
    evidence = replace(told_so.evidence, approval_asked=False, merged_by="ben (4)")
    recurrence = recurring().timing.recurrence
    decision = replace(told_so, windows=(), recurrence=recurrence, evidence=evidence)
    text = outcome_as_markdown(RequestId("prod", "inc-1"), decision, digest=DIGEST, ledger="")
    assert text.split("```")[1] == (
        "text\n"
        "alice gets alice\n"
        "cron 30 9 * * 1-5 in Europe/Berlin, 4h each, until 2026-04-28 00:30:00 UTC\n"
        f"none begins before {NOW:%Y-%m-%d %H:%M:%S} UTC\n"
        "approved by nobody: no approval was asked for, and ben (4) merged it\n"
    )


@pytest.mark.parametrize(
    ("decision", "word", "line"),
    [
        (told("alice", denied=True).decision, "denied", "changes-requested: alice asked for changes"),
        (told("alice").decision, "pending", "not-an-approver: alice"),
        (Unknown((Reason("no-facts", "alice"),)), "unknown, judged again in the next run", "no-facts: alice"),
    ],
)
def test_an_outcome_that_is_no_grant_says_why(decision, word, line):
    lines = outcome_as_markdown(RequestId("prod", "inc-1"), decision, digest="", ledger="").splitlines()
    assert lines[1] == f"### gitops-breakglass: {word}"
    assert line in lines
    assert digests_in("\n".join(lines)) == ()


def test_a_note_is_told_and_changes_nothing():
    note = Reason(
        "renamed-account", "account 4 at github is called @benjamin, and in identities.yaml ben", "correct it"
    )
    noted = replace(READY, decision=replace(READY.decision, notes=(note,)))
    assert json.loads(gate_written("json", noted)) == {
        **json.loads(gate_written("json", READY)),
        "notes": [{"rule": note.rule, "message": note.message, "hint": note.hint}],
    }
    text = gate_written("text", noted)
    line = f"note: {note.message} [renamed-account]"
    assert [each.strip() for each in text.splitlines() if each not in gate_written("text", READY).splitlines()] == [
        line
    ]
    assert "[renamed-account]" in gate_written("markdown", noted)
