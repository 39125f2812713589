"""Other checkers of YAML files: kubeconform, built once from the Go module beside this file, and conftest where there is one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.measure import say
from tests.cluster.harness.build import BUILD_ENVIRONMENT, BuildError, _go, cache_folder
from tests.cluster.harness.locks import locked

HERE = Path(__file__).parent
SCHEMAS = HERE.parent / "schemas"
MODULE = HERE / "kubeconform_module"
PACKAGE = "github.com/yannh/kubeconform/cmd/kubeconform"
FLAGS = ("-trimpath", "-mod=readonly", "-ldflags=-s -w")


def kubeconform(*places: Path, workers: int) -> list[str]:
    """Return the command that judges files or folders by our schemas, as strictly as it can."""
    schemas = f"-schema-location={SCHEMAS}/{{{{.ResourceKind}}}}.schema.json"
    return [str(_kubeconform()), "-strict", "-n", str(workers), schemas, *map(str, places)]


def conftest(*places: Path) -> list[str] | None:
    """Return the command that judges by the rules in check_policy.rego, or None where there is no conftest."""
    program = _conftest()
    return (
        program and [program, "test", "--no-color", "-p", str(HERE / "check_policy.rego"), *map(str, places)]
    ) or None


def conftest_of(rules: Path, data: Path, *places: Path) -> list[str] | None:
    """Return the command that judges by other rules, with data for them, or None where there is no conftest."""
    program = _conftest()
    return (program and [program, "test", "--no-color", "-p", str(rules), "-d", str(data), *map(str, places)]) or None


def _conftest() -> str | None:
    return os.environ.get("GITOPS_BREAKGLASS_CONFTEST") or shutil.which("conftest")


def _kubeconform() -> Path:
    """Return the one that GITOPS_BREAKGLASS_KUBECONFORM names, else one built into the tests' cache."""
    given = os.environ.get("GITOPS_BREAKGLASS_KUBECONFORM")
    if given:
        return Path(given)
    sources = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    target = cache_folder() / f"kubeconform-{hashlib.sha256(sources + repr(FLAGS).encode()).hexdigest()[:20]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(cache_folder() / "lock"):
        if not target.exists():
            say("building kubeconform")
            with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
                unfinished = Path(folder, "kubeconform")
                environment = {**os.environ, **BUILD_ENVIRONMENT}
                environment.pop("GOROOT", None)
                command = [_go(), "build", *FLAGS, "-o", str(unfinished), PACKAGE]
                done = subprocess.run(command, cwd=MODULE, env=environment, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise BuildError(f"go can't build kubeconform:\n{done.stderr[-4000:]}")
                unfinished.rename(target)
    return target
