"""The path of a request file says what it is; the readers tell where it does not."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "request-path",
    "the path of a request says its cluster and its name, and the request agrees",
    "Approvals, names of objects and the burning of names all go by the path. A request that calls itself something "
    "else would be approved as one and granted as another.",
)
