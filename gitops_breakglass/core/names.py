"""Names and uids: of requests, of their records, and of the objects of their grants."""

from __future__ import annotations

import hashlib
from datetime import datetime

from gitops_breakglass.model.kube import PREFIX
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import print_time

_STEM = 40
_HASH = 10
_SESSION_STEM = 20
"""Short, since ReplicaSets and pods have names that begin with it and go on for 17 characters."""
_LABEL = 63


def request_uid(repository: str, path: str, landing: str) -> str:
    """Return what names one request for good: the same file added again elsewhere or later has another."""
    return _hash(repository, path, landing)[:32]


def record_name(request: RequestId, uid: str) -> str:
    """Return the name of the request's record."""
    return f"{PREFIX}{_stem(request)}-{_hash('record', uid)[:_HASH]}"


def grant_name(request: RequestId, uid: str, namespace: str, start: datetime) -> str:
    """Return the name of the Role and of the binding for one namespace (or the whole cluster) and one window."""
    return f"{PREFIX}{_stem(request)}-{_hash('grant', uid, namespace, print_time(start))[:_HASH]}"


def binding_name(request: RequestId, uid: str, namespace: str, start: datetime, subject: Subject) -> str:
    """Return the name of the binding of one more person of a session to the Role of that namespace and window."""
    person = (subject.kind, subject.namespace, subject.name)
    return f"{PREFIX}{_stem(request)}-{_hash('person', uid, namespace, print_time(start), *person)[:_HASH]}"


def session_name(repository: str, request: RequestId) -> str:
    """Return the name of a debug session on its cluster, which the names of all that it makes begin with.

    It does not depend on the merge, so that reviewers see the names that will be there; a request's name is burned with
    its first use, so no other session of the repository ever has it.
    """
    return f"{PREFIX}{request.name[:_SESSION_STEM].rstrip('-')}-{_hash('session', repository, str(request))[:_HASH]}"


def session_object_name(session: str, what: str) -> str:
    """Return the name of an object of a session: at most 63 characters, which pods and labels may have."""
    name = f"{session}-{what}"
    return name if len(name) <= _LABEL else f"{name[: _LABEL - _HASH - 1].rstrip('-.')}-{_hash(name)[:_HASH]}"


def _stem(request: RequestId) -> str:
    return request.name[:_STEM].rstrip("-")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
