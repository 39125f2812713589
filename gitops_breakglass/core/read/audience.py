"""Who may request and who may approve, as every kind writes it."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.policy import Audience


def read_audience(reading: Reading, *path: str | int) -> Audience:
    """Return the users and groups below `path`; nobody where nothing is there."""
    return Audience(frozenset(reading.texts(*path, "users")), frozenset(reading.texts(*path, "groups")))
