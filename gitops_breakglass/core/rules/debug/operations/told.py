"""Telling what is refused of the operations of a debug session, each at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitops_breakglass.core.debug.operations.asked import asked_of
from gitops_breakglass.core.debug.operations.checks import CHECKS
from gitops_breakglass.core.debug.operations.terms import terms_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import DebugCheck
from gitops_breakglass.model.debug_offer import Mode
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest


def template_of(request: DebugRequest, policy: PolicySide) -> Reading | None:
    """Return the template that a request names, or None where there is none of that name."""
    found = policy.debug.templates.get(request.template)
    return None if found is None else Reading(found.document)


def mode_of(template: Reading) -> str:
    """Return the mode of a template."""
    return template.text("spec", "mode") or Mode.WORKLOAD


def told(rule: str) -> DebugCheck:
    """Return what tells the refusals of one check, under the rule's id, of every operation that a request asks for."""
    check = CHECKS[rule]

    def on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
        template = template_of(request, policy)
        # Of a template without operations there is one thing to tell, and another rule does.
        if template is None or mode_of(template) == Mode.WORKLOAD:
            return
        spec = template.node("spec")
        for asked in asked_of(request, terms_of(spec if isinstance(spec, Mapping) else {})):
            for refusal in check(asked):
                yield Finding(rule, refusal.message, asked.at(*refusal.path), hint=refusal.hint)

    return on_debug
