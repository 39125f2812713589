"""Deny policies compiled into what one cluster can enforce for one grant: subtract, guard, enumerate, or refuse."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.deny.compile.memory import memory_of
from gitops_breakglass.core.deny.compile.needs import needs_of
from gitops_breakglass.core.deny.compile.plan import plan_of
from gitops_breakglass.core.deny.compile.same import Same, SamePolicy, in_order
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
    plan = plan_of(tuple(scopes), _concerned(policies, under), override, Same(discovery), guard)
    return needs_of(plan, guard) if all(each.is_readable for each in plan.policies) else Needs()


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
    return memory_of(Same(facts)).compiled(tuple(scopes), _concerned(policies, under), override, Same(discovery))


def _concerned(policies: Sequence[DenyPolicy], under: Circumstances) -> tuple[SamePolicy, ...]:
    return in_order([each for each in policies if in_scope(each.scope, under)])
