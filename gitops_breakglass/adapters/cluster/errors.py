"""What an API server answers, as our errors with a next step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gitops_breakglass.model.errors import (
    BreakglassError,
    ConflictError,
    ForbiddenError,
    GoneError,
    RefusedBy,
    RefusedError,
    Refuser,
    UnreachableError,
)

BUSY = 429
TOO_OLD = 410
TRANSIENT = frozenset({500, 502, 503, 504})

_FAILED_TEST = "the server rejected our request due to an error in our request"
_LONGEST = 600
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_POLICY = re.compile(r"ValidatingAdmissionPolicy '([^']*)'")
_TERMINATING = re.compile(r"in namespace (\S+) because it is being terminated")
_WEBHOOK = re.compile(r'(?:admission webhook|calling webhook) "([^"]*)"')


class TooOldError(RefusedError):
    """The API server no longer has what was asked for: what has come since then has to be listed anew."""


def problem_of(status: int, body: Mapping[str, Any], doing: str) -> BreakglassError:
    """Return the error for an answer that is no success; `doing` says where and what: `prod: create Role shop/bg-x`."""
    said = spoken(body.get("message")) or f"HTTP {status} without a message"
    message = f"{doing}: {said}"
    if is_transient(status, body):
        return UnreachableError(message, hint="the API server can't answer now; the next run tries again")
    match status:
        case 404:
            return GoneError(message, hint="someone else removed it, or the API server does not serve this kind")
        case _ if status == 409 or _is_another(status, body):
            return ConflictError(message, hint="look at what is there now; it is left as it is")
        case 401:
            return ForbiddenError(
                message,
                hint="the credentials were not accepted: renew the token or certificate",
                by=RefusedBy(Refuser.CREDENTIALS),
            )
        case _ if status == TOO_OLD:
            return TooOldError(message, hint="list it anew")
        case 403:
            by = _refused_by(status, said)
            return ForbiddenError(message, hint=_hint(by, status, said), by=by)
        case _:
            by = _refused_by(status, said)
            return RefusedError(message, hint=_hint(by, status, said), by=by)


def _is_another(status: int, body: Mapping[str, Any]) -> bool:
    """Whether a patch failed since its uid is not the object's: a server calls that invalid, not a conflict."""
    details = body.get("details") or {}
    fields = [each.get("field") for each in details.get("causes") or ()]
    # A failed test of a JSON patch comes without any field.
    return status == 422 and (set(fields) == {"metadata.uid"} or body.get("message") == _FAILED_TEST)


def is_transient(status: int, body: Mapping[str, Any]) -> bool:
    """Whether the same call may succeed in a moment.

    A webhook that can't be called is none of these: it refuses each call until someone repairs it.
    """
    return status == BUSY or (status in TRANSIENT and not _WEBHOOK.search(str(body.get("message"))))


def spoken(text: object) -> str:
    """Return what a server said as one line of bounded length without control characters."""
    line = _CONTROL.sub(" ", text if isinstance(text, str) else "").strip()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _refused_by(status: int, said: str) -> RefusedBy | None:
    if found := _POLICY.search(said):
        return RefusedBy(Refuser.POLICY, found[1])
    if found := _WEBHOOK.search(said):
        return RefusedBy(Refuser.WEBHOOK, found[1])
    if found := _TERMINATING.search(said):
        return RefusedBy(Refuser.NAMESPACE, found[1])
    return RefusedBy(Refuser.PERMISSION) if status == 403 else None


def _hint(by: RefusedBy | None, status: int, said: str) -> str:
    match by:
        case RefusedBy(what=Refuser.POLICY, name=name):
            return (
                f"The admission policy {name} refused it. Where that is one of ours, the object or the change is "
                "outside what it lets through; else ask whoever keeps the policy."
            )
        case RefusedBy(what=Refuser.WEBHOOK, name=name):
            return f"the admission webhook {name} refused it or could not be asked: see to the webhook"
        case _ if "not currently held" in said:
            return (
                "This lies above the ceiling, the rights that the reconciler itself holds: an administrator runs "
                "`gitops-breakglass install` again, which fits the ceiling to the policy side."
            )
        case RefusedBy(what=Refuser.NAMESPACE):
            return "the namespace is being deleted: wait until it is gone, or grant in another one"
        case RefusedBy(what=Refuser.PERMISSION):
            return "A permission is missing: an administrator runs `gitops-breakglass install` again, or binds the role it made."
        case _ if status in {400, 422}:
            return "the API server holds the object for invalid: the message names the field"
        case _:
            return "the API server does not take this call"
