"""Names and uids: of requests, of their records, and of the objects of their grants."""

from __future__ import annotations

import hashlib
from datetime import datetime

from gitops_breakglass.model.kube import PREFIX
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import print_time

_STEM = 40
_HASH = 10


def request_uid(repository: str, path: str, landing: str) -> str:
    """Return what names one request for good: the same file added again elsewhere or later has another."""
    return _hash(repository, path, landing)[:32]


def record_name(request: RequestId, uid: str) -> str:
    """Return the name of the request's record."""
    return f"{PREFIX}{_stem(request)}-{_hash('record', uid)[:_HASH]}"


def grant_name(request: RequestId, uid: str, namespace: str, start: datetime) -> str:
    """Return the name of the Role and of the binding for one namespace (or the whole cluster) and one window."""
    return f"{PREFIX}{_stem(request)}-{_hash('grant', uid, namespace, print_time(start))[:_HASH]}"


def _stem(request: RequestId) -> str:
    return request.name[:_STEM].rstrip("-")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
