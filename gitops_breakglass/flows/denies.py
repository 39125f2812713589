"""What deny policies leave of a grant on one cluster: the policies that hold for it, the facts they take, and the compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.deny.selection import selected_by_all
from gitops_breakglass.model.enforcement import EVERYWHERE, Compiled, DenyFacts, Needs
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.rules import Discovery


@dataclass
class Look:
    """What a cluster holds, asked for once in a run and only as far as a grant takes it."""

    ask: Callable[[Needs], DenyFacts]
    _asked: Needs | None = None
    _facts: DenyFacts = field(default_factory=DenyFacts)

    def __call__(self, wanted: Needs) -> DenyFacts:
        """Return at least what is wanted. Raises UnreachableError or RefusedError."""
        asked = self._asked or Needs()
        missing = Needs(
            namespaces=wanted.namespaces and not asked.namespaces,
            pods=frozenset() if EVERYWHERE in asked.pods else wanted.pods - asked.pods,
            names=wanted.names - asked.names,
        )
        if self._asked is None or missing != Needs():
            found = self.ask(missing)
            facts = self._facts
            self._facts = replace(
                found,
                namespaces=facts.namespaces if found.namespaces is None else found.namespaces,
                pods=facts.pods if found.pods is None else {**(facts.pods or {}), **found.pods},
                names={**facts.names, **found.names},
            )
            self._asked = Needs(
                asked.namespaces or missing.namespaces, asked.pods | missing.pods, asked.names | missing.names
            )
        return self._facts


def held_by_policies(
    scopes: tuple[ScopedRules, ...],
    request: Request,
    source: str,
    policies: Sequence[PolicySide],
    *,
    discovery: Discovery,
    look: Look,
) -> Compiled:
    """Return what all these policy sides leave of the scopes; the last of them is the newest."""
    chosen = selected_by_all(request, source, policies)
    asked = partial(needs, scopes, chosen.policies, chosen.under, override=chosen.override, discovery=discovery)
    compiled = partial(
        compile_denies, scopes, chosen.policies, chosen.under, override=chosen.override, discovery=discovery
    )
    # Most grants only lose rights, exactly; what is live on the cluster, and what guards it, then makes no difference.
    if asked() == Needs():
        alone = compiled(facts=DenyFacts())
        if not alone.problems and all(each.exact for each in alone.enforcement):
            return alone
    return compiled(facts=look(asked(guard=look(Needs()).guard)))
