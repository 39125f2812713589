"""Deny policies compiled into what one cluster can enforce for one grant: subtract, guard, enumerate, or refuse."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.deny.compile.memory import Memory, memory_of
from gitops_breakglass.core.deny.compile.needs import needs_of
from gitops_breakglass.core.deny.compile.plan import plan_of
from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.model.deny import Circumstances, DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import NO_GUARD, Compiled, DenyFacts, InstalledGuard, Needs
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery

__all__ = ["compile_denies", "needs"]


def needs(
    scopes: Sequence[ScopedRules],
    policies: Sequence[DenyPolicy],
    under: Circumstances,
    *,
    override: PodOverride | None,
    discovery: Discovery,
    guard: InstalledGuard = NO_GUARD,
) -> Needs:
    """Return which facts of the cluster `compile_denies` takes for this grant, with the guard that is installed there."""
    concerned = _concerned(policies, under)
    if not all(each.is_readable for each in concerned):
        return Needs()
    return needs_of(plan_of(scopes, concerned, override, discovery, guard), guard)


def compile_denies(
    scopes: Sequence[ScopedRules],
    policies: Sequence[DenyPolicy],
    under: Circumstances,
    *,
    override: PodOverride | None,
    discovery: Discovery,
    facts: DenyFacts,
) -> Compiled:
    """Return what the policies leave of a grant, and how each of them is held there.

    `scopes` come without what is never granted. Compiling what was `kept` again keeps the same: a later run has less
    only where the policies deny more by then. Facts that `needs` did not ask for change nothing.
    """
    memory: Memory = memory_of(facts, discovery)
    return memory.compiled(tuple(scopes), _concerned(policies, under), override)


def _concerned(policies: Sequence[DenyPolicy], under: Circumstances) -> tuple[DenyPolicy, ...]:
    return tuple(each for each in policies if in_scope(each.scope, under))
