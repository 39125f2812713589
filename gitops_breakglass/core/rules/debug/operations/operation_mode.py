"""A debug session asks for operations where its template is about some, and only there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.operations.told import mode_of, template_of
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.debug_offer import Mode
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "operation-mode"


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    template = template_of(request, policy)
    if template is None:
        return
    mode = mode_of(template)
    if request.operations and mode == Mode.WORKLOAD:
        yield Finding(
            _ID,
            f"sessions of {request.template} run pods of their own, and do nothing to others",
            request.document.at("spec", "operations"),
            hint="leave operations out, or choose a template of mode kubectl-debug or hybrid",
        )
    if not request.operations and mode == Mode.KUBECTL_DEBUG:
        yield Finding(
            _ID,
            f"a session of {request.template} is operations, and the file asks for none",
            request.document.at("spec"),
            hint="say as spec.operations what is to be done",
        )


RULE = Rule(
    _ID,
    "a debug session asks for operations where its template is about some",
    "In a session of pods nothing is done to others, and a session of operations that names none does nothing at all. "
    "Upstream takes operations once the session is there; here they are reviewed before, in the file.",
    on_debug=_on_debug,
)
