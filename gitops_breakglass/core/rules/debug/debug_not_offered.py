"""What upstream's debug templates can say and is not done here is refused, not passed over."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings, shown
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.policy import ManifestsTarget, PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-not-offered"
_FLAGS: tuple[tuple[Path, str], ...] = (
    (("spec", "terminalSharing", "enabled"), "no terminal is shared: participants get into the pod each by themselves"),
    (("spec", "audit", "enableTerminalRecording"), "no terminal is recorded"),
    (("spec", "audit", "enableShellHistory"), "no shell history is kept"),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        for path, why in _not_offered(reading):
            yield Finding(
                _ID,
                f"{shown(path)} is not offered here: {why}",
                reading.document.at(*path),
                Severity.WARNING,
                hint="take it out; until then sessions that rely on it are refused",
                refuses=True,
            )


def _not_offered(reading: Reading) -> Iterator[tuple[Path, str]]:
    for path, why in _FLAGS:
        if reading.flag(*path) is True:
            yield path, why
    if reading.node("spec", "impersonation"):
        yield ("spec", "impersonation"), "everything is made by the reconciler as itself, within its fence"
    for index in range(reading.count("spec", "auxiliaryResources")):
        at: Path = ("spec", "auxiliaryResources", index)
        if reading.flag(*at, "deleteAfter") is False:
            yield (*at, "deleteAfter"), "nothing that a session makes outlives it"


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if not isinstance(offer, DebugOffer):
        return
    access = policy.configuration.clusters.get(request.id.cluster)
    if access is not None and isinstance(access.target, ManifestsTarget):
        yield Finding(
            _ID,
            f"{request.id.cluster} is reached by a folder of manifests, where no debug session can be had",
            Location(request.document.path, 1, 1),
            hint="ask on a cluster that is reached through its API server",
        )
    for document in (offer.template.document, *([offer.binding.document] if offer.binding else [])):
        for path, why in _not_offered(Reading(document)):
            place = document.at(*path)
            yield Finding(
                _ID,
                f"{offer.source} relies on what is not offered here: {shown(path)} ({place}): {why}",
                request.document.at("spec", "templateRef"),
                hint="choose another template, or have that taken out by an approved change",
            )


RULE = Rule(
    _ID,
    "a debug session relies on nothing that is not done here",
    "Sharing and recording terminals inside the pod, acting as somebody else, and objects that outlive their session are not "
    "offered. A template that asks for them would promise what nobody keeps.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
