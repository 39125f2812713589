"""What a log tells of an outcome: the same words and facts, whichever actor it was of."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.model.errors import RefusedBy, Refuser
from gitops_breakglass.model.event import Fact
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Remained, Skipped, StillOpen
from gitops_breakglass.model.window import print_time

_WHO = {
    Refuser.WEBHOOK: "the admission webhook {} refused it or could not be asked",
    Refuser.POLICY: "the admission policy {} refused it",
    Refuser.PERMISSION: "a permission is missing",
    Refuser.CREDENTIALS: "the credentials were not accepted",
    Refuser.NAMESPACE: "its namespace {} is being deleted",
    Refuser.FINALIZER: "the finalizer {} keeps it",
}


def facts_of(outcome: Outcome) -> tuple[str, Mapping[str, Fact]]:
    """Return the word for what happened, and what there is to know of it; no fact names a person."""
    about: dict[str, Fact] = {"object": str(outcome.key), "request": outcome.request}
    match outcome:
        case Applied(verb=verb, late=late):
            return verb.value, {**about, "lateSeconds": None if late is None else round(late, 3)}
        case Failed(by=by):
            return "failed", {
                **about,
                "accessMayStillHold": outcome.still_grants,
                "trouble": outcome.trouble.value,
                "refuser": by.what.value if by else None,
                "refuserName": by.name or None if by else None,
                "refusedBy": _who(by) if by else None,
                "why": outcome.error,
                "hint": outcome.hint,
            }
        case Skipped(why=why):
            return "skipped", {**about, "why": why}
        case StillOpen(stream=stream):
            # Who it is stands in the audit log, and in the record.
            call = {"call": str(stream.target), "since": print_time(stream.since), "auditID": stream.audit_id}
            return "open", {**about, **call}
        case Remained(container=container, why=why):
            return "remains", {**about, "container": container, "why": why}


def _who(by: RefusedBy) -> str:
    return " ".join(_WHO[by.what].format(by.name).split())
