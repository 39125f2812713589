"""What each command loads before it does anything: structure, since times on a shared machine prove nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "access-repo"

CLIENTS = {"kubernetes", "urllib3", "requests", "cryptography", "websocket"}
"""What talks to clusters or signs; only commands that do either load it."""
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


@pytest.mark.parametrize("command", ["check", "plan", "reconcile", "sweep", "status", "request", "install", "gate"])
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
