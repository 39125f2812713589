"""The objects of workload mode, in the order of their making."""

from __future__ import annotations

from gitops_breakglass.core.debug.parts import Asking, Parts


def workload_parts(asking: Asking) -> Parts:
    """Return the namespace, limits, auxiliary resources and workload of a session."""
    raise NotImplementedError(asking.name)
