"""What deny policies leave of a grant on one cluster: the policies that hold for it, the facts they take, and the compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.deny.selection import circumstances, policies_for
from gitops_breakglass.model.deny import GLOBAL
from gitops_breakglass.model.enforcement import Compiled, DenyFacts, Needs
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.rules import Discovery

_EVERY = "*"


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
            pods=frozenset() if _EVERY in asked.pods else wanted.pods - asked.pods,
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
    """Return what all these policy sides leave of the scopes; the last of them is the newest.

    Each side chooses its policies by its own words, so that none is lost because another side has moved the cluster.
    """
    kind, _, name = source.partition("/")
    offered = [side.escalation(name) if kind == "escalation" else None for side in policies]
    chosen = (
        replace(each, scope=GLOBAL)
        for side, escalation in zip(policies, offered, strict=True)
        for each in policies_for(request, escalation, side)
    )
    denies = tuple(dict.fromkeys(chosen))
    said = {each.override if each else None for each in offered}
    # Where the policy sides do not say the same of it, nothing is left to the escalation.
    override = said.pop() if len(said) == 1 else None
    under = circumstances(request, offered[-1], policies[-1])
    asked = partial(needs, scopes, denies, under, override=override, discovery=discovery)
    compiled = partial(compile_denies, scopes, denies, under, override=override, discovery=discovery)
    # Most grants only lose rights, exactly; what is live on the cluster, and what guards it, then makes no difference.
    if asked() == Needs():
        alone = compiled(facts=DenyFacts())
        if not alone.problems and all(each.exact for each in alone.enforcement):
            return alone
    return compiled(facts=look(asked(guard=look(Needs()).guard)))
