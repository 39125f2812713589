"""Makes a git repository in a new folder, with the reconciler's key beside it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gitops_breakglass.model.errors import UsageError

_DEADLINE = 60.0
"""Seconds that one call of git may take."""

# The user's own configuration is not to sign or to stop the first commit.
_PLAIN = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
_LITERAL = re.compile(r"\A(?:key::)?((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ \S+)")


class NewRepository:
    """Implements `flows.init.Ground` for a folder that is not there yet, or is empty."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        """Raises UsageError where something is in the way, or the private key would lie in the repository."""
        self._folder = folder
        self._key_file = key_file
        self._key = Ed25519PrivateKey.generate()
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise UsageError(f"{folder} is there and not empty", hint="name a new folder")
        if os.path.lexists(key_file):
            raise UsageError(f"{key_file} is there already", hint="name another file with --key")
        if key_file.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"the reconciler's private key {key_file} would lie in the repository",
                hint="keep it elsewhere: whoever has it can sign decisions",
            )
        if not key_file.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {key_file.parent}", hint="make it, or name another place with --key")

    def new_key(self) -> str:
        """Return the public half of a key that is kept in memory until `build`."""
        return self._key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def build(self, files: Mapping[str, str], *, name: str, email: str) -> str:
        """Write the private key (for its owner alone) and the files, commit them to `main`, and return the commit."""
        try:
            for path, text in files.items():
                file = self._folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            self._write_key()
        except OSError as error:
            raise UsageError(
                f"{error.filename} can't be written: {error.strerror}", hint="check permissions"
            ) from error
        self._git("init", "--quiet", "--template=", "--initial-branch=main")
        self._git("add", "--force", "--", *sorted(files))
        who = ("-c", f"user.name={name}", "-c", f"user.email={email}")
        self._git(*who, "commit", "--quiet", "--no-verify", "-m", "Begin the access repository")
        return self._git("rev-parse", "HEAD")

    def _write_key(self) -> None:
        text = self._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        descriptor = os.open(self._key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)

    def _git(self, *words: str) -> str:
        ended = _run(["git", *_PLAIN, *words], self._folder)
        if ended.returncode != 0:
            said = " ".join(ended.stderr.split())
            raise UsageError(f"git could not make {self._folder}: {said}", hint="git 2.39 or newer is needed")
        return ended.stdout.strip()


def public_key_in(file: Path) -> str:
    """Return the first line of a public key's file, or of the one beside a private key. Raises UsageError."""
    path = file.expanduser()
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        lines = public.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"there is no public key to read in {public}: {error}", hint="give the .pub file") from error
    return lines[0] if lines else ""


def configured_person() -> tuple[str, str] | None:
    """Return e-mail and public key that git is configured with, or None where it has no e-mail or no SSH key."""
    email, key = _configured("user.email"), _configured("user.signingkey")
    if not email or not key:
        return None
    if literal := _LITERAL.match(key):
        return email, literal[1]
    return (email, public_key_in(Path(key))) if _configured("gpg.format") == "ssh" else None


def _configured(name: str) -> str:
    return _run(["git", "config", "--get", name], Path()).stdout.strip()


def _run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    # A caller inside a hook has variables that point to another repository.
    kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    try:
        return subprocess.run(
            command,
            cwd=where,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**kept, "LC_ALL": "C"},
            timeout=_DEADLINE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git can't be run: {error}", hint="install git 2.39 or newer") from error


_OF_ANOTHER = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"})
