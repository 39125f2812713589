"""A real kubectl of the API server's version, built once from the Go module beside this file, and run with a clock."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import say, timed
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.build import BUILD_ENVIRONMENT, BUILD_FLAGS, BuildError, _go, cache_folder
from tests.cluster.harness.locks import locked

MODULE = Path(__file__).parent / "kubectl_module"


def binary() -> Path:
    """Return kubectl: the one that GITOPS_BREAKGLASS_KUBECTL names, else one built into the tests' cache (some minutes)."""
    given = os.environ.get("GITOPS_BREAKGLASS_KUBECTL")
    if given:
        return Path(given)
    sources = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go"))
    key = hashlib.sha256(sources + repr(BUILD_FLAGS).encode()).hexdigest()[:20]
    target = cache_folder() / f"kubectl-{key}"
    with locked(cache_folder() / "lock"):
        if not target.exists():
            say("building kubectl (the first build takes some minutes)")
            with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
                unfinished = Path(folder, "kubectl")
                _build(unfinished)
                unfinished.rename(target)
    return target


def _build(target: Path) -> None:
    environment = {**os.environ, **BUILD_ENVIRONMENT}
    environment.pop("GOROOT", None)
    command = [_go(), "build", *BUILD_FLAGS, "-o", str(target), "."]
    done = subprocess.run(command, cwd=MODULE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"go can't build kubectl:\n{done.stderr[-4000:]}")


@dataclass(frozen=True)
class Kubectl:
    """One user's kubectl; its cache of discovery is kept between calls, which is its best case."""

    program: Path
    actor: Actor
    cache: Path

    def seconds(self, *arguments: str) -> float:
        """Run it to its end and return how long that took; it must succeed."""
        command = [str(self.program), f"--kubeconfig={self.actor.kubeconfig}", f"--cache-dir={self.cache}", *arguments]
        seconds, done = timed(lambda: subprocess.run(command, capture_output=True, text=True, check=False))
        assert done.returncode == 0, done.stderr[-2000:]
        return seconds
