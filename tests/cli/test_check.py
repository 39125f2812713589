"""`check` and `rules` as they are called."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from gitops_breakglass.cli.telling import FORMATS, wants_color
from gitops_breakglass.core.rules import ALL_RULES

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"
SESSION = "requests/prod-eu-1/inc-4711-checkout.yaml"


@pytest.fixture
def repository(tmp_path):
    place = tmp_path / "access"
    shutil.copytree(EXAMPLE, place)
    # They narrow the session, which is told of.
    shutil.rmtree(place / "policies" / "deny")
    return place


def slip(repository):
    path = repository / SESSION
    path.write_text(path.read_text().replace("pod-shell", "pod-shel"))


def call(*arguments, cwd=None):
    before = Path.cwd()
    os.chdir(cwd or before)
    try:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        os.chdir(before)


def test_a_clean_repository_prints_nothing_but_the_summary(repository):
    result = call("check", cwd=repository)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "8 requests and 17 policy documents checked: nothing to report\n"


def test_a_finding_names_its_place_and_fails_the_check(repository):
    slip(repository)
    result = call("check", cwd=repository)
    assert result.exit_code == 3
    assert result.stdout == (
        f"{SESSION}:6:3: error[unknown-escalation] there is no escalation pod-shel\n"
        "  6 |   escalation: pod-shel\n"
        "    |   ^^^^^^^^^^^^^^^^^^^^\n"
        "  hint: did you mean `pod-shell`?\n"
    )
    assert result.stderr == (
        "8 requests and 17 policy documents checked: 1 error\nexplain: gitops-breakglass rules unknown-escalation\n"
    )


def test_the_exit_code_is_the_same_in_json(repository):
    slip(repository)
    result = call("check", "--format", "json", cwd=repository)
    answer = json.loads(result.stdout)
    assert result.exit_code == 3
    assert (answer["version"], answer["summary"]["errors"], answer["findings"][0]["path"]) == (1, 1, SESSION)


def test_warnings_and_notes_do_not_fail_a_check(repository):
    path = repository / "policies" / "escalations" / "pod-shell.yaml"
    path.write_text(path.read_text() + "  idleTimeout: 30m\n  description: a shell\n")
    result = call("check", cwd=repository)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].endswith("1 warning, 1 note")


def test_a_debug_session_that_is_right_passes(repository):
    head = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: {}\nmetadata:\n  name: look\nspec:\n"
    (repository / "policies/look.yaml").write_text(
        head.format("DebugSessionTemplate")
        + "  podTemplateString: 'containers: [{name: look, image: tools}]'\n"
        + "  allowed: {clusters: [prod-eu-1], groups: [developers]}\n"
        + "  approvers: {groups: [team-leads]}\n"
    )
    path = repository / "requests/prod-eu-1/look.yaml"
    path.write_text(head.format("DebugSession") + "  templateRef: look\n")
    result = call("check", path, cwd=repository)
    assert (result.exit_code, re.findall(r"\w+\[[\w-]+\]", result.stdout)) == (0, [])
    path.write_text(head.format("DebugSession") + "  templateRef: loook\n")
    assert call("check", path, cwd=repository).exit_code == 3


def test_it_finds_the_repository_from_inside(repository):
    slip(repository)
    assert call("check", cwd=repository / "policies" / "rbac").exit_code == 3


def test_paths_narrow_what_is_told(repository):
    slip(repository)
    assert call("check", repository / "policies").exit_code == 0
    assert call("check", repository / SESSION).exit_code == 3
    assert call("check", repository).exit_code == 3


def test_a_folder_that_is_no_access_repository_is_a_usage_error(tmp_path):
    result = call("check", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is in no access repository" in result.stderr
    assert "breakglass.yaml" in result.stderr


def test_paths_of_two_repositories_are_a_usage_error(repository, tmp_path):
    assert call("check", repository, EXAMPLE).exit_code == 2


def test_a_path_that_is_not_there_is_a_usage_error(repository):
    assert call("check", repository / "nowhere").exit_code == 2


def test_a_link_is_not_followed(repository, tmp_path):
    outside = tmp_path / "outside.yaml"
    shutil.copy(repository / SESSION, outside)
    (repository / SESSION).unlink()
    (repository / SESSION).symlink_to(outside)
    result = call("check", cwd=repository)
    assert result.exit_code == 3
    assert result.stdout.startswith(f"{SESSION}: error[not-a-file]")
    assert result.stderr.startswith("7 requests")


@pytest.mark.parametrize("link", ["requests/link", "policies/link", "link"])
def test_a_path_that_leads_through_a_link_is_refused_and_not_passed_over(repository, link):
    slip(repository)
    (repository / link).symlink_to((repository / SESSION).parent)
    result = call("check", repository / link / Path(SESSION).name)
    assert result.exit_code == 3
    assert result.stdout == (
        f"{link}: error[not-a-file] this is no plain file, so nothing is read through it\n"
        "  hint: replace the link by the file itself\n"
    )
    assert call("check", repository / "clusters").exit_code == 0


def test_a_hostile_file_name_can_not_forge_a_line(repository):
    (repository / "requests" / "prod-eu-1" / "x\n::error::y\x1b[2J.yaml").write_text("a: 1\n")
    result = call("check", cwd=repository)
    assert result.exit_code == 3
    assert all(
        line.startswith(("requests/prod-eu-1/x\\n::error::y\\x1b[2J.yaml", "  1 | a: 1", "    | ^^^^", "  hint: "))
        for line in result.stdout.splitlines()
    )


def test_rules_are_listed_with_a_line_each():
    result = call("rules")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [rule.id for rule in ALL_RULES]


def test_a_rule_is_explained():
    result = call("rules", "ambiguous-escalation")
    assert result.stdout == (
        "ambiguous-escalation: A session means exactly one escalation\n"
        "\n"
        "Two escalations may give one group on different terms. Which terms hold must not depend\n"
        "on the order of files.\n"
        "\n"
        "Refused:\n"
        "\n"
        "  spec: {grantedGroup: pod-shell}   # two escalations give it on this cluster\n"
        "\n"
        "Allowed:\n"
        "\n"
        "  spec: {escalation: pod-shell}\n"
        "\n"
        "What to do:\n"
        "\n"
        "Name the escalation instead of the group.\n"
    )


def test_a_rule_that_there_is_not_is_a_usage_error_with_the_nearest():
    result = call("rules", "ambiguous-escalations")
    assert result.exit_code == 2
    assert "did you mean `ambiguous-escalation`?" in result.stderr


def test_several_rules_are_explained_one_after_the_other():
    both = call("rules", "timezone", "schema").exit_code, call("rules", "schema", "dialect").stdout
    assert both == (2, call("rules", "schema").stdout + "\n" + call("rules", "dialect").stdout)


def test_rules_as_json_keep_to_their_schema():
    schema = json.loads((EXAMPLE.parents[1] / "schemas" / "output" / "rules.schema.json").read_text())
    for arguments, ids in (((), [rule.id for rule in ALL_RULES]), (("schema", "dialect"), ["schema", "dialect"])):
        told = json.loads(call("rules", *arguments, "--format", "json").stdout)
        jsonschema.validate(told, schema, jsonschema.Draft202012Validator)
        assert [each["id"] for each in told["rules"]] == ids
    (rule,) = json.loads(call("rules", "schema", "--format", "json").stdout)["rules"]
    assert rule["refused"] == "spec: {escalation: pod-shell, maxValidfor: 1h}\n"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_ends_with_the_same_exit_code_and_summary(repository, form):
    assert call("check", "--format", form, cwd=repository).exit_code == 0
    slip(repository)
    result = call("check", "--format", form, cwd=repository)
    assert result.exit_code == 3
    assert "unknown-escalation" in result.stdout
    assert result.stderr == (
        "8 requests and 17 policy documents checked: 1 error\nexplain: gitops-breakglass rules unknown-escalation\n"
    )


def test_reports_are_written_to_files_beside_the_text(repository, tmp_path):
    slip(repository)
    sarif, junit = tmp_path / "check.sarif", tmp_path / "junit.xml"
    result = call("check", "--report", f"sarif={sarif}", "--report", f"junit={junit}", cwd=repository)
    assert (result.exit_code, result.stdout) == (3, call("check", cwd=repository).stdout)
    assert sarif.read_text() == call("check", "--format", "sarif", cwd=repository).stdout
    assert junit.read_text() == call("check", "--format", "junit", cwd=repository).stdout


def test_every_file_that_was_checked_is_a_case_of_junit(repository):
    told = call("check", repository / "requests", "--format", "junit", cwd=repository).stdout
    assert told.count("<testcase ") == 8
    whole = call("check", "--format", "junit", cwd=repository).stdout
    assert whole.count("<testcase ") == 22
    assert 'name="identities.yaml"/>' in whole


@pytest.mark.parametrize("value", ["sarif", "sarif=", "pdf=x", "=x"])
def test_a_report_without_format_or_file_is_a_usage_error(repository, value):
    result = call("check", "--report", value, cwd=repository)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not FORMAT=FILE, with one of text, json, github" in result.stderr


@pytest.mark.parametrize("named", ["out.xml", "folder/out.xml", "{root}/out.xml"])
@pytest.mark.threat("E7")
def test_e7_a_link_that_a_change_put_where_a_report_goes_is_not_followed(repository, tmp_path, named):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "out.xml").write_text("mine")
    (repository / "out.xml").symlink_to(elsewhere / "out.xml")
    (repository / "folder").symlink_to(elsewhere)
    result = call("check", "--report", f"junit={named.format(root=repository)}", cwd=repository)
    assert result.exit_code == 2
    assert "is a link" in result.stderr
    assert (elsewhere / "out.xml").read_text() == "mine"


def test_a_report_can_go_to_what_is_open_already(repository):
    result = call("check", "--report", "json=/dev/stderr", cwd=repository)
    assert result.exit_code == 0, result.stderr


def test_a_report_that_can_not_be_written_is_a_usage_error(repository, tmp_path):
    result = call("check", "--report", f"json={tmp_path / 'gone' / 'x.json'}", cwd=repository)
    assert result.exit_code == 2
    assert "x.json can't be written: No such file or directory" in result.stderr


def test_colours_are_written_when_asked_for_only(repository):
    slip(repository)
    plain = call("check", cwd=repository).stdout
    colored = call("check", "--color", "always", cwd=repository).stdout
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain != colored


@pytest.mark.parametrize(
    "choice, environ, is_terminal, colored",
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_whether_there_are_colours(choice, environ, is_terminal, colored):
    assert wants_color(choice, environ, is_terminal=is_terminal) is colored


def test_what_was_said_is_said_again_from_the_users_cache_and_never_in_ci_unless_asked_for(repository, tmp_path):
    slip(repository)
    home = tmp_path / "caches"

    def checked(*options, **variables):
        environment = {"XDG_CACHE_HOME": str(home), "CI": "", "GITOPS_BREAKGLASS_CHECK_CACHE": None, **variables}
        answer = CliRunner(env=environment).invoke(main, ["check", str(repository), *options])
        return answer.exit_code, answer.output

    plain = checked("--no-cache")
    assert plain[0] == 3
    assert checked(CI="true") == plain
    assert not home.exists()
    assert checked("--cache", CI="true") == plain
    (kept,) = (home / "gitops-breakglass" / "check").iterdir()
    assert checked() == checked() == plain
    # Nothing is taken from what is not whole.
    kept.write_text("{}")
    assert checked() == plain
    (repository / SESSION).write_text((EXAMPLE / SESSION).read_text())
    assert checked()[0] == 0


def test_a_cache_that_others_could_write_to_is_not_used_and_that_is_said(repository, tmp_path):
    home = tmp_path / "caches"
    (home / "gitops-breakglass" / "check").mkdir(parents=True)
    (home / "gitops-breakglass" / "check").chmod(0o777)
    environment = {"XDG_CACHE_HOME": str(home)}
    answer = CliRunner(env=environment).invoke(main, ["check", "--cache", str(repository)])
    assert answer.exit_code == 0
    assert answer.stderr.startswith("the cache is not used: ")
    assert not list((home / "gitops-breakglass" / "check").iterdir())


def test_only_files_that_differ_are_told_about_unless_the_policy_side_does(repository):
    slip(repository)
    commit_all(repository)
    other = repository / "requests" / "prod-eu-1" / "other.yaml"
    other.write_text((repository / SESSION).read_text())

    def told(*options):
        answer = call("check", "--changed-since", "HEAD", *options, cwd=repository)
        places = {line.split(":")[0] for line in answer.stdout.splitlines() if line.startswith("requests/")}
        return answer.exit_code, places, answer.stderr.splitlines()[0]

    looked = "1 request and 17 policy documents checked: 1 error"
    assert told() == (3, {"requests/prod-eu-1/other.yaml"}, looked)
    assert told("requests/staging-eu-1")[:2] == (0, set())
    other.unlink()
    assert told()[:2] == (0, set())
    (repository / "policies" / "escalations" / "restart.yaml").unlink()
    code, places, line = told()
    assert (code, SESSION in places, line) == (
        3,
        True,
        "the policy side differs from HEAD, so every file is told about",
    )


def test_a_ref_that_is_no_commit_is_a_usage_error(repository):
    commit_all(repository)
    answer = call("check", "--changed-since", "nowhere", cwd=repository)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "has no commit nowhere" in answer.stderr
    assert "hint: " in answer.stderr


def commit_all(repository):
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run(["git", *settings, *words], cwd=repository, check=True)
