"""The language server that editors run on YAML; `python -m tests.editors.install` installs it and prints its command."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cluster.harness.build import BuildError
from tests.node_packages import installed

HERE = Path(__file__).parent
SERVER = "node_modules/yaml-language-server/bin/yaml-language-server"


def language_server() -> list[str]:
    """Return the command that serves on stdin and stdout, installing what is missing. Raises BuildError."""
    node, home = installed(HERE, "the YAML language server")
    return [node, str(home / SERVER), "--stdio"]


if __name__ == "__main__":
    try:
        print(*language_server())
    except BuildError as error:
        sys.exit(f"error: {error}")
