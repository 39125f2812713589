"""What action.yml does with its inputs, step by step, run as a runner would run it."""

import hashlib
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.ci.runner import Runner, action

# Writes down how it was called and what it saw, and ends as it is told.
TOOL = """\
#!/usr/bin/env bash
private=$(ls -d "$RUNNER_TEMP"/private.*)
{
  printf '%s\\0' "$@"
} >"$RUNNER_TEMP/words"
env -0 >"$RUNNER_TEMP/environment"
stat -c '%a %n' "$private" "$private"/* | sed "s#$private#private#" >"$RUNNER_TEMP/modes"
mkdir -p "$RUNNER_TEMP/seen" && cp "$private"/* "$RUNNER_TEMP/seen" 2>/dev/null
exit "${ENDS_WITH:-0}"
"""
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nkey-canary\n-----END OPENSSH PRIVATE KEY-----"
HOSTILE = ['"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "a b", "*", "-x", "${HOME}", "\\", "'", "::error::x"]


@pytest.fixture
def runner(tmp_path):
    runner = Runner(tmp_path)
    runner.put_tool(TOOL)
    return runner


def words(runner):
    return (runner.temp / "words").read_text().split("\0")[:-1]


def environment(runner):
    lines = (runner.temp / "environment").read_text().split("\0")[:-1]
    return dict(line.split("=", 1) for line in lines)


def test_each_line_of_the_arguments_is_one_word(runner):
    ended = runner.run_action({"command": "gate", "arguments": "--repo\nacc ess\n\n--change\n7\n"})
    assert (ended.code, words(runner)) == (0, ["gate", "--repo", "acc ess", "--change", "7"])


@pytest.mark.threat("E8")
def test_e8_nothing_in_an_argument_is_read_by_the_shell(runner):
    assert runner.run_action({"command": "gate", "arguments": "\n".join(HOSTILE)}).code == 0
    assert words(runner) == ["gate", *HOSTILE]
    assert not list(runner.place.rglob("pwned"))


@pytest.mark.parametrize(
    "command", ["", "gate; id", "$(id)", "--help", "../x", "gate --comment", "a\nb", "ledger  verify"]
)
@pytest.mark.threat("E8")
def test_e8_what_is_no_command_is_refused_before_anything_is_run(runner, command):
    ended = runner.run_action({"command": command, "key": KEY})
    assert (ended.code, (runner.temp / "words").exists()) == (2, False)
    assert ended.output == "::error::the input `command` must be the name of a command, such as gate\n"


def test_a_command_may_have_two_words(runner):
    assert runner.run_action({"command": "ledger verify"}).code == 0
    assert words(runner) == ["ledger", "verify"]


@pytest.mark.parametrize("code", [0, 3, 5, 6, 7])
def test_the_exit_code_is_the_commands(runner, code):
    runner.env["ENDS_WITH"] = str(code)
    assert runner.run_action({"command": "reconcile", "key": KEY}).code == code
    assert not list(runner.temp.glob("private.*"))


@pytest.mark.parametrize(
    "passes, ended", [("", [0, 3, 7, 13]), ("3", [0, 0, 7, 13]), ("7 3", [0, 0, 0, 13]), ("*", [0, 3, 7, 13])]
)
def test_a_step_passes_with_the_exit_codes_that_it_is_told_and_no_others(runner, passes, ended):
    codes = []
    for code in (0, 3, 7, 13):
        runner.env["ENDS_WITH"] = str(code)
        codes.append(runner.run_action({"command": "gate", "passes": passes}).code)
    assert codes == ended


@pytest.mark.threat("E10")
def test_e10_the_key_is_its_owners_alone_while_the_command_runs_and_gone_after(runner):
    ended = runner.run_action({"command": "reconcile", "key": KEY, "kubeconfig": "kind: Config"})
    place = words(runner)[2]
    assert words(runner)[:2] == ["reconcile", "--key"]
    assert (runner.temp / "seen" / "reconciler.key").read_text() == KEY + "\n"
    assert (runner.temp / "seen" / "kubeconfig").read_text() == "kind: Config\n"
    assert environment(runner)["KUBECONFIG"] == place.replace("reconciler.key", "kubeconfig")
    modes = (runner.temp / "modes").read_text().splitlines()
    assert modes == ["700 private", "600 private/kubeconfig", "600 private/reconciler.key"]
    assert not list(runner.temp.glob("private.*"))
    assert "canary" not in ended.output + "".join(environment(runner).values())


def test_the_command_sees_the_token_and_nothing_of_how_it_was_called(runner):
    runner.run_action({"command": "gate", "token": "ghs_other", "audience": ""})
    seen = environment(runner)
    assert seen["GITOPS_BREAKGLASS_TOKEN"] == "ghs_other"
    assert {"COMMAND", "ARGUMENTS", "SUMMARY", "PASSES", "KEY", "CONFIG", "AUDIENCE"} & set(seen) == set()


def test_without_a_token_it_is_the_jobs_own(runner):
    runner.run_action({"command": "gate"})
    assert environment(runner)["GITOPS_BREAKGLASS_TOKEN"] == "ghs_jobtoken"


def test_a_summary_is_a_report_of_the_command(runner):
    runner.run_action({"command": "gate", "summary": "true"})
    assert words(runner) == ["gate", "--report", f"markdown={runner.place / 'summary'}"]


class Issuer(BaseHTTPRequestHandler):
    """Answers as the address does at which a job asks for its identity token."""

    def do_GET(self):
        assert self.headers["Authorization"] == "bearer ask-me"
        (audience,) = parse_qs(urlsplit(self.path).query)["audience"]
        body = json.dumps({"value": f"token-for-{audience}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def issuer():
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token?api-version=2"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.threat("E10")
def test_e10_an_identity_token_lies_beside_the_kubeconfig_and_is_masked_in_the_log(runner, issuer):
    runner.env |= {"ACTIONS_ID_TOKEN_REQUEST_URL": issuer, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ask-me"}
    ended = runner.run_action({"command": "reconcile", "kubeconfig": "kind: Config", "audience": "a&b=c d"})
    assert (runner.temp / "seen" / "token").read_text() == "token-for-a&b=c d"
    assert ended.output == "::add-mask::token-for-a&b=c d\n"
    assert not [name for name in environment(runner) if name.startswith("ACTIONS_ID_TOKEN")]
    assert not list(runner.temp.glob("private.*"))


def test_a_job_that_may_not_ask_for_an_identity_token_is_told_what_to_give_it(runner):
    ended = runner.run_action({"command": "reconcile", "audience": "prod"})
    assert (ended.code, ended.output) == (
        2,
        "::error::the job may not ask for an identity token: give it `id-token: write`\n",
    )


def test_every_input_goes_to_the_shell_by_its_environment():
    steps = [step for step in action()["runs"]["steps"] if "run" in step]
    assert [step["name"] for step in steps if "${{" in step["run"]] == []
    assert len(steps) == 2


# A project that pip can install offline: its build back end lies in it, and it needs one package that is a wheel on disk.
BACKEND = """\
import base64, hashlib, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "gitops_breakglass-0-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        wheel.writestr("gbg_stub.py", "def main():\\n    import sys\\n    sys.exit('installed')\\n")
        info = "gitops_breakglass-0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: gitops-breakglass\\nVersion: 0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\ngitops-breakglass = gbg_stub:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout of the action as far as the step that installs needs one, and where its package lies."""
    place = tmp_path / "checkout"
    (place / "requirements").mkdir(parents=True)
    (place / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (place / "backend.py").write_text(BACKEND)
    return place


def install(runner, checkout, lock, wheels):
    (checkout / "requirements" / "lock.txt").write_text(lock)
    runner.env |= {"GITHUB_ACTION_PATH": str(checkout), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    (step,) = [step for step in action()["runs"]["steps"] if step["name"] == "Install gitops-breakglass"]
    return runner.run_job({"steps": [step]})


def wheel_of(place):
    script = f"import sys; sys.path.insert(0, {str(place)!r}); import backend; backend.build_wheel('.')"
    wheels = place / "wheels"
    wheels.mkdir()
    subprocess.run([sys.executable, "-c", script], cwd=wheels, check=True)
    (made,) = wheels.iterdir()
    return made


@pytest.mark.threat("E15")
def test_e15_what_the_lock_does_not_have_by_its_hash_is_not_installed(tmp_path, checkout):
    wheels = wheel_of(checkout).parent
    lock = f"gitops-breakglass==0 --hash=sha256:{'0' * 64}\n"
    refused = install(Runner(tmp_path / "a"), checkout, lock, wheels)
    assert refused.code == 1
    assert "DO NOT MATCH THE HASHES" in refused.output
    unpinned = install(Runner(tmp_path / "b"), checkout, "gitops-breakglass\n", wheels)
    assert unpinned.code == 1
    assert "--require-hashes" in unpinned.output


@pytest.mark.threat("E15")
def test_e15_what_is_installed_is_the_action_s_own_and_no_file_of_the_job_s_folder(tmp_path, checkout):
    wheel = wheel_of(checkout)
    runner = Runner(tmp_path / "a")
    for name in ("venv", "pip", "json", "ensurepip"):
        (runner.workspace / f"{name}.py").write_text("open('pwned', 'w')\n")
    sha = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert install(runner, checkout, f"gitops-breakglass==0 --hash=sha256:{sha}\n", wheel.parent).code == 0
    assert not list(runner.place.rglob("pwned"))
    program = runner.temp / "gitops-breakglass" / "bin" / "gitops-breakglass"
    assert subprocess.run([str(program)], capture_output=True, text=True, check=False).stderr == "installed\n"


def test_the_pins_are_whole_hashes_with_their_version():
    pinned = re.compile(r"actions/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+")
    root = action.__globals__["ROOT"]
    files = [root / "action.yml", *(root / ".github" / "workflows").glob("*.yml")]
    uses = [
        line.split("uses:")[1].strip() for file in files for line in file.read_text().splitlines() if "uses:" in line
    ]
    assert [each for each in uses if not pinned.fullmatch(each) and each != "$/."] == []
