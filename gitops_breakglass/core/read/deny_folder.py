"""Deny policies out of any files, without an access repository around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gitops_breakglass.core.read.cluster_config import read_cluster_config
from gitops_breakglass.core.read.deny import read_deny, read_override, unreadable_deny
from gitops_breakglass.core.read.lost import lost_document, lost_file
from gitops_breakglass.core.read.part import items_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.validate import ParsedFile, Schemas
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Location, in_order
from gitops_breakglass.model.policy import PolicySide

_ESCALATION = "BreakglassEscalation"
_KINDS = ("DenyPolicy", _ESCALATION, "ClusterConfig")


@dataclass(frozen=True)
class Held:
    """What an escalation says of deny policies: its override, and those that it names, which hold for it in any case."""

    override: PodOverride | None = None
    deny_refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class DenySide:
    """What answers are made from: the policies, what escalations say of them, and the tenant of each cluster."""

    policies: tuple[DenyPolicy, ...] = ()
    escalations: Mapping[str, Held] = field(default_factory=lambda: MappingProxyType({}))
    """By name. Of an escalation that is not here nothing is known, so nothing is loosened."""
    tenants: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()


def of_repository(side: PolicySide, findings: Sequence[Finding] = ()) -> DenySide:
    """Return the same of the policy side of an access repository, with those findings that are about deny policies."""
    about = {policy.location.path for policy in side.deny}
    return DenySide(
        side.deny,
        {each.name: Held(each.override, each.deny_refs) for each in side.escalations},
        {name: cluster.tenant for name, cluster in side.clusters.items()},
        tuple(each for each in findings if each.is_error and each.location.path in about),
    )


def read_deny_folder(files: Sequence[ParsedFile], *, schemas: Schemas, unread: Iterable[Location] = ()) -> DenySide:
    """Read every deny policy, escalation and cluster in the files; what has another kind is passed over.

    A deny policy whose form an access repository would refuse counts where it is plain what it means, with a warning. One
    that can't be read forbids everything, and so does a file that may have held one; `unread` are places of
    files that were not even looked into. An escalation that can't be read, or that there are several of, gives no override.
    """
    findings: list[Finding] = []
    policies: list[DenyPolicy] = []
    usable: list[Document] = []
    for place in unread:
        findings.append(Finding("not-a-file", "this is no plain file, so nothing is read through it", place))
        policies.append(_unreadable("", place, findings))
    for file in files:
        findings += file.findings
        lost = lost_file(file.path, file.content, file.documents)
        if not file.is_whole and lost.deny:
            policies.append(_unreadable(lost.name, lost.location, findings))
        for document in (item for each in file.documents for item in items_of(each)):
            about = _about(document, schemas)
            findings += about
            if not any(each.is_error for each in about):
                usable.append(document)
            elif (gone := lost_document(document)).deny:
                policies.append(_unreadable(gone.name, gone.location, findings))
    often = Counter((document.kind, document.name) for document in usable)
    for document in usable:
        if document.kind == "DenyPolicy":
            if often[document.kind, document.name] > 1:
                message = f"there are several deny policies {document.name}; all of them count"
                findings.append(Finding("duplicate-name", message, document.at("metadata", "name"), hint="rename one"))
            policies.append(read_deny(document))
    configs = [read_cluster_config(each).value for each in usable if each.kind == "ClusterConfig"]
    return DenySide(
        tuple(policies),
        {each.name: _held(each, alone=often[each.kind, each.name] == 1) for each in usable if each.kind == _ESCALATION},
        {each.name: each.tenant for each in configs if each is not None},
        in_order(findings),
    )


def _held(escalation: Document, *, alone: bool) -> Held:
    reading = Reading(escalation)
    return Held(read_override(reading) if alone else None, reading.texts("spec", "denyPolicyRefs"))


def _about(document: Document, schemas: Schemas) -> tuple[Finding, ...]:
    if document.kind == "DenyPolicy":
        return schemas.asked(document)
    return schemas.validate(document) if _is_ours(document) else ()


def _is_ours(document: Document) -> bool:
    return document.kind in _KINDS or document.kind.casefold().startswith("deny")


def _unreadable(name: str, place: Location, findings: list[Finding]) -> DenyPolicy:
    findings.append(
        Finding(
            "unreadable-policy",
            "a deny policy here can't be read, so it is taken to forbid everything",
            place,
            hint="mend it: until then every answer is deny",
        )
    )
    return unreadable_deny(name, place)
