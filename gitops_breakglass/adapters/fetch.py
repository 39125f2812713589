"""Fetches what the forge has and the clone has not: the default branch, and the heads of changes."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.git_parse import is_object_id
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.model.unread import Unread

DEADLINE = 120.0
"""Seconds that fetches of one kind may take together."""

MOST_FETCHES = 32
"""Calls in which what is wanted together is fetched."""

_TOO_LONG = Unread(
    "it takes too many fetches to tell which of what is wanted can't be had", "ask again in a new change"
)

OWN_REFS = "refs/breakglass/"
"""Where what is fetched is kept, away from every branch and tag."""

# Nothing that a remote says makes git run a program or write anywhere but under the refs that are named, and neither do the
# clone's hooks, monitors and remotes. How to reach a remote (credentials, proxies, ssh) is read from its configuration as from
# the user's: CI's own steps leave such things there. So a clone is to be as fresh as the job, and its components see to that.
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.followRedirects=false",
    "maintenance.auto=false",
    "safe.directory=*",
)
_WORDS = (
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"),
    *("--no-prune", "--refmap=", "--end-of-options"),
)


@dataclass(frozen=True)
class Heads:
    """Has commits of changes in the clone. What can't be fetched is Unread; what is there already costs nothing."""

    repository: GitRepository
    access: ForgeAccess | None = None
    """The token for the remote, which is told it only where it lies at the forge."""

    def obtain(self, wanted: Sequence[str]) -> Mapping[str, str | Unread]:
        """Return the commits of refs as the remote has them now (`refs/pull/7/head`), and of commits by their ids.

        All refs are fetched in one call, and all commits in another; where that fails, by halves, as long as `DEADLINE`
        and `MOST_FETCHES` allow: whoever has many commits pushed over, or lost, holds up nobody else for long.
        """
        refs = [each for each in dict.fromkeys(wanted) if not is_object_id(each)]
        commits = [each for each in dict.fromkeys(wanted) if is_object_id(each)]
        here = self.repository.kinds(commits) if commits else {}
        missing = {each: f"{each}:{OWN_REFS}commits/{each}" for each in commits if here.get(each) != "commit"}
        problems = {**self._by_halves({ref: _kept(ref) for ref in refs}), **self._by_halves(missing)}
        found: dict[str, str | Unread] = {each: each for each in commits}
        found |= {ref: self._resolved(ref) for ref in refs if ref not in problems}
        return found | problems

    def update_default_branch(self) -> None:
        """Fetch the remote's default branch as it is now. Raises RepositoryError."""
        remote, branch = self.repository.remote, self.repository.branch
        problem = self._fetch([f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"])
        if problem is not None:
            raise RepositoryError(problem.message, hint=problem.hint)

    def _by_halves(self, specs: Mapping[str, str]) -> Mapping[str, Unread]:
        """Fetch all of them; return why those could not be fetched that could not."""
        problems: dict[str, Unread] = {}
        parts = [list(specs)] if specs else []
        ends, calls = monotonic() + DEADLINE, 0
        while parts:
            part, left = parts.pop(0), ends - monotonic()
            if left <= 0 or calls == MOST_FETCHES:
                problems |= dict.fromkeys(part, _TOO_LONG)
                continue
            calls += 1
            # One that is too large to come in time must not use up the time of those that wait.
            is_last = len(part) == 1 and not parts
            problem = self._fetch([specs[each] for each in part], left if is_last else left / 3)
            if problem is not None and len(part) == 1:
                problems[part[0]] = problem
            elif problem is not None:
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
        return problems

    def _resolved(self, ref: str) -> str | Unread:
        commit = self.repository.resolve(OWN_REFS + ref.removeprefix("refs/"))
        return commit or Unread(f"{ref} was fetched and is not in the clone")

    def _fetch(self, specs: Sequence[str], deadline: float = DEADLINE) -> Unread | None:
        """Fetch into the clone within so many seconds; return why it could not be done."""
        remote = self.repository.remote
        if remote is None:
            return Unread(
                "the clone is read without a remote, so the heads of changes can't be fetched",
                "name the remote of the forge: --remote origin",
            )
        url = self._url(remote)
        if isinstance(url, Unread):
            return url
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        command = ["git", f"--git-dir={self.repository.git.directory}", *settings, *_WORDS, url, *specs]
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=self._environment(url),
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Unread(f"fetching from {_shown(url)} did not end within {deadline:.0f} s", "look at the network")
        except OSError as error:
            return Unread(f"git can't be run: {error}", "install git 2.39 or newer and put it on the search path")
        if ended.returncode == 0:
            return None
        return Unread(
            f"fetching from {_shown(url)} failed: {self._said(ended.stderr)}",
            "see that the remote can be read from here: with a token in GITOPS_BREAKGLASS_TOKEN, or with git's own credentials",
        )

    def _url(self, remote: str) -> str | Unread:
        answer = self.repository.git.ask("remote", "get-url", "--", remote)
        url = answer.out.decode("utf-8", "replace").strip()
        if answer.code != 0 or not url:
            return Unread(f"the clone has no remote {remote}", "name one that `git remote` lists")
        # A relative path is meant from the clone, whatever folder we are run in.
        local = Path(self.repository.path, url)
        return str(local.absolute()) if "://" not in url and ":" not in url else url

    def _environment(self, url: str) -> dict[str, str]:
        own = {
            # Goes before whatever a configuration allows, the clone's included.
            "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_VARIANT": "ssh",
            "LC_ALL": "C",
        }
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name in {"GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_ASKPASS"}
        }
        if self.access is None or self.access.token is None or not self.access.is_of_forge(url):
            return {**kept, **own}
        # By the environment: a command line can be read by everybody on the machine.
        basic = base64.b64encode(f"{self.access.git_user}:{self.access.token}".encode()).decode()
        return {
            **kept,
            **own,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }

    def _said(self, stderr: bytes) -> str:
        """Return git's own words on one line. What the other side said could be anything, and git marks it as theirs."""
        lines = stderr.decode("utf-8", "replace").splitlines()
        words = " ".join(" ".join(each for each in lines if not each.startswith("remote:")).split())
        token = self.access.token if self.access else None
        return words.replace(token, "***") if token else words


def _kept(ref: str) -> str:
    return f"+{ref}:{OWN_REFS}{ref.removeprefix('refs/')}"


def _shown(url: str) -> str:
    """Return a remote's address without a password that may be in it."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if mark else url
