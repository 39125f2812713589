"""What the operations of a request come to, each in the order of the file."""

from __future__ import annotations

from gitops_breakglass.core.debug.parts import Asking, Parts
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.request import DebugRequest


def wanted_facts(request: DebugRequest) -> tuple[ObjectKey, ...]:
    """Return what has to be looked for on the cluster before its operations can be rendered: pods, nodes."""
    raise NotImplementedError(request.id)


def operation_parts(asking: Asking) -> Parts:
    """Return the ephemeral containers, pod copies and node pods of a session."""
    raise NotImplementedError(asking.name)
