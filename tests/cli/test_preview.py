"""`preview`: the next windows of a request, from a file anywhere, from a repository, and from what was decided."""

import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "access-repo"
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "schemas" / "output" / "preview.schema.json").read_text()))
COMPLETE = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata:
  name: on-duty
spec:
  clusterRoles: [view]
  schedule:
    cron: "0 9 * * 1-5"
    duration: 8h
    start: "2024-01-01T00:00:00Z"
    end: "2024-12-31T23:59:59Z"
    location: America/New_York
    maxActivations: 10
"""
SESSION = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata:
  name: once
spec:
  escalation: pod-shell
"""


@pytest.fixture
def file(tmp_path):
    """A file that lies in no repository."""
    place = tmp_path / "on-duty.yaml"
    place.write_text(COMPLETE)
    return place


def run(*words):
    return CliRunner().invoke(main, ["preview", *map(str, words)])


def told(*words):
    """What `--format json` says, which is what its schema says."""
    done = run(*words, "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert [error.message for error in SCHEMA.iter_errors(data)] == []
    return data


def test_a_bare_file_has_its_windows_told_in_utc_and_in_the_zone_of_its_schedule(file):
    done = run(file, "--from", "2024-03-07T20:00:00Z", "--count", "3")
    assert done.exit_code == 0
    assert done.stdout == (
        "on-duty\n"
        "  cron 0 9 * * 1-5 in America/New_York, 8h each, until 2024-12-31 23:59:59 UTC, 10 times at most\n"
        "  as if merged at 2024-03-07 20:00:00 UTC; windows that begin before the merge do not count\n"
        "   1. Fri 2024-03-08 14:00:00 UTC until Fri 2024-03-08 22:00:00 UTC (8h)\n"
        "      Fri 2024-03-08 09:00:00 EST until Fri 2024-03-08 17:00:00 EST (America/New_York)\n"
        "   2. Mon 2024-03-11 13:00:00 UTC until Mon 2024-03-11 21:00:00 UTC (8h)\n"
        "      Mon 2024-03-11 09:00:00 EDT until Mon 2024-03-11 17:00:00 EDT (America/New_York)\n"
        "   3. Tue 2024-03-12 13:00:00 UTC until Tue 2024-03-12 21:00:00 UTC (8h)\n"
        "      Tue 2024-03-12 09:00:00 EDT until Tue 2024-03-12 17:00:00 EDT (America/New_York)\n"
        "  and 7 more windows after them\n"
    )


def test_markdown_is_a_table_with_a_column_for_each_zone(file):
    done = run(file, "--from", "2024-12-31T00:00:00Z", "--format", "markdown", "--zone", "Asia/Kolkata")
    assert done.stdout == (
        "### Windows of `on-duty`\n"
        "\n"
        "- `cron 0 9 * * 1-5 in America/New_York, 8h each, until 2024-12-31 23:59:59 UTC, 10 times at most`\n"
        "- `as if merged at 2024-12-31 00:00:00 UTC; windows that begin before the merge do not count`\n"
        "\n"
        "|  | UTC | America/New_York | Asia/Kolkata | length |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| 1 | Tue 2024-12-31 14:00:00 UTC until Tue 2024-12-31 22:00:00 UTC "
        "| Tue 2024-12-31 09:00:00 EST until Tue 2024-12-31 17:00:00 EST "
        "| Tue 2024-12-31 19:30:00 IST until Wed 2025-01-01 03:30:00 IST | 8h |\n"
        "\n"
        "and none after them\n"
    )


def test_json_has_the_windows_and_what_is_left(file):
    data = told(file, "--from", "2024-01-15T00:00:00Z")
    assert [len(data["windows"]), data["windows"][0], data["windows"][-1]] == [
        10,
        {"start": "2024-01-15T14:00:00Z", "end": "2024-01-15T22:00:00Z"},
        {"start": "2024-01-26T14:00:00Z", "end": "2024-01-26T22:00:00Z"},
    ]
    assert (data["moreOccurrences"], data["decided"], data["windows"] == data["occurrences"]) == (0, False, True)
    assert told(file, "--from", "2025-01-01T00:00:00Z")["windows"] == []
    assert "no window is left" in run(file, "--from", "2025-01-01T00:00:00Z").stdout


def test_windows_that_run_together_are_one_and_those_that_never_stop_are_cut_and_said_to_go_on(file):
    file.write_text(COMPLETE.replace("0 9 * * 1-5", "0 9,13 * * *").replace("8h", "4h"))
    data = told(file, "--from", "2024-01-01T00:00:00Z", "--count", "2")
    assert data["windows"] == [
        {"start": "2024-01-01T14:00:00Z", "end": "2024-01-01T22:00:00Z"},
        {"start": "2024-01-02T14:00:00Z", "end": "2024-01-02T22:00:00Z"},
    ]
    assert (len(data["occurrences"]), data["moreOccurrences"]) == (4, 6)
    file.write_text(COMPLETE.replace("0 9 * * 1-5", "0 * * * *").replace("    maxActivations: 10\n", ""))
    data = told(file, "--from", "2024-01-01T00:00:00Z", "--count", "2")
    assert (len(data["windows"]), data["goesOn"]) == (1, True)
    assert "goes on without a break" in run(file, "--from", "2024-01-01T00:00:00Z").stdout


def test_one_time_access_has_one_window_and_a_session_the_length_of_its_escalation(file, tmp_path):
    once = COMPLETE.split('    cron: "0 9 * * 1-5"\n')
    file.write_text(f"{once[0]}    duration: 2h\n")
    data = told(file, "--from", "2024-01-01T00:00:00Z")
    assert data["windows"] == [{"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T02:00:00Z"}]
    file.write_text(SESSION)
    alone = run(file)
    assert (alone.exit_code, "does not say how long its access lasts" in alone.stderr) == (2, True)
    file.write_text(f"{SESSION}  maxValidFor: 90m\n")
    assert told(file)["durationSeconds"] == 5400
    shutil.copytree(EXAMPLE, tmp_path / "repository")
    inside = tmp_path / "repository" / "requests" / "prod-eu-1" / "once.yaml"
    shutil.copy(inside.parent / "inc-4711-checkout.yaml", inside)
    text = "".join(line for line in inside.read_text().splitlines(keepends=True) if "maxValidFor" not in line)
    inside.write_text(text)
    assert told(inside)["durationSeconds"] > 0


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("0 9 * * 1-5", "0 25 * * 1-5", ":8:5: error[InvalidCronExpression]"),
        ("America/New_York", "America/New_Yrk", ":12:5: error[InvalidTimezone]"),
        ("duration: 8h", "duration: soon", ":9:5: error["),
        ("kind: Breakglass", "kind: Breakfast", ":2:1: error["),
        ("spec:", "spec: [", "error["),
    ],
)
def test_what_can_t_be_read_is_told_with_its_place(file, old, new, finding):
    file.write_text(COMPLETE.replace(old, new))
    done = run(file)
    assert (done.exit_code, done.stdout) == (3, "")
    assert finding in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.yaml"], "neither a file nor a request"),
        (["prod-eu-1/nothing"], "there is no file requests/prod-eu-1/nothing.yaml"),
        (["--from", "noon"], "--from: 'noon' is no RFC 3339 time"),
        (["--zone", "Mars/Base"], "--zone: there is no time zone 'Mars/Base'"),
        (["--count", "0"], "--count"),
    ],
)
def test_what_was_typed_wrongly_is_said(file, words, said):
    done = run(*(words if not words[0].startswith("--") else [file, *words]))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_request_is_named_as_other_commands_name_it_and_what_no_cluster_says_is_assumed():
    words = ["prod-eu-1/inc-4711-checkout", "--repo", EXAMPLE, "--from", "2026-03-10T03:00:00Z"]
    asked = run(*words)
    assert (asked.exit_code, "was decided is not known here" in asked.stderr) == (0, True)
    quiet = run(*words, "--offline")
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert asked.stdout == quiet.stdout
    assert "as if merged at 2026-03-10 03:00:00 UTC\n" in quiet.stdout


def test_the_environment_gives_each_option(file):
    variables = {"GITOPS_BREAKGLASS_PREVIEW_FROM": "2024-01-01T00:00:00Z", "GITOPS_BREAKGLASS_PREVIEW_COUNT": "1"}
    done = CliRunner().invoke(main, ["preview", str(file)], env=variables)
    assert done.stdout.count(" until Mon 2024-01-01") == 2
    assert "and 9 more windows after them" in done.stdout


def test_hostile_words_stay_words(file):
    file.write_text(COMPLETE.replace("name: on-duty", 'name: "a`|<b>\\u202e\\e[2J"'))
    done = run(file, "--from", "2024-01-01T00:00:00Z", "--format", "markdown")
    assert not {"\x1b", "\u202e"} & set(done.output)


def test_a_debug_session_lasts_as_long_as_it_or_its_template_says(tmp_path):
    lying = EXAMPLE / "requests" / "prod-eu-1" / "inc-4801-dns.yaml"
    place = tmp_path / "inc-4801-dns.yaml"
    place.write_text(lying.read_text())
    (window,) = told(place, "--from", "2024-01-01T00:00:00Z")["windows"]
    assert window == {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T01:00:00Z"}
    text = "\n".join(line for line in lying.read_text().splitlines() if "requestedDuration" not in line)
    place.write_text(text)
    alone = run(place)
    assert (alone.exit_code, "the template that does is not known here" in alone.stderr) == (2, True)
    shutil.copytree(EXAMPLE, tmp_path / "repo")
    again = tmp_path / "repo" / "requests" / "prod-eu-1" / "inc-4801-dns.yaml"
    again.write_text(text)
    assert told(again, "--from", "2024-01-01T00:00:00Z")["windows"] == [{**window, "end": "2024-01-01T00:30:00Z"}]
