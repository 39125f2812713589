"""`DenyPolicy` documents, in the dialect of the use cases and in upstream's."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.core.read.selector import read_namespaces
from gitops_breakglass.model.deny import (
    POD_SUBRESOURCES,
    PRECEDENCE,
    Action,
    DenyPolicy,
    DenyRule,
    DenyScope,
    ImpersonationRule,
    PodOverride,
    PodRules,
    RiskFactors,
    Threshold,
)
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location

_EVERY = ("*",)
_RULES = "podSecurityRules"


def read_deny(document: Document) -> DenyPolicy:
    """Read a policy that its schema accepts."""
    reading = Reading(document)
    precedence = reading.number("spec", "precedence")
    return DenyPolicy(
        name=document.name,
        location=document.at("metadata", "name"),
        scope=DenyScope(
            clusters=reading.texts("spec", "appliesTo", "clusters"),
            tenants=reading.texts("spec", "appliesTo", "tenants"),
            sessions=reading.texts("spec", "appliesTo", "sessions"),
            # Upstream knows no such list; the use cases do.
            escalations=reading.texts("spec", "appliesTo", "escalationRefs"),
        ),
        precedence=PRECEDENCE if precedence is None else precedence,
        rules=tuple(_rule(reading, index) for index in range(reading.count("spec", "rules"))),
        impersonation=tuple(
            _impersonation(reading, index) for index in range(reading.count("spec", "impersonationRules"))
        ),
        pods=_pods(reading) if reading.has("spec", _RULES) else None,
    )


def unreadable_deny(name: str, location: Location) -> DenyPolicy:
    """Return what stands for a policy that can't be read: it forbids everything, for it may have forbidden anything."""
    everything = DenyRule(_EVERY, _EVERY, _EVERY, location)
    return DenyPolicy(name or "(unreadable)", location, rules=(everything,), is_readable=False)


def read_override(reading: Reading) -> PodOverride | None:
    """Return what an escalation's `podSecurityOverrides` relax; None where they are not enabled."""
    path = ("spec", "podSecurityOverrides")
    if not reading.flag(*path, "enabled"):
        return None
    patterns = reading.texts(*path, "namespaceScope") or reading.texts(*path, "namespaceScope", "patterns")
    factors = reading.texts(*path, "exemptFactors")
    return PodOverride(
        max_allowed_score=reading.number(*path, "maxAllowedScore"),
        # The use cases call the factor by the name of the field that it comes from.
        exempt_factors=tuple("capability" if each == "capabilities" else each for each in factors),
        namespaces=patterns,
        everywhere=not patterns and not reading.count(*path, "namespaceScope", "selectorTerms"),
    )


def _rule(reading: Reading, index: int) -> DenyRule:
    path = ("spec", "rules", index)
    return DenyRule(
        verbs=reading.texts(*path, "verbs"),
        api_groups=reading.texts(*path, "apiGroups"),
        resources=reading.texts(*path, "resources"),
        location=reading.document.at(*path),
        subresources=reading.texts(*path, "subresources"),
        resource_names=reading.texts(*path, "resourceNames"),
        namespaces=read_namespaces(reading, *path, "namespaces"),
        cluster_wide=reading.text(*path, "scope") == "Cluster",
    )


def _impersonation(reading: Reading, index: int) -> ImpersonationRule:
    path = ("spec", "impersonationRules", index)
    return ImpersonationRule(
        location=reading.document.at(*path),
        identities=reading.texts(*path, "identities"),
        identity_resources=reading.texts(*path, "identityResources"),
        modes=reading.texts(*path, "modes"),
        extra_keys=reading.texts(*path, "extraKeys"),
        action_verbs=reading.texts(*path, "actionVerbs"),
        target_api_groups=reading.texts(*path, "targetAPIGroups"),
        target_resources=reading.texts(*path, "targetResources"),
        namespaces=read_namespaces(reading, *path, "namespaces"),
        reason=reading.text(*path, "reason") or "",
    )


def _pods(reading: Reading) -> PodRules:
    path = ("spec", _RULES)
    # `labels` is what the use cases call them. Where both name one label, both values are asked for.
    labels = {
        pair for each in ("podLabels", "labels") for pair in words_of(reading.node(*path, "exemptions", each)).items()
    }
    return PodRules(
        location=reading.document.at(*path),
        risk=_risk(reading),
        thresholds=tuple(_threshold(reading, index) for index in range(reading.count(*path, "thresholds"))),
        block_factors=reading.texts(*path, "blockFactors"),
        # A list that is given replaces the default, upstream's empty one does not.
        subresources=reading.texts(*path, "appliesTo", "subresources") or POD_SUBRESOURCES,
        exempt_namespaces=reading.texts(*path, "exemptions", "namespaces", "patterns"),
        exempt_labels=tuple(sorted(labels)),
        fails_open=reading.text(*path, "failMode") == "open",
    )


def _risk(reading: Reading) -> RiskFactors:
    path = ("spec", _RULES, "riskFactors")

    def points(name: str) -> int:
        return reading.number(*path, name) or 0

    capabilities = ((name, reading.number(*path, "capabilities", name)) for name in reading.keys(*path, "capabilities"))
    return RiskFactors(
        host_network=points("hostNetwork"),
        host_pid=points("hostPID"),
        host_ipc=points("hostIPC"),
        privileged_container=points("privilegedContainer"),
        run_as_root=points("runAsRoot"),
        host_path_writable=points("hostPathWritable"),
        host_path_read_only=points("hostPathReadOnly"),
        capabilities=tuple(sorted((name, weight or 0) for name, weight in capabilities)),
    )


def _threshold(reading: Reading, index: int) -> Threshold:
    path = ("spec", _RULES, "thresholds", index)
    return Threshold(
        max_score=reading.number(*path, "maxScore") or 0,
        action=Action(reading.text(*path, "action") or Action.DENY),
        reason=reading.text(*path, "reason") or "",
    )
