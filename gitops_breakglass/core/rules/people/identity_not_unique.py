"""What identifies a person belongs to that person only; the reader of identities tells where it does not."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "identity-not-unique",
    "a name, account, key, address or username belongs to one person",
    "An approval is the word of a second person. Two entries that share a key would let one person be both.",
)
