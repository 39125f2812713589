"""`Breakglass` files: requests that name their own roles and rules, as the reference and as its operator write them."""

from __future__ import annotations

from gitops_breakglass.core.read.rbac import read_rules, read_subjects
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule


def read_breakglass(document: Document, request: RequestId) -> Read[BreakglassRequest]:
    """Read the Breakglass that is in the request's file."""
    reading = Reading(document)
    required = reading.flag("spec", "approval", "required")
    return reading.done(
        BreakglassRequest(
            id=request,
            document=document,
            schedule=_schedule(reading),
            cluster_roles=tuple(dict.fromkeys(reading.texts("spec", "clusterRoles"))),
            policy=_policy(reading),
            subjects=read_subjects(reading, "spec", "subjects"),
            # Only a plain `false` takes the approval away.
            approval_required=required is not False,
            approvers=reading.texts("spec", "approval", "approvers"),
            justification=reading.text("spec", "justification") or "",
            ticket=reading.text("spec", "ticketID") or "",
        )
    )


def _schedule(reading: Reading) -> Schedule:
    return Schedule(
        duration=reading.duration("spec", "schedule", "duration"),
        start=reading.start("spec", "schedule", "start"),
        end=reading.time("spec", "schedule", "end"),
        cron=reading.text("spec", "schedule", "cron"),
        location=reading.text("spec", "schedule", "location"),
        max_activations=reading.number("spec", "schedule", "maxActivations"),
    )


def _policy(reading: Reading) -> tuple[NamespaceRules, ...]:
    return tuple(
        NamespaceRules(
            namespace=reading.text("spec", "policy", index, "namespace") or "",
            rules=read_rules(reading, "spec", "policy", index, "rules"),
        )
        for index in range(reading.count("spec", "policy"))
    )
