"""`doctor` and `identities check` at a forge, from the command line."""

import json

from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_at_forges import run, stage  # noqa: F401 - fixture
from tests.cli.test_json_output import fits

CANARY = "wrong-canary"


def told(result):
    data = json.loads(result.stdout)
    fits("doctor", data)
    return {(each["cluster"], each["check"]): each["verdict"] for each in data["diagnoses"]}


def identities(stage, token=None):  # noqa: F811
    name = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}[stage.provider]
    given = {name: stage.api_url, "GITOPS_BREAKGLASS_TOKEN": token or stage.token}
    command = ["identities", "check", "--repo", str(stage.clone)]
    return CliRunner().invoke(main, command, env=given, catch_exceptions=False)


def test_doctor_looks_at_the_forge_and_at_the_clusters(stage):  # noqa: F811
    result = run(stage, "doctor", "--cluster", "prod", "--format", "json")
    found = told(result)
    assert result.exit_code == 3
    for check in ("clone", "policy-side", "forge", "default-branch", "identities", "forge-clock"):
        assert found[None, check] == "ok", check
    assert found["prod", "trust-root"] == "ok"


def test_a_token_that_the_forge_does_not_take_leaves_it_unknown_and_is_not_told(stage):  # noqa: F811
    looked = run(stage, "doctor", "--format", "json", token=CANARY)
    assert told(looked)[None, "forge"] == "not known"
    compared = identities(stage, CANARY)
    assert compared.exit_code == 7
    assert CANARY not in looked.output + compared.output


def test_identities_check_reads_the_file_as_it_lies_in_the_folder(stage):  # noqa: F811
    assert identities(stage).exit_code == 0
    file = stage.clone / "identities.yaml"
    file.write_text(file.read_text().replace(f"id: {stage.number_of('ben')}", "id: 999999"))
    wrong = identities(stage)
    assert wrong.exit_code == 3
    assert "error[account-gone] ben: there is no account 999999 at " in wrong.stdout
    # `rules` explains rules; what only the forge can tell is in docs/identities.md.
    assert "explain: " not in wrong.stderr
