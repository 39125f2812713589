"""Ed25519 signatures over decisions, in the envelope of DSSE; keys are OpenSSH's."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHPublicKeyTypes,
    load_ssh_private_key,
    load_ssh_public_key,
)

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.grant import Envelope

_HINT = "make one with: ssh-keygen -t ed25519 -N '' -f reconciler.key, and name it in breakglass.yaml under reconcilers"


class Ed25519Signer:
    """Signs with the private key in a file, where there is one, and verifies against any public keys."""

    def __init__(self, key_file: Path | None = None) -> None:
        self._key_file = key_file
        self._key: Ed25519PrivateKey | None = None

    def sign(self, payload_type: str, payload: str) -> Envelope:
        """Return the signed envelope. Raises UsageError where there is no usable key."""
        key = self._private_key()
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        signature = key.sign(_pre_authentication_encoding(payload_type, payload))
        return Envelope(payload_type, payload, public, base64.b64encode(signature).decode())

    def verify(self, envelope: Envelope, keys: Sequence[str]) -> bool:
        """Whether one of these keys made the signature. The key that the envelope names is not believed."""
        try:
            signature = base64.b64decode(envelope.signature, validate=True)
        except ValueError:
            # Whatever somebody wrote there: no base64, or not even ASCII.
            return False
        message = _pre_authentication_encoding(envelope.payload_type, envelope.payload)
        return any(_made(key, signature, message) for key in keys)

    def _private_key(self) -> Ed25519PrivateKey:
        if self._key is None:
            if self._key_file is None:
                msg = "no key to sign decisions with"
                raise UsageError(msg, hint=f"give one as --key; {_HINT}")
            try:
                key = load_ssh_private_key(self._key_file.read_bytes(), password=None)
            except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
                msg = f"{self._key_file} is no private key that can be used: {error}"
                raise UsageError(msg, hint=_HINT) from error
            if not isinstance(key, Ed25519PrivateKey):
                msg = f"{self._key_file} is no Ed25519 key"
                raise UsageError(msg, hint=_HINT)
            self._key = key
        return self._key


# What is signed never changes, and a loop reads the same records in each of its runs.
@lru_cache(maxsize=4096)
def _made(key: str, signature: bytes, message: bytes) -> bool:
    try:
        public = _public_key(key)
        if not isinstance(public, Ed25519PublicKey):
            return False
        public.verify(signature, message)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(key: str) -> SSHPublicKeyTypes:
    """Read a public key once: every record of a cluster is verified with the same few."""
    return load_ssh_public_key(key.encode())


def _pre_authentication_encoding(payload_type: str, payload: str) -> bytes:
    """DSSE's PAE: lengths and values, so that neither type nor payload can pass for part of the other."""
    kind, body = payload_type.encode(), payload.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
