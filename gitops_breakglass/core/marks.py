"""The marks by which every object of a grant is known, and by which it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import DECISION, DOMAIN, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST
from gitops_breakglass.model.window import print_time

PATH = f"{DOMAIN}/path"
"""Annotation: the file that asked for it."""


def metadata_of(
    statement: Statement, ends_at: datetime | None, digest: str, name: str, namespace: str
) -> dict[str, Any]:
    """Return the marks that every object of a grant has; only what gives no access may be without an end."""
    expires = {EXPIRES_AT: print_time(ends_at)} if ends_at is not None else {}
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "labels": {MANAGED_BY: MANAGER, REQUEST: statement.uid},
        "annotations": {**expires, DECISION: digest, PATH: statement.path},
    }
