"""SSH public keys: whether a text is one, and the fingerprint that OpenSSH gives it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

_ED25519_BYTES = 32
_FIELDS = {
    # How many strings follow the type's name inside the key.
    "ssh-ed25519": 1,
    "sk-ssh-ed25519@openssh.com": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
    "ssh-rsa": 2,
}


@dataclass(frozen=True)
class PublicKey:
    """A key as `type base64`, without its comment, and `SHA256:…` as `ssh-keygen -lf` prints it."""

    text: str
    fingerprint: str


def parse_public_key(text: str) -> PublicKey:
    """Read one line of a `.pub` file. Raises ValueError; options in front of the key are not taken."""
    words = text.split(None, 2)
    if len(words) < 2 or words[0] not in _FIELDS or "\n" in text.strip():
        raise ValueError(f"it has to begin with one of {', '.join(_FIELDS)}, and be one line")
    kind, encoded = words[:2]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows {kind} is no base64: it was cut or changed while copying") from None
    # One key, one spelling: else two texts of the same key would be told apart.
    if base64.b64encode(blob).decode() != encoded:
        raise ValueError(f"what follows {kind} is no base64 as OpenSSH writes it")
    fields = _strings(blob)
    if fields is None or fields[0] != kind.encode() or len(fields) != 1 + _FIELDS[kind]:
        raise ValueError(f"what follows {kind} is no key of that type: it was cut or changed while copying")
    if kind == "ssh-ed25519" and len(fields[1]) != _ED25519_BYTES:
        raise ValueError(f"an Ed25519 key has {_ED25519_BYTES} bytes, this one has {len(fields[1])}")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(f"{kind} {encoded}", f"SHA256:{digest}")


def _strings(blob: bytes) -> tuple[bytes, ...] | None:
    """Cut the key into its strings, each behind its length in four bytes; None where it does not come out even."""
    found = []
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        end = at + 4 + length
        if at + 4 > len(blob) or end > len(blob):
            return None
        found.append(blob[at + 4 : end])
        at = end
    return tuple(found) or None
