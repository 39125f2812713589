"""An identity to act as is of one kind: a user with groups, a service account, or a node."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "impersonation-contradicts"
_KINDS = ("DebugSessionTemplate", "DebugSessionClusterBinding")
_BY_NAME_ALONE = {"serviceaccount", "arbitrary-node", "associated-node"}
_NO_SERVICE_ACCOUNT = {"user-info", "arbitrary-node", "associated-node"}


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in (each for kind in _KINDS for each in facts.of_kind(kind)):
        reading = Reading(document)
        mode = reading.text("spec", "impersonation", "mode")
        fields = ("uid", "groups", "extra") if mode in _BY_NAME_ALONE else ()
        if mode in _NO_SERVICE_ACCOUNT:
            fields = (*fields, "serviceAccountRef")
        for field in fields:
            if reading.has("spec", "impersonation", field):
                yield Finding(
                    _ID,
                    f"mode {mode} has no {field}",
                    document.at("spec", "impersonation", field),
                    hint=f"take {field} out, or choose another mode",
                )


RULE = Rule(
    _ID,
    "an identity to act as is a user, a service account or a node",
    "Service accounts and nodes are taken on by their names alone. With anything beside the name the API server falls back "
    "to impersonation without bounds. Upstream refuses it.",
    on_policy=_on_policy,
)
