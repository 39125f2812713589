"""What was compiled already: grants of one escalation hold the same, and are held to the same policies."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from gitops_breakglass.core.deny.compile.analysis import Scopes, analysis_of
from gitops_breakglass.core.deny.compile.compose import compose
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.core.deny.compile.identity import ByIdentity, PolicyByIdentity
from gitops_breakglass.model.deny import PodOverride
from gitops_breakglass.model.enforcement import Compiled, DenyFacts
from gitops_breakglass.model.rules import Discovery


class Memory:
    """What was compiled by the facts of one cluster."""

    def __init__(self, facts: DenyFacts) -> None:
        """Begin with nothing."""
        self._cluster = Cluster(facts)
        self._known: dict[Hashable, Compiled] = {}

    def compiled(
        self,
        scopes: Scopes,
        policies: tuple[PolicyByIdentity, ...],
        override: PodOverride | None,
        discovery: ByIdentity[Discovery],
    ) -> Compiled:
        """Compile, or return what the same came to before."""
        key = (scopes, policies, override, discovery)
        if key not in self._known:
            analysis = analysis_of(scopes, policies, override, discovery, self._cluster.facts.guard)
            self._known[key] = compose(analysis, override, discovery.value, self._cluster)
        return self._known[key]


# A run has one cluster after the other, and new facts of each; old ones are not kept alive for long.
@lru_cache(maxsize=4)
def memory_of(facts: ByIdentity[DenyFacts]) -> Memory:
    """Return the memory of these facts."""
    return Memory(facts.value)
