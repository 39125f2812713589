"""`DebugSessionTemplate` documents, in the dialect of the use cases and in upstream's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.debug_offer import DebugTemplate, Mode
from gitops_breakglass.model.document import Document, Node, Path
from gitops_breakglass.model.window import parse_duration

DURATIONS: tuple[Path, ...] = (
    ("spec", "constraints", "maxDuration"),
    ("spec", "constraints", "defaultDuration"),
    ("spec", "gracePeriodBeforeExpiry"),
    ("spec", "kubectlDebug", "podCopy", "ttl"),
)
"""Where templates and bindings have durations."""
_NOT_USED = frozenset(
    {
        ("audit",),
        ("deprecated",),
        ("deprecationMessage",),
        ("description",),
        ("displayName",),
        ("displayNamePrefix",),
        ("expirationBehavior",),
        ("gracePeriodBeforeExpiry",),
        ("hidden",),
        ("impersonation",),
        ("notification",),
        ("priority",),
        ("terminalSharing",),
        ("approvalReason", "description"),
        ("approvalReason", "mandatoryForRejection"),
        ("auxiliaryResources", "description"),
        ("constraints", "allowRenewal"),
        ("constraints", "maxRenewals"),
        ("constraints", "renewalLimit"),
        ("extraDeployVariables", "advanced"),
        ("extraDeployVariables", "description"),
        ("extraDeployVariables", "displayName"),
        ("extraDeployVariables", "group"),
        ("extraDeployVariables", "options", "description"),
        ("extraDeployVariables", "options", "displayName"),
        ("requestReason", "description"),
        ("requestReason", "suggestedReasons"),
        ("schedulingOptions", "options", "description"),
        ("schedulingOptions", "options", "displayName"),
    }
)
"""Fields by which no session is made, below `spec` and through lists; rules tell of those that promise something."""


def read_debug_template(document: Document) -> Read[DebugTemplate]:
    """Read a template. Its terms are taken from `spec` where a request asks for them: a binding may narrow them first."""
    reading = Reading(document)
    report_durations(reading)
    return reading.done(
        DebugTemplate(
            name=document.name,
            document=document,
            spec=spec_of(reading, "displayName"),
            mode=Mode(reading.text("spec", "mode") or Mode.WORKLOAD),
            pod=pod_template_of(reading) or "",
        )
    )


def pod_template_of(reading: Reading) -> str | None:
    """Return the DebugPodTemplate that a session template names, as upstream's object or as text."""
    return reading.text("spec", "podTemplateRef", "name") or reading.text("spec", "podTemplateRef")


def spec_of(reading: Reading, *used: str) -> Mapping[str, Node]:
    """Return a document's `spec` as it was written, without what is for people to read or not done here; `used` stays."""
    spec = reading.node("spec")
    left_out = _NOT_USED - {(name,) for name in used}
    return cast("Mapping[str, Node]", _without(left_out, spec, ())) if isinstance(spec, Mapping) else {}


def _without(left_out: frozenset[tuple[str, ...]], node: Node, at: tuple[str, ...]) -> Node:
    if isinstance(node, list | tuple):
        return [_without(left_out, each, at) for each in node]
    if isinstance(node, Mapping):
        return {key: _without(left_out, each, (*at, key)) for key, each in node.items() if (*at, key) not in left_out}
    return node


def report_durations(reading: Reading) -> None:
    """Tell of durations that have the form of one and can't be read, such as `1h2d`: by those nothing is bounded."""
    for path in DURATIONS:
        text = reading.text(*path)
        try:
            parse_duration(text or "1s")
        except ValueError:
            reading.report(
                "debug-duration",
                f"{'.'.join(map(str, path))} is no duration: {text!r}",
                *path,
                hint="a positive duration of at most 365 days, days first, such as 30m, 2h or 1d12h",
            )
