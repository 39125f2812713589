"""Parsed files, schemas and rules together: what there is to say of a repository, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gitops_breakglass.core.fields import Field
from gitops_breakglass.core.read.breakglass import read_breakglass
from gitops_breakglass.core.read.debug_session import read_debug_session
from gitops_breakglass.core.read.freeze import read_freeze
from gitops_breakglass.core.read.kinds import FREEZE
from gitops_breakglass.core.read.left import left_of, places_of
from gitops_breakglass.core.read.lost import Lost, lost_document, lost_file
from gitops_breakglass.core.read.place import as_request, on_policy_side
from gitops_breakglass.core.read.policy_side import read_policy_side
from gitops_breakglass.core.read.reading import Read
from gitops_breakglass.core.read.request_path import agrees, read_path
from gitops_breakglass.core.read.session import read_session
from gitops_breakglass.core.rules import ALL_RULES, DEBUG_CHECKS, REQUEST_CHECKS
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Location, Severity, in_order
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import (
    BreakglassRequest,
    DebugRequest,
    Request,
    RequestId,
    SessionRequest,
)
from gitops_breakglass.model.verdict import CLEAN, Verdict

_OF_SCHEMAS = {"schema", "InvalidCronExpression", "InvalidDuration", "InvalidTimezone"}
"""Rules that schemas name for what is wrong with a field."""
_BY_THE_MACHINE = tuple(rule.by_the_machine for rule in ALL_RULES if rule.by_the_machine)


class Schemas(Protocol):
    """What judges one document by the schema of its kind."""

    def validate(self, document: Document) -> tuple[Finding, ...]:
        """Return everything that the schema refuses."""
        ...

    def asked(self, document: Document) -> tuple[Finding, ...]:
        """Return the same as warnings where it is plain what the document means."""
        ...

    def told(self, document: Document) -> tuple[Field, ...]:
        """Return the fields of its kind that something is told about where they are set."""
        ...

    @property
    def shipped(self) -> Callable[[], tuple[DenyPolicy, ...]]:
        """What returns the deny policies that ship: they hold unless the policy side turns them off."""
        ...


@dataclass(frozen=True)
class ParsedFile:
    """One YAML file: its bytes, and what the loader made out of them."""

    path: str
    content: bytes
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all of it could be parsed."""
        return not any(finding.is_error for finding in self.findings)


def judge_policy(
    files: Sequence[ParsedFile], *, commit: str, schemas: Schemas
) -> tuple[PolicyFacts | None, tuple[Finding, ...]]:
    """Judge the policy side by schemas, readers and rules. Never stops at the first finding.

    Without a readable one no request can be judged by the rules, and a finding says so once.
    """
    side, documents = _policy(files, commit=commit, schemas=schemas)
    findings = list(side.findings)
    if side.value is None:
        return None, in_order(findings)
    facts = PolicyFacts(side.value, documents, schemas.told)
    findings += [each for rule in ALL_RULES if rule.on_policy for each in rule.on_policy(facts)]
    return facts, in_order(findings)


def verdict_on(file: ParsedFile, facts: PolicyFacts | None, *, schemas: Schemas) -> Verdict:
    """Judge one request file by everything there is, under what `judge_policy` made of the policy side."""
    read = validate_request(file, schemas=schemas)
    request = read.value
    if facts is None:
        return Verdict(read.findings)
    if request is None:
        return Verdict(in_order([*read.findings, *_beside(file, read.findings, facts, schemas)]))
    lasting = not any(by_the_machine(request) for by_the_machine in _BY_THE_MACHINE)
    findings = (*read.findings, *judge(request, facts.policy))
    return Verdict(in_order(findings), lasting=lasting) if findings or not lasting else CLEAN


def _beside(file: ParsedFile, known: Sequence[Finding], facts: PolicyFacts, schemas: Schemas) -> Iterator[Finding]:
    """Yield what there is to say of the fields of a request that its schema does not refuse.

    Whoever mends a file is to see everything at once. What is missing, or hangs on a field that is gone, is not told: only
    what is about a field that stands there.
    """
    refused = [finding for finding in known if finding.is_error]
    if len(file.documents) != 1 or any(finding.rule not in _OF_SCHEMAS for finding in refused):
        return
    left = left_of(file.documents[0], [finding.location for finding in refused])
    if left is None or schemas.validate(left):
        return
    verdict = verdict_on(replace(file, documents=(left,)), facts, schemas=schemas)
    places = places_of(left)
    yield from (finding for finding in verdict.findings if finding.location in places)


def validate_policy(files: Sequence[ParsedFile], *, commit: str, schemas: Schemas) -> Read[PolicySide]:
    """Read the policy side of a commit; no value where there is no readable configuration or identities."""
    return _policy(files, commit=commit, schemas=schemas)[0]


def validate_request(file: ParsedFile, *, schemas: Schemas) -> Read[Request]:
    """Read the one request that a file under `requests/` is; no value where anything about it is an error."""
    where = read_path(file.path)
    found = the_document(file, schemas=schemas)
    findings = [*found.findings, *where.findings]
    document = found.value
    if document is None or where.value is None or any(finding.is_error for finding in findings):
        return Read(None, in_order(findings))
    findings += agrees(document, where.value)
    read = _read(document, where.value)
    findings += read.findings
    broken = any(finding.is_error for finding in findings)
    return Read(None if broken else read.value, in_order(findings))


def the_document(file: ParsedFile, *, schemas: Schemas) -> Read[Document]:
    """Return the one document of a request's file; no value where its text, kind or form is an error."""
    if not file.is_whole:
        return Read(None, file.findings)
    if len(file.documents) != 1:
        message, hint = "a request file holds exactly one document", "one request, one file"
        return Read(None, (*file.findings, Finding("request-path", message, Location(file.path, 1, 1), hint=hint)))
    document = file.documents[0]
    findings = (*file.findings, *_about(as_request(document), document, schemas))
    return Read(None if any(finding.is_error for finding in findings) else document, findings)


def judge(request: Request, policy: PolicySide) -> tuple[Finding, ...]:
    """Return what the rules say of a request under a policy side; without errors it may be approved and granted."""
    found = [each for check in REQUEST_CHECKS for each in check(request, policy)]
    if isinstance(request, DebugRequest):
        found += [each for check in DEBUG_CHECKS for each in check(request, policy)]
    return in_order(found)


def _about(place: tuple[Finding, ...], document: Document, schemas: Schemas) -> tuple[Finding, ...]:
    """Return what there is to say of a document: where it has no business, its form does not matter."""
    return place if any(finding.is_error for finding in place) else (*place, *schemas.validate(document))


def _read(document: Document, request: RequestId) -> Read[Request]:
    read: Read[SessionRequest] | Read[DebugRequest] | Read[BreakglassRequest]
    match document.kind:
        case "BreakglassSession":
            read = read_session(document, request)
        case "DebugSession":
            read = read_debug_session(document, request)
        case _:
            read = read_breakglass(document, request)
    return Read(read.value, read.findings)


def _policy(
    files: Sequence[ParsedFile], *, commit: str, schemas: Schemas
) -> tuple[Read[PolicySide], tuple[Document, ...]]:
    findings: list[Finding] = []
    lost: list[Lost] = []
    usable: list[Document] = []
    for file in files:
        findings += file.findings
        if not file.is_whole:
            lost.append(lost_file(file.path, file.content, file.documents))
        kinds: set[str] = set()
        for document in file.documents:
            place = on_policy_side(document)
            if document.kind in kinds:
                # What is only to be known is told once for each kind in a file.
                place = tuple(each for each in place if each.severity is not Severity.NOTE)
            kinds.add(document.kind)
            about = _about(place, document, schemas)
            findings += about
            if any(finding.is_error for finding in about):
                lost.append(lost_document(document))
            else:
                usable.append(document)
    side = read_policy_side(usable, commit=commit, lost=lost, shipped=schemas.shipped())
    value = side.value
    if value is not None and any(file.path == FREEZE for file in files):
        value = replace(value, freeze=read_freeze([each for each in usable if each.path == FREEZE]))
    return Read(value, in_order([*findings, *side.findings])), tuple(usable)
