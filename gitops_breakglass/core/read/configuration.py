"""`breakglass.yaml`: the configuration of the repository."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.audience import read_audience
from gitops_breakglass.core.read.notifications import read_notifications
from gitops_breakglass.core.read.rbac import read_rules
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.core.read.ssh_key import parse_public_key
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import (
    Audience,
    AuditLog,
    Brakes,
    ClusterAccess,
    Configuration,
    KubernetesTarget,
    ManifestsTarget,
    Offer,
    ReconcilerKey,
    Target,
)

# Whatever the file leaves out is as the model has it.
_DEFAULTS = Configuration(provider=Provider.LOCAL, repository="", policy_approvers=Audience())


def read_configuration(document: Document) -> Read[Configuration]:
    """Read the configuration; without all of it nothing can be granted."""
    reading = Reading(document)
    blocked = reading.flag("defaults", "blockSelfApproval")
    return reading.done(
        Configuration(
            provider=_provider(reading),
            repository=reading.text("forge", "repository") or "",
            policy_approvers=read_audience(reading, "policyApprovers"),
            reconciler_keys=_keys(reading),
            offers=_offers(reading),
            clusters=_clusters(reading),
            default_branch=reading.text("forge", "defaultBranch") or _DEFAULTS.default_branch,
            api_url=reading.text("forge", "apiUrl"),
            block_self_approval=_DEFAULTS.block_self_approval if blocked is None else blocked,
            approval_timeout=reading.duration("defaults", "approvalTimeout") or _DEFAULTS.approval_timeout,
            decision_window=reading.duration("defaults", "decisionWindow") or _DEFAULTS.decision_window,
            min_duration=reading.duration("defaults", "minDuration") or _DEFAULTS.min_duration,
            max_duration=reading.duration("defaults", "maxDuration") or _DEFAULTS.max_duration,
            brakes=_brakes(reading),
            idle_without_source=_idle_without_source(reading),
            defaults_off=reading.texts("defaultPolicies", "disabled"),
            notifications=read_notifications(reading),
        )
    )


def _brakes(reading: Reading) -> Brakes:
    usual = _DEFAULTS.brakes
    names = ("maxNewGrants", "maxLiveGrants", "maxLiveGrantsPerSubject")
    bounds = (usual.max_new_grants, usual.max_live_grants, usual.max_live_grants_per_subject)
    said = (reading.number("brakes", name) for name in names)
    return Brakes(*(bound if number is None else number for number, bound in zip(said, bounds, strict=True)))


def _idle_without_source(reading: Reading) -> Severity:
    return Severity.ERROR if reading.text("idleTimeoutWithoutSource") == "error" else Severity.WARNING


def _provider(reading: Reading) -> Provider:
    word = reading.text("forge", "provider") or ""
    if word in set(Provider):
        return Provider(word)
    reading.report(
        "schema",
        f"there is no forge {word!r}",
        "forge",
        "provider",
        hint=f"one of {', '.join(Provider)}",
    )
    return Provider.LOCAL


def _keys(reading: Reading) -> tuple[ReconcilerKey, ...]:
    keys = []
    for index in range(reading.count("reconcilers")):
        path = ("reconcilers", index, "publicKey")
        try:
            key = parse_public_key(reading.text(*path) or "")
            if not key.text.startswith("ssh-ed25519 "):
                raise ValueError("decisions are signed with Ed25519 keys only")
        except ValueError as error:
            reading.report(
                "invalid-key", f"this is no public key of a reconciler: {error}", *path, hint="`ssh-ed25519 AAAA…`"
            )
            continue
        keys.append(ReconcilerKey(reading.text("reconcilers", index, "name") or "", key.text))
    return tuple(keys)


def _clusters(reading: Reading) -> Mapping[str, ClusterAccess]:
    return {name: _access(reading, name) for name in reading.keys("clusters")}


def _access(reading: Reading, name: str) -> ClusterAccess:
    known = ClusterAccess(name=name, target=_target(reading, name))
    return ClusterAccess(
        name=name,
        target=known.target,
        reconciler=reading.text("clusters", name, "reconciler") or known.reconciler,
        sweeper=reading.text("clusters", name, "sweeper") or known.sweeper,
        audit_log=_audit_log(reading, name),
    )


def _audit_log(reading: Reading, name: str) -> AuditLog | None:
    file, listen = (reading.text("clusters", name, "auditLog", each) or "" for each in ("file", "listen"))
    return AuditLog(file, listen) if file or listen else None


def _target(reading: Reading, name: str) -> Target:
    folder = reading.text("clusters", name, "manifests", "folder")
    if (folder is None) is not reading.has("clusters", name, "kubernetes"):
        reading.report(
            "schema",
            f"cluster {name} has to be reached in exactly one way",
            "clusters",
            name,
            hint="give either `kubernetes` or `manifests`",
        )
    if folder is not None:
        return ManifestsTarget(folder)
    return KubernetesTarget(
        kubeconfig=reading.text("clusters", name, "kubernetes", "kubeconfig"),
        context=reading.text("clusters", name, "kubernetes", "context"),
        in_cluster=reading.flag("clusters", name, "kubernetes", "inCluster") or False,
    )


def _offers(reading: Reading) -> tuple[Offer, ...]:
    offers = tuple(_offer(reading, index) for index in range(reading.count("offers")))
    names = [offer.name for offer in offers]
    for index, name in enumerate(names):
        if names.count(name) > 1:
            # The name is what a decision keeps of the offer.
            reading.report(
                "duplicate-name",
                f"there are several offers {name}",
                "offers",
                index,
                "name",
                hint="give each its own name",
            )
    return offers


def _offer(reading: Reading, index: int) -> Offer:
    at = ("offers", index)
    maximum = reading.duration(*at, "maxDuration")
    return Offer(
        name=reading.text(*at, "name") or "",
        clusters=reading.texts(*at, "clusters"),
        allowed=read_audience(reading, *at, "allowed"),
        approvers=read_audience(reading, *at, "approvers"),
        # The schema asks for it; where it can't be read, there is a finding and no configuration.
        max_duration=_DEFAULTS.min_duration if maximum is None else maximum,
        cluster_roles=frozenset(reading.texts(*at, "clusterRoles")),
        namespaces=frozenset(reading.texts(*at, "namespaces")),
        rules=read_rules(reading, *at, "rules"),
        recurring=reading.flag(*at, "recurring") or False,
        approval_optional=reading.flag(*at, "approvalOptional") or False,
        block_self_approval=reading.flag(*at, "blockSelfApproval"),
        approval_timeout=reading.duration(*at, "approvalTimeout"),
    )
