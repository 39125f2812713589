"""`freeze.yaml`: the kill switch, which holds everywhere unless it says otherwise and can be read."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import Freeze


def read_freeze(documents: Sequence[Document]) -> Freeze:
    """Return what the file says; whatever can't be read of it leaves it in force on every cluster.

    `documents` are those of the file that its schema accepts.
    """
    if len(documents) != 1:
        return Freeze()
    reading = Reading(documents[0])
    # An empty list names no cluster: who writes that has not finished writing.
    return Freeze(reading.texts("clusters"), reading.text("reason") or "")


def holds_on(freeze: Freeze, cluster: str) -> bool:
    """Whether a kill switch that is there is about this cluster."""
    return not freeze.clusters or matches_any(freeze.clusters, cluster)


def because(freeze: Freeze) -> str:
    """Return the reason that it gives, in brackets after a space; nothing where it gives none."""
    return f" ({freeze.reason})" if freeze.reason else ""
