"""What each command loads before it does anything: structure, since times on a shared machine prove nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "access-repo"

FORGES = {"github", "gitlab"}
"""What talks to forges, and takes longest of all; only commands that ask one of them load it, and only that one."""
CLIENTS = {*FORGES, "kubernetes", "urllib3", "requests", "cryptography", "websocket"}
"""What talks to forges and clusters or signs; only commands that do either load it."""
READERS = {"yaml", "jsonschema", "jsonschema_rs", "referencing", "rich", "cronsim"}
"""What reads files of a repository."""

ADAPTERS = {f"gitops_breakglass.adapters.{name}" for name in ("cluster", "forge", "gitrepo", "signing", "signatures")}

HELP_MAY_LOAD = {
    "gitops_breakglass",
    "gitops_breakglass.cli",
    "gitops_breakglass.cli.main",
    "gitops_breakglass.model",
    "gitops_breakglass.model.errors",
}

_PROGRAM = """\
import json, sys
before = set(sys.modules)
from gitops_breakglass.cli.main import main
try:
    main(sys.argv[1:], prog_name="gitops-breakglass")
except SystemExit as end:
    code = end.code or 0
print(json.dumps([code, sorted(set(sys.modules) - before)]), file=sys.stderr)
"""


def loaded(*arguments):
    """The exit code of a command, and the modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


def of(names, modules):
    return sorted(name for name in names if name in modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_of_ours_but_the_table_of_commands(arguments):
    code, modules = loaded(*arguments)
    assert code == 0
    assert of(CLIENTS | READERS, modules) == []
    assert {name for name in modules if name.startswith("gitops_breakglass")} <= HELP_MAY_LOAD


COMMANDS = [
    "check",
    "close-timed-out",
    "doctor",
    "explain",
    "gate",
    "identities",
    "init",
    "install",
    "ledger",
    "plan",
    "preview",
    "policy",
    "reconcile",
]


@pytest.mark.parametrize("command", [*COMMANDS, "request", "revoke", "status", "sweep"])
def test_the_help_of_a_command_loads_no_client_and_no_reader(command):
    code, modules = loaded(command, "--help")
    assert code == 0
    assert of(CLIENTS | READERS, modules) == []
    assert of(ADAPTERS, modules) == []


def test_check_loads_no_client_of_a_cluster_or_a_forge():
    code, modules = loaded("check", str(EXAMPLE))
    assert code == 0
    assert of(CLIENTS, modules) == []
    assert of(ADAPTERS, modules) == []
    assert of({"yaml", "jsonschema_rs"}, modules) == ["jsonschema_rs", "yaml"]


def test_a_check_of_a_call_loads_no_client_of_a_cluster_or_a_forge(tmp_path):
    review = tmp_path / "review.json"
    spec = '{"resourceAttributes": {"verb": "get", "resource": "pods"}}'
    review.write_text(f'{{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {spec}}}')
    code, modules = loaded("policy", "check", str(review), "--policies", str(EXAMPLE))
    assert code == 0
    assert of(CLIENTS, modules) == []
    assert of(ADAPTERS, modules) == []


def test_a_preview_of_a_file_loads_no_client_of_a_cluster_or_a_forge():
    file = next((EXAMPLE / "requests").rglob("*.yaml"))
    code, modules = loaded("preview", str(file))
    assert code == 0
    assert of(CLIENTS, modules) == []
    assert of(ADAPTERS, modules) == []


def test_sweep_of_a_folder_loads_no_client_and_nothing_of_forges_or_git(tmp_path):
    code, modules = loaded("sweep", "--manifests", str(tmp_path))
    # Nothing is installed there.
    assert code == 7
    assert of(CLIENTS, modules) == []
    assert of(ADAPTERS, modules) == ["gitops_breakglass.adapters.cluster"]


@pytest.mark.parametrize("provider", ["local", "github", "gitlab"])
def test_a_plan_loads_the_library_of_the_forge_that_is_configured_and_no_other(tmp_path, provider):
    clone = tmp_path / "clone"
    shutil.copytree(EXAMPLE, clone)
    configuration = clone / "breakglass.yaml"
    text = configuration.read_text(encoding="utf-8")
    assert "provider: local" in text
    configuration.write_text(text.replace("provider: local", f"provider: {provider}"), encoding="utf-8")
    for words in (["init", "-b", "main"], ["add", "--all"], ["commit", "-m", "Policy"]):
        person = ["-c", "user.name=alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *person, *words], cwd=clone, check=True, capture_output=True)
    code, modules = loaded("plan", "--repo", str(clone), "--cluster", "staging-eu-1")
    # Nothing is installed on that cluster, which is found out before anybody is asked.
    assert code == 7
    assert of({*FORGES, "kubernetes"}, modules) == of({provider} & FORGES, modules)
