"""Cases of deny policies, each a document with a review, what it is judged by, and the answer that is expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from gitops_breakglass.core.read.deny import read_deny, read_override
from gitops_breakglass.core.read.part import part
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.core.read.reading import Read, Reading, texts_of
from gitops_breakglass.core.read.review import read_review
from gitops_breakglass.model.deny import Answer, Circumstances, DenyPolicy, Pod, PodOverride
from gitops_breakglass.model.document import Document, Node
from gitops_breakglass.model.finding import Finding, Severity, in_order
from gitops_breakglass.model.policy_case import Expected, PolicyCase

if TYPE_CHECKING:
    from gitops_breakglass.core.validate import Schemas

Fits = Callable[[Document], tuple[Finding, ...]]
"""What the schema of cases refuses in a document."""
_TYPE: Mapping[str, Node] = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1", "kind": "DenyPolicy"}
_POD = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
_SCORED = frozenset(
    {"containers", "initContainers", "ephemeralContainers", "volumes", "hostNetwork", "hostPID", "hostIPC"}
)


def read_case(
    document: Document, *, fits: Fits, schemas: Schemas, tenants: Mapping[str, str | None] = MappingProxyType({})
) -> Read[PolicyCase]:
    """Read a case; `tenants` are those of the clusters that are known. Without a value there are findings that say why."""
    if findings := fits(document):
        return Read(None, findings)
    reading = Reading(document)
    review = read_review(part(document, "review"), labels=_labels(reading), is_known=True)
    policies, about = _policies(reading, schemas)
    findings = in_order((*review.findings, *about, *about_pod(part(document, "pod"), "pod")))
    if review.value is None or any(finding.is_error for finding in findings):
        return Read(None, findings)
    ask = review.value
    cluster = reading.text("cluster") or ""
    return Read(
        PolicyCase(
            name=reading.text("name") or "",
            location=document.at(),
            ask=ask,
            under=Circumstances(
                cluster=cluster,
                tenant=reading.text("tenant") if "tenant" in document.data else tenants.get(cluster),
                session=reading.text("request") or "",
                escalation=reading.text("escalation"),
            ),
            expected=_expected(reading),
            pod=pod_of(reading.node("pod"), namespace=ask.namespace, name=ask.name),
            policies=policies,
            override=_override(reading),
            has_override="override" in document.data,
        ),
        findings,
    )


def about_pod(document: Document, called: str) -> tuple[Finding, ...]:
    """Return what there is to say of fields that no pod has, and that are not scored.

    They are no matter to an API server, but what should have stood in `spec` would make a pod look harmless.
    """
    odd = sorted(set(document.data) - _POD)
    lost = set(odd) & _SCORED if isinstance(document.data.get("spec"), Mapping) else set(odd)
    hint = "what is scored stands in `spec`; a pod has apiVersion, kind, metadata, spec and status"
    return tuple(
        Finding(
            "unreadable-pod",
            f"`{called}` has no field `{name}`",
            document.at(name),
            Severity.ERROR if name in lost else Severity.WARNING,
            hint,
        )
        for name in odd
    )


def pod_of(node: Node, *, namespace: str, name: str) -> Pod | None:
    """Return the pod of a manifest, which lies where the review says unless it says so itself; None for anything else."""
    if not isinstance(node, Mapping):
        return None
    metadata = node.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        return None
    said = {key: value for key, value in (metadata or {}).items() if value not in (None, "")}
    return read_pod({**node, "metadata": {"namespace": namespace, "name": name, **said}})


def _labels(reading: Reading) -> Mapping[str, str] | None:
    node = reading.node("namespaceLabels")
    return {key: str(value) for key, value in node.items()} if isinstance(node, Mapping) else None


def _policies(reading: Reading, schemas: Schemas) -> tuple[tuple[DenyPolicy, ...] | None, Sequence[Finding]]:
    if not reading.has("policies"):
        return None, ()
    documents = [_policy(reading.document, index) for index in range(reading.count("policies"))]
    findings = [finding for each in documents for finding in _about(each, schemas)]
    if any(finding.is_error for finding in findings):
        return (), findings
    return tuple(read_deny(each) for each in documents), findings


def _policy(case: Document, index: int) -> Document:
    """Return a policy of a case, of which it is known what it is where it does not say so itself."""
    document = part(case, "policies", index)
    said = {key: value for key, value in document.data.items() if key not in _TYPE or value not in (None, "")}
    return replace(document, data={**_TYPE, **said})


def _about(document: Document, schemas: Schemas) -> tuple[Finding, ...]:
    if document.kind != _TYPE["kind"] and document.kind and document.api_version:
        message = f"a case is judged by documents of kind DenyPolicy, and this is a {document.kind}"
        return (Finding("unreadable-case", message, document.at("kind"), hint="take it out"),)
    return schemas.asked(document)


def _override(reading: Reading) -> PodOverride | None:
    node = reading.node("override")
    return read_override(Reading(Document("", {"spec": {"podSecurityOverrides": node}})))


def _expected(reading: Reading) -> Expected:
    decision = reading.text("expect", "decision")
    return Expected(
        given=frozenset(reading.keys("expect")),
        decision=None if decision is None else Answer(decision),
        policy=reading.text("expect", "policy"),
        reason=reading.text("expect", "reason"),
        score=reading.number("expect", "score"),
        factors=texts_of(reading.node("expect", "factors")),
    )
