"""The reason that a policy's author wrote for a threshold, with what was found in the pod put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from gitops_breakglass.model.deny import Pod

if TYPE_CHECKING:
    from gitops_breakglass.core.go_template.parsing import Template
    from gitops_breakglass.core.go_template.printing import Value


def told(reason: str, score: int, factors: Sequence[str], pod: Pod) -> str:
    """Render a reason; the text as it stands where that fails, and "" where nothing is left of it."""
    # Most say what they say to everybody.
    if "{{" not in reason:
        return reason
    # `check` scores no pods, and starts without what renders templates.
    from gitops_breakglass.core.go_template.error import TemplateError
    from gitops_breakglass.core.go_template.rendering import render

    template = _parsed(reason)
    if template is None:
        return reason
    data: Mapping[str, Value] = {
        "Score": score,
        "Factors": ", ".join(factors),
        "Pod": pod.name,
        "Namespace": pod.namespace,
    }
    try:
        return render(template, data)
    except TemplateError:
        return reason


@lru_cache(maxsize=256)
def _parsed(reason: str) -> Template | None:
    from gitops_breakglass.core.go_template.error import TemplateError
    from gitops_breakglass.core.go_template.parsing import parse

    try:
        return parse(reason)
    except TemplateError:
        return None
