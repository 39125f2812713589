"""`DebugPodTemplate` documents, in the dialect of the use cases and in upstream's."""

from __future__ import annotations

from gitops_breakglass.core.read.debug_template import spec_of
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.debug_offer import DebugPodTemplate
from gitops_breakglass.model.document import Document


def read_debug_pod_template(document: Document) -> Read[DebugPodTemplate]:
    """Read a pod template: `template`, `templateString` or, in the use cases, `podSpec`."""
    reading = Reading(document)
    return reading.done(DebugPodTemplate(name=document.name, document=document, spec=spec_of(reading)))
