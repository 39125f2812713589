"""A name of a cluster does as a folder; the reader of clusters tells where it does not."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "cluster-name",
    "a cluster's name does as a folder and as part of a branch",
    "Requests lie in a folder named after their cluster, and approvals of the policy side have `policy` in that place.",
)
