"""Runs git so that neither the environment nor a repository's own configuration can make it run or read anything else."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gitops_breakglass.model.errors import RepositoryError

DEADLINE = 120.0
"""Seconds that one call of git may take."""

# Configuration that runs programs, reaches a network, or changes what the calls of this package print; the command line
# wins over every file. Hooks and fsmonitor are run by no call that there is now, and are to be run by none that comes.
# `safe.directory` is allowed because nothing is left that the owner of another's repository could make us run.
OVERRIDES = (
    "core.commitGraph=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showRoot=true",
    "log.showSignature=false",
    "safe.directory=*",
)

ENVIRONMENT = {
    # None at all, whatever a configuration allows.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def bare_environment() -> dict[str, str]:
    """Return the environment for programs that judge: the search path, and nothing else of ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), **ENVIRONMENT}


@dataclass(frozen=True)
class Answer:
    """What one call gave; `code` is the exit code."""

    code: int
    out: bytes
    err: bytes

    @property
    def words(self) -> str:
        """What git said was wrong, in one line."""
        return " ".join(self.err.decode("utf-8", "replace").split())


@dataclass(frozen=True)
class Git:
    """One repository, only to be read. `where` is any folder of it until `directory` is its git directory."""

    where: Path
    directory: Path | None = None
    deadline: float = DEADLINE

    def ask(self, *arguments: str, given: bytes = b"") -> Answer:
        """Run git whatever its exit code. Raises RepositoryError where it can't be run or takes too long."""
        place = ["-C", str(self.where)] if self.directory is None else [f"--git-dir={self.directory}"]
        settings = [word for override in OVERRIDES for word in ("-c", override)]
        command = ["git", *place, "--no-pager", *settings, *arguments]
        try:
            ended = subprocess.run(
                command, input=given, capture_output=True, env=bare_environment(), timeout=self.deadline, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise RepositoryError(
                f"git {arguments[0]} in {self.where} did not end within {self.deadline:g} s",
                hint="look for a slow or unreachable disk, then run the command again",
            ) from error
        except OSError as error:
            raise RepositoryError(
                f"git can't be run: {error}", hint="install git 2.39 or newer and put it on the search path"
            ) from error
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def read(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run git and return what it prints. Raises RepositoryError where it fails."""
        answer = self.ask(*arguments, given=given)
        if answer.code != 0:
            raise RepositoryError(
                f"git {arguments[0]} failed in {self.where}: {answer.words}",
                hint="check that this is a full clone and that the commit or branch is in it (git fetch, git fsck)",
            )
        return answer.out
