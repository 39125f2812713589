"""Reads a request file by itself, wherever it lies, for its times alone: what `preview` needs of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.debug.offer import possible_offers
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.read.breakglass import read_breakglass
from gitops_breakglass.core.read.debug_session import read_debug_session
from gitops_breakglass.core.read.reading import Read
from gitops_breakglass.core.read.session import read_session
from gitops_breakglass.core.rules import ALL_RULES
from gitops_breakglass.core.validate import ParsedFile, Schemas, the_document
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, in_order
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.policy import Audience, Configuration, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, RequestId, SessionRequest
from gitops_breakglass.model.window import LONGEST

_RULES = frozenset({"InvalidCronExpression", "InvalidDuration", "InvalidTimezone", "schedule-contradicts"})
"""The rules that are about times alone."""
NOWHERE = PolicySide(
    "",
    Configuration(Provider.LOCAL, "", Audience(), min_duration=timedelta(), max_duration=LONGEST),
    Identities((), ()),
)
"""Stands for the policy side of a file that lies in no access repository: it offers nothing, and bounds nothing."""


def read_times(file: ParsedFile, policy: PolicySide, *, schemas: Schemas, cluster: str | None = None) -> Read[Request]:
    """Read the request of a file wherever it lies; no value where anything that its times rest on is an error.

    `cluster` is the one that it is for, where its place in an access repository says so.
    """
    found = the_document(file, schemas=schemas)
    if found.value is None:
        return Read(None, in_order(found.findings))
    read = _read(found.value, RequestId(cluster or "", found.value.name))
    findings = [*found.findings, *read.findings]
    if read.value is not None:
        findings += _about_times(read.value, policy)
    is_broken = any(finding.is_error for finding in findings)
    return Read(None if is_broken else read.value, in_order(findings))


def length_of(request: Request, policy: PolicySide) -> timedelta | None:
    """Return how long each window lasts; None where the file leaves it to an escalation or template that is not known here.

    Of a debug session whose binding hangs on the time of its decision it is the shortest that it may be.
    """
    if isinstance(request, BreakglassRequest):
        return request.schedule.duration
    if request.duration is not None:
        return request.duration
    if isinstance(request, DebugRequest):
        offered = [each.default_duration for each in possible_offers(request, policy)]
        return min((*offered, policy.configuration.max_duration)) if offered else None
    found = candidates(request, policy)
    return min(found[0].max_valid_for, policy.configuration.max_duration) if len(found) == 1 else None


def _read(
    document: Document, request: RequestId
) -> Read[SessionRequest] | Read[DebugRequest] | Read[BreakglassRequest]:
    match document.kind:
        case "Breakglass":
            return read_breakglass(document, request)
        case "DebugSession":
            return read_debug_session(document, request)
        case _:
            return read_session(document, request)


def _about_times(request: Request, policy: PolicySide) -> Iterator[Finding]:
    for rule in ALL_RULES:
        if rule.id in _RULES and rule.on_request is not None:
            yield from rule.on_request(request, policy)
