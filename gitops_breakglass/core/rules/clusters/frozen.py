"""While `freeze.yaml` is there, nothing new is granted."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.freeze import because, holds_on
from gitops_breakglass.core.read.kinds import FREEZE
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

_ID = "frozen"
_HINT = "delete it by an approved change when it is time; what was merged meanwhile is decided then"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    freeze = policy.freeze
    if freeze is not None and holds_on(freeze, request.id.cluster):
        message = f"{request.id.cluster} is frozen{because(freeze)}: merging this grants nothing for now"
        yield Finding(_ID, message, Location(request.document.path, 1, 1), Severity.WARNING, hint=_HINT)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    freeze = facts.policy.freeze
    if freeze is not None:
        where = ", ".join(freeze.clusters) or "any cluster"
        message = f"nothing new is granted on {where} while this file is there{because(freeze)}"
        yield Finding(_ID, message, Location(FREEZE, 1, 1), Severity.WARNING, hint=_HINT)


RULE = Rule(
    _ID,
    "nothing is frozen",
    "The kill switch is for an emergency. While it is there, whoever asks has to know that approving and merging will not "
    "help, and whoever is done with the emergency has to see that it still is.",
    on_request=_on_request,
    on_policy=_on_policy,
)
