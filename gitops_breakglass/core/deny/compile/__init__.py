"""Deny policies compiled into what one cluster can enforce for one grant: subtract, guard, enumerate, or refuse.

`compile_denies` is the one way in; `needs` tells which facts it will take. Read in this order:

- `rights.py`: what a grant holds, as cells by place ("" is the whole cluster).
- `denial.py`, `pod_denial.py`: what policies deny of that, rule by rule; `requests.py`: what of a request anybody gets to see.
- `analysis.py`: all of it for one grant, before any fact of the cluster is known; `needs.py`: which facts that takes.
- `compose.py`: the grant as it is given, by the facts (`facts.py`). It moves rights that can only be cut by namespace
  (`per_namespace.py`), chooses the means for each verb (`means.py`), and then has them done: `subtract.py`, `guard.py`,
  `enumerate.py`, `refuse.py`, no further than `bounds.py` allows.
- `status.py`, `notes.py`, `words.py`: what is told of it.
- `memory.py`, `identity.py`: that grants which are alike are compiled once. Nothing else hangs on them.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.deny.compile.analysis import analysis_of
from gitops_breakglass.core.deny.compile.identity import ByIdentity, PolicyByIdentity, in_order
from gitops_breakglass.core.deny.compile.memory import memory_of
from gitops_breakglass.core.deny.compile.needs import needs_of
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
    analysis = analysis_of(tuple(scopes), _concerned(policies, under), override, ByIdentity(discovery), guard)
    return needs_of(analysis, guard) if all(each.is_readable for each in analysis.policies) else Needs()


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
    return memory_of(ByIdentity(facts)).compiled(
        tuple(scopes), _concerned(policies, under), override, ByIdentity(discovery)
    )


def _concerned(policies: Sequence[DenyPolicy], under: Circumstances) -> tuple[PolicyByIdentity, ...]:
    return in_order([each for each in policies if in_scope(each.scope, under)])
