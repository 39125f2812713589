"""Runs typed lines in a folder, away from the user's own configuration of git and of this tool."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.story import Ended

DEADLINE = 700.0
"""Seconds that one line may take; the longest is a pause of ten minutes."""

COMMAND = "gitops-breakglass"
_LED_BY = ("GIT_", "GITOPS_BREAKGLASS_", "SSH_ASKPASS")


@dataclass(frozen=True)
class FolderShell:
    """Implements `flows.story.Shell` below one folder, which has a git configuration of its own."""

    folder: Path
    programs: Path = field(default_factory=lambda: Path(sys.executable).parent)

    def preamble(self) -> tuple[str, ...]:
        """Return the lines that make another shell what this one is."""
        found = shutil.which(COMMAND)
        here = found is not None and Path(found).parent == self._place()
        lines = [f"cd {shlex.quote(str(self.folder))}", "export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1"]
        return tuple(lines if here else [*lines, f"export PATH={shlex.quote(str(self._place()))}:$PATH"])

    def run(self, line: str, folder: str) -> Ended:
        """Run a line with `sh`. Raises UsageError where that can't be."""
        try:
            ended = subprocess.run(
                ["/bin/sh", "-c", line],
                cwd=self.folder / folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=self._environment(),
                timeout=DEADLINE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(
                f"`{line}` can't be run: {error}", hint="a POSIX shell, git and OpenSSH are needed"
            ) from error
        return Ended(ended.returncode, ended.stdout)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_LED_BY)}
        return {
            **kept,
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            # Nothing is left outside of the folder.
            "GITOPS_BREAKGLASS_CHECK_CACHE": "0",
            "LC_ALL": "C.UTF-8",
            "PATH": f"{self._place()}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    def _place(self) -> Path:
        """Return the folder of the command: beside the interpreter that runs this, else the first on the search path."""
        if (self.programs / COMMAND).exists():
            return self.programs
        found = shutil.which(COMMAND)
        if found is None:
            raise UsageError(f"the command {COMMAND} is not on the search path", hint="install the package")
        return Path(found).parent
