"""Writes signed commits and tags into somebody's own clone, with their own key and configuration of git."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_breakglass.model.errors import UsageError

DEADLINE = 300.0
"""Seconds that one call may take: a key on a hardware token waits for its owner."""

_HINT = (
    "run git status here to see whether this is your clone of the access repository, and try "
    "git commit -S --allow-empty elsewhere to see whether your key signs"
)

NO_KEY = """tell git which SSH key signs:
  git config --global gpg.format ssh
  git config --global user.signingkey ~/.ssh/id_ed25519.pub
  git config --global commit.gpgsign true
or name one with --key; its public half has to be yours in identities.yaml"""

NO_NAME = """tell git who you are; the e-mail is best one of yours in identities.yaml:
  git config --global user.name "Your Name"
  git config --global user.email you@example.com"""

_LITERAL = re.compile(r"\A(?:key::)?((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ \S+)")
_FINGERPRINT = re.compile(r"\A[0-9]+ (SHA256:\S+) ")


@dataclass(frozen=True)
class WorkTree:
    """Implements `ports.SigningClone`. Without a `key` (a path) it is the one that git is configured to sign with.

    Commits are built beside the work tree and the index, so that whatever lies there uncommitted stays as it is.
    """

    path: Path
    key: str | None = None
    remote: str = "origin"

    def fingerprint(self) -> str:
        """Return the fingerprint (`SHA256:…`) of the key that would sign. Raises UsageError where there is none."""
        key = self._signing_key()
        literal = _LITERAL.match(key)
        where = "-" if literal else str(Path(key).expanduser())
        command = ["ssh-keygen", "-l", "-E", "sha256", "-f", where]
        shown = _run(command, self.path, given=f"{literal[1]}\n".encode() if literal else b"")
        found = _FINGERPRINT.match(shown.stdout.decode("utf-8", "replace"))
        if shown.returncode != 0 or found is None:
            raise UsageError(f"the signing key {key} can't be read: {_words(shown)}", hint=NO_KEY)
        return found[1]

    def branch_head(self, branch: str) -> str | None:
        """Return the commit of a branch, here or at the remote, or None where there is no such branch."""
        for ref in (f"refs/heads/{branch}", f"refs/remotes/{self.remote}/{branch}"):
            found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", check=False)
            if found:
                return found
        return None

    def has_tag(self, name: str) -> bool:
        """Whether there is a tag of that name, of whatever worth."""
        return bool(self._git("show-ref", "--verify", "--hash", "--", f"refs/tags/{name}", check=False))

    def has_remote(self) -> bool:
        """Whether there is a remote to push to."""
        return self.remote in self._git("remote").splitlines()

    def email(self) -> str | None:
        """Return the address that commits made here carry, or None where git knows none."""
        return self._git("config", "--get", "user.email", check=False) or None

    def commit_file(
        self, branch: str, base: str, *, path: str, content: bytes | None, message: str, signed: bool = True
    ) -> str:
        """Make a new branch at `base` with one commit that adds one file, or without `content` deletes it.

        Not `signed` by force, it is so where git is configured to sign. Raises UsageError.
        """
        with tempfile.TemporaryDirectory(prefix="gitops-breakglass-") as folder:
            own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self._git("read-tree", base, more=own)
            if content is None:
                self._git("update-index", "--force-remove", "--", path, more=own)
            else:
                blob = self._git("hash-object", "-w", "--no-filters", "--stdin", given=content)
                self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", more=own)
            tree = self._git("write-tree", more=own)
        commit = self._git(*self._signing_words(forced=signed), "-p", base, "-m", message, tree)
        # All zeros: the branch must not be there, whatever happened since it was looked for.
        self._git("update-ref", "-m", "request", f"refs/heads/{branch}", commit, "0" * len(commit))
        return commit

    def push(self, branch: str) -> None:
        """Push a branch to the remote, where there must be none of that name. Raises UsageError."""
        ref = f"refs/heads/{branch}"
        # An empty expectation: the ref must not be there.
        words = ("push", "--quiet", f"--force-with-lease={ref}:", "--", self.remote, f"{ref}:{ref}")
        hint = (
            f"it takes git's own credentials for {self.remote}. The branch is in this clone: once you can, "
            f"`git push {self.remote} {branch}` and open the change there; or drop it with `git branch -D {branch}`"
        )
        self._git(*words, hint=hint)

    def tag(self, name: str, commit: str, *, message: str, replace: bool) -> None:
        """Make a signed annotated tag; `replace` allows one of that name to be there. Raises UsageError."""
        force = ["--force"] if replace else []
        # Kept word for word: git would otherwise take lines that begin with # for its own comments. The signature follows
        # on a line of its own only where the message ends with one.
        words = (
            "tag",
            "--sign",
            *force,
            "--cleanup=verbatim",
            "-m",
            message.rstrip() + "\n",
            "--end-of-options",
            name,
            commit,
        )
        self._git(*self._signing(), *words)

    def _signing_words(self, *, forced: bool) -> tuple[str, ...]:
        """Return the words by which a commit is made and signed, as forced or as its owner has it."""
        if forced or self.key is not None:
            return (*self._signing(), "commit-tree", "-S")
        signs = self._git("config", "--type=bool", "--get", "commit.gpgsign", check=False) == "true"
        return ("commit-tree", *(["-S"] if signs else []))

    def _signing(self) -> tuple[str, ...]:
        return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self._signing_key()}")

    def _signing_key(self) -> str:
        if self.key is not None:
            return str(Path(self.key).expanduser().absolute())
        key = self._git("config", "--get", "user.signingkey", check=False)
        if not key or self._git("config", "--get", "gpg.format", check=False) != "ssh":
            raise UsageError("git has no SSH key to sign with", hint=NO_KEY)
        return key

    def _git(
        self,
        *words: str,
        given: bytes = b"",
        more: Mapping[str, str] | None = None,
        check: bool = True,
        hint: str = _HINT,
    ) -> str:
        """Run git as its user would, and return what it prints; with `check` a failure is a UsageError."""
        ended = _run(["git", *words], self.path, given=given, more=more)
        if ended.returncode != 0 and check:
            if b"Please tell me who you are" in ended.stderr:
                raise UsageError("git does not know your name and e-mail, which a commit or tag needs", hint=NO_NAME)
            command = next((word for word in words if not word.startswith("-") and "=" not in word), "git")
            raise UsageError(f"git {command} failed: {_words(ended)}", hint=hint)
        return ended.stdout.decode("utf-8", "replace").strip() if ended.returncode == 0 else ""


def _run(
    command: list[str], where: Path, *, given: bytes, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            cwd=where,
            input=given,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C", **(more or {})},
            timeout=DEADLINE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{command[0]} can't be run: {error}", hint="install git and an OpenSSH client") from error


def _words(ended: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(ended.stderr.decode("utf-8", "replace").split()) or f"exit code {ended.returncode}"
