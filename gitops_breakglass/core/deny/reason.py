"""The reason that a policy's author wrote for a threshold, with what was found in the pod put in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gitops_breakglass.model.deny import Pod

_ACTION = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")


def told(reason: str, score: int, factors: Sequence[str], pod: Pod) -> str:
    """Put score, risks, name and namespace of the pod into a reason; "" where nothing is left of it."""
    said = {"Score": str(score), "Factors": ", ".join(factors), "Pod": pod.name, "Namespace": pod.namespace}
    return _ACTION.sub(lambda found: said.get(found[1], "<no value>"), reason)
