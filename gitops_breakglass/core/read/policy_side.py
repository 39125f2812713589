"""The documents of one commit become its policy side; what can't be read gives nothing and forbids all it might have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from gitops_breakglass.core.rbac.aggregate import with_gathered
from gitops_breakglass.core.read.cluster_config import read_cluster_config
from gitops_breakglass.core.read.configuration import read_configuration
from gitops_breakglass.core.read.debug_side import read_debug_side
from gitops_breakglass.core.read.deny import read_deny, unreadable_deny
from gitops_breakglass.core.read.escalation import read_escalation
from gitops_breakglass.core.read.identities import read_identities
from gitops_breakglass.core.read.identity_provider import read_identity_provider
from gitops_breakglass.core.read.kinds import CONFIGURATION, IDENTITIES
from gitops_breakglass.core.read.lost import Lost, lost_document
from gitops_breakglass.core.read.rbac import read_binding, read_role, read_subjects
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Location, in_order
from gitops_breakglass.model.policy import Escalation, PolicySide, Rbac

T = TypeVar("T")


def read_policy_side(
    documents: Sequence[Document], *, commit: str, lost: Sequence[Lost] = (), shipped: Sequence[DenyPolicy] = ()
) -> Read[PolicySide]:
    """Read the policy side out of documents that their schemas accept; `lost` is what could not be used before.

    `shipped` are the deny policies that hold beside its own, as far as its configuration leaves them on.

    There is none without a readable configuration and identities. Anything else that is broken loses itself only,
    but for what restricts: a deny policy that can't be read applies to everything, where a binding can't be read, no role
    is taken to hold for the whole cluster, and no debug template is offered that a lost binding may be for. Of several documents with one name none counts.
    """
    findings: list[Finding] = []
    single, twice = _without_doubles(documents, findings)
    lost = (*lost, *(_lost(document) for document in twice if document.kind != "DenyPolicy"))
    configuration = _only(single, "Configuration", CONFIGURATION, read_configuration, findings)
    identities = _only(single, "Identities", IDENTITIES, read_identities, findings)
    timeout = configuration.approval_timeout if configuration else None
    as_escalation = partial(read_escalation, approval_timeout=timeout) if timeout else read_escalation
    lost_bindings: list[Lost] = []
    rbac = Rbac(
        roles=with_gathered(_each(single, {"ClusterRole", "Role"}, read_role, findings)),
        bindings=_each(single, {"ClusterRoleBinding", "RoleBinding"}, read_binding, findings, lost_bindings),
    )
    lost = (*lost, *lost_bindings)
    escalations = _each(single, {"BreakglassEscalation"}, as_escalation, findings)
    clusters = _each(single, {"ClusterConfig"}, read_cluster_config, findings)
    providers = _each(single, {"IdentityProvider"}, read_identity_provider, findings)
    deny = _deny([*single, *twice], lost, findings)
    escalations = _bound_only(escalations, rbac, lost, findings)
    debug = read_debug_side(single, lost, findings)
    if configuration is None or identities is None:
        return Read(None, in_order(findings))
    return Read(
        PolicySide(
            commit=commit,
            configuration=configuration,
            identities=identities,
            clusters={cluster.name: cluster for cluster in clusters},
            escalations=escalations,
            identity_providers={provider.name: provider for provider in providers},
            rbac=rbac,
            deny=(*deny, *(each for each in shipped if each.name not in configuration.defaults_off)),
            shipped=tuple(shipped),
            debug=debug,
            findings=in_order(findings),
        ),
        in_order(findings),
    )


def _key(document: Document) -> tuple[str, str, str]:
    namespace = Reading(document).text("metadata", "namespace")
    # Of upstream's namespaced kinds only bindings are told apart by their namespaces.
    apart = document.kind in {"Role", "RoleBinding", "DebugSessionClusterBinding"}
    return document.kind, (namespace or "") if apart else "", document.name


def _without_doubles(
    documents: Sequence[Document], findings: list[Finding]
) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """Part the documents whose names are their own from those that share one."""
    often = Counter(_key(document) for document in documents)
    twice = tuple(document for document in documents if often[_key(document)] > 1)
    for document in twice:
        findings.append(
            Finding(
                "duplicate-name",
                f"there are several {document.kind} documents {document.name}".rstrip(),
                document.at("metadata", "name"),
                hint="none of them counts until one is left",
            )
        )
    return tuple(document for document in documents if often[_key(document)] == 1), twice


def _only(
    documents: Iterable[Document],
    kind: str,
    path: str,
    read: Callable[[Document], Read[T]],
    findings: list[Finding],
) -> T | None:
    found = [document for document in documents if document.kind == kind and document.path == path]
    if len(found) != 1:
        findings.append(
            Finding(
                "policy-incomplete",
                f"there is no readable {kind} in {path}",
                Location(path),
                hint="without it nothing can be judged or granted",
            )
        )
        return None
    result = read(found[0])
    findings.extend(result.findings)
    return result.value


def _each(
    documents: Iterable[Document],
    kinds: set[str],
    read: Callable[[Document], Read[T]],
    findings: list[Finding],
    lost: list[Lost] | None = None,
) -> tuple[T, ...]:
    values = []
    for document in documents:
        if document.kind in kinds:
            result = read(document)
            findings.extend(result.findings)
            if result.value is not None:
                values.append(result.value)
            elif lost is not None:
                lost.append(_lost(document))
    return tuple(values)


def _deny(documents: Iterable[Document], lost: Iterable[Lost], findings: list[Finding]) -> tuple[DenyPolicy, ...]:
    policies = [read_deny(document) for document in documents if document.kind == "DenyPolicy"]
    for each in lost:
        if each.deny:
            policies.append(unreadable_deny(each.name, each.location))
            findings.append(
                Finding(
                    "unreadable-policy",
                    "a deny policy here can't be read, so it is taken to forbid everything",
                    each.location,
                    hint="no request is granted until it is repaired",
                )
            )
    return tuple(policies)


def _lost(document: Document) -> Lost:
    subjects = read_subjects(Reading(document), "subjects")
    return lost_document(document, groups=frozenset(each.name for each in subjects if each.kind == "Group"))


def _bound_only(
    escalations: Iterable[Escalation], rbac: Rbac, lost: Sequence[Lost], findings: list[Finding]
) -> tuple[Escalation, ...]:
    """Leave out the escalations of groups that no readable binding names and that a lost one may have been for.

    A group without any binding has the role of its name everywhere; losing its binding must not come to that.
    """
    bound = {subject.name for binding in rbac.bindings for subject in binding.subjects if subject.kind == "Group"}
    kept = []
    for escalation in escalations:
        gone = next((each for each in lost if each.may_bind(escalation.group)), None)
        if gone is None or escalation.group in bound:
            kept.append(escalation)
            continue
        findings.append(
            Finding(
                "unreadable-policy",
                f"a role binding ({gone.location}) can't be used, so where the rights of {escalation.group} hold is not known",
                escalation.location,
                hint=f"escalation {escalation.name} is not offered until the binding is repaired",
            )
        )
    return tuple(kept)
