"""A public key is whole; the readers tell where it is not."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "invalid-key",
    "a public key is one, whole",
    "Who signed is told by the key's fingerprint. A key that was cut while copying has another one.",
)
