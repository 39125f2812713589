"""`DebugSessionClusterBinding` documents."""

from __future__ import annotations

from gitops_breakglass.core.read.debug_template import report_durations, spec_of
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.debug_offer import DebugBinding
from gitops_breakglass.model.document import Document

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def read_debug_binding(document: Document) -> Read[DebugBinding]:
    """Read a binding. Its terms are taken from `spec` where a request asks for them.

    It restricts what its templates offer, so one whose time or selector can't be read may not count as if it had none.
    """
    reading = Reading(document)
    report_durations(reading)
    for field in ("effectiveFrom", "expiresAt"):
        reading.time("spec", field)
    for field in ("templateSelector", "clusterSelector"):
        for index in range(reading.count("spec", field, "matchExpressions")):
            path = ("spec", field, "matchExpressions", index, "operator")
            operator = reading.text(*path)
            if operator not in _OPERATORS:
                reading.report(
                    "debug-binding-incomplete",
                    f"labels can't be selected by {operator!r}",
                    *path,
                    hint=f"write one of {', '.join(_OPERATORS)}",
                )
    return reading.done(
        DebugBinding(
            namespace=reading.text("metadata", "namespace") or "",
            name=document.name,
            document=document,
            spec=spec_of(reading),
        )
    )
