"""Finds out whose key signed a commit or a tag; whether that key counts is for others to judge."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gitops_breakglass.adapters.git_parse import GitObject
from gitops_breakglass.adapters.git_process import bare_environment
from gitops_breakglass.model.errors import RepositoryError

DEADLINE = 30.0
"""Seconds that one verification may take."""

_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_ARMOR = re.compile(rb"\A-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END SSH SIGNATURE-----\n?\Z")
_ANY_SIGNATURE = re.compile(rb"^-----BEGIN (?:SSH SIGNATURE|PGP |SIGNED MESSAGE)|^gpgsig", re.MULTILINE)
_GOOD = re.compile(rb"\AGood \"git\" signature with (?:ED25519|ECDSA|RSA)(?:-SK)? key (SHA256:[A-Za-z0-9+/]{43})\n\Z")
_TAG = re.compile(rb"\Aobject ([0-9a-f]{40,64})\ntype ([a-z]+)\ntag ([^\n\0]+)\ntagger [^\n\0]*\Z")


@dataclass(frozen=True)
class Signed:
    """The signature verifies; `fingerprint` (`SHA256:…`) is the key's that made it."""

    fingerprint: str


@dataclass(frozen=True)
class Unproven:
    """There is no signature that proves anything; `problem` says why, as the end of a sentence about the object."""

    problem: str


Verdict: TypeAlias = Signed | Unproven


class Signatures:
    """Verifies SSH signatures in git's namespace, each object once.

    It neither asks git nor reads a list of allowed signers, for both would compare a key's time of validity with the
    time that the signer wrote into the object.
    """

    def __init__(self) -> None:
        """Begin with nothing verified."""
        self._seen: dict[str, Verdict] = {}

    def verdict(self, stored: GitObject) -> Verdict:
        """Return who signed a commit or an annotated tag. Raises RepositoryError where ssh-keygen can't be run."""
        if stored.id not in self._seen:
            parts = _commit_parts(stored) if stored.type == "commit" else _tag_parts(stored)
            self._seen[stored.id] = parts if isinstance(parts, Unproven) else _verify(*parts)
        return self._seen[stored.id]


def _commit_parts(stored: GitObject) -> tuple[bytes, bytes] | Unproven:
    """Split a commit into what was signed and the signature, which is one header with continuation lines."""
    headers, _, message = stored.data.partition(b"\n\n")
    if b"\r" in headers or b"\0" in stored.data:
        return Unproven("has control characters where git writes none")
    wanted = b"gpgsig-sha256" if len(stored.id) == 64 else b"gpgsig"
    kept: list[bytes] = []
    signatures: list[bytes] = []
    inside = False
    for line in headers.split(b"\n"):
        name, _, value = line.partition(b" ")
        if line.startswith(b" ") and inside:
            signatures[-1] += line[1:] + b"\n"
        elif name.startswith(b"gpgsig"):
            if name != wanted:
                return Unproven(f"has a signature under another header ({name.decode('utf-8', 'backslashreplace')})")
            signatures.append(value + b"\n")
            inside = True
        else:
            kept.append(line)
            inside = False
    if _ANY_SIGNATURE.search(message):
        return Unproven("has a signature inside its message")
    if len(signatures) != 1:
        return Unproven("has more than one signature" if signatures else "is not signed")
    return b"\n".join(kept) + b"\n\n" + message, signatures[0]


def _tag_parts(stored: GitObject) -> tuple[bytes, bytes] | Unproven:
    """Split a tag into what was signed and the signature, which is the end of the object."""
    if b"\r" in stored.data.partition(b"\n\n")[0] or b"\0" in stored.data:
        return Unproven("has control characters where git writes none")
    if _tag_header(stored) is None:
        return Unproven("has headers that git does not write")
    count = len(_ANY_SIGNATURE.findall(stored.data))
    if count != 1:
        return Unproven("has more than one signature" if count else "is not signed")
    payload, begin, rest = stored.data.partition(_BEGIN)
    return (payload, begin + rest) if begin else Unproven("is not signed with SSH")


def _tag_header(stored: GitObject) -> re.Match[bytes] | None:
    return _TAG.match(stored.data.partition(b"\n\n")[0])


def inner_name(stored: GitObject) -> str | None:
    """Return the name that a tag object says it has, or None where it can't be read."""
    header = _tag_header(stored)
    return None if header is None else header[3].decode("utf-8", "backslashreplace")


def tagged_commit(stored: GitObject) -> str | None:
    """Return the commit that a tag object says it is on, or None where it is on anything else (another tag, a file)."""
    header = _tag_header(stored)
    return header[1].decode() if header is not None and header[2] == b"commit" else None


def message(stored: GitObject) -> str:
    """Return what a commit or tag says, without the signature of a tag."""
    text = stored.data.partition(b"\n\n")[2]
    if stored.type == "tag":
        text = text.partition(_BEGIN)[0]
    return text.decode("utf-8", "replace").strip()


def _verify(payload: bytes, signature: bytes) -> Verdict:
    """Let ssh-keygen verify over exactly these bytes; it says which key it was."""
    armor = _ARMOR.match(signature)
    if armor is None:
        is_ssh = signature.startswith(_BEGIN)
        return Unproven("has a signature with something around it" if is_ssh else "is not signed with SSH")
    try:
        base64.b64decode(armor[1].replace(b"\n", b""), validate=True)
    except binascii.Error:
        return Unproven("has a signature that can't be read")
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-") as folder:
        file = Path(folder, "signature")
        file.write_bytes(signature)
        ended = _ssh_keygen("-Y", "check-novalidate", "-n", "git", "-s", str(file), given=payload)
    good = _GOOD.match(ended.stdout)
    if ended.returncode != 0 or good is None:
        return Unproven("has a signature that does not verify over it")
    return Signed(good[1].decode())


def _ssh_keygen(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments],
            input=given,
            capture_output=True,
            env=bare_environment(),
            timeout=DEADLINE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RepositoryError(
            f"ssh-keygen can't verify a signature: {error}", hint="install an OpenSSH client, 8.2 or newer"
        ) from error
