"""A role lists its rules; the reader of roles tells where it does not."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "aggregated-role",
    "a role of the policy side lists its rules",
    "What an aggregated role comes to depends on the other roles of a cluster. It is not resolved, and gives nothing.",
)
