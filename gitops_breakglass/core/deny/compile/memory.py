"""What was compiled already: grants of one escalation hold the same, and are held to the same policies."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache

from gitops_breakglass.core.deny.compile.compose import compile_for
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import Compiled, DenyFacts
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery


class _Same:
    """A value that equals itself only, which takes no time to find out; while it is held its `id` is nobody else's."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


class Memory:
    """What was compiled by the facts of one cluster."""

    def __init__(self, facts: DenyFacts, discovery: Discovery) -> None:
        """Begin with nothing."""
        self._cluster = Cluster(facts)
        self._discovery = discovery
        self._known: dict[Hashable, Compiled] = {}

    def compiled(
        self, scopes: tuple[ScopedRules, ...], policies: Sequence[DenyPolicy], override: PodOverride | None
    ) -> Compiled:
        """Compile, or return what the same came to before."""
        key = (scopes, tuple(part for each in policies for part in _parts(each)), override)
        if key not in self._known:
            # Two policy commits list the same policies, and no answer may hang on which comes first.
            distinct = sorted(dict.fromkeys(policies), key=lambda each: (each.name, each.location))
            self._known[key] = compile_for(scopes, distinct, override, self._discovery, self._cluster)
        return self._known[key]


def memory_of(facts: DenyFacts, discovery: Discovery) -> Memory:
    """Return the memory of these facts, the same for the same objects."""
    return _memory(_Same(facts), _Same(discovery))


# A run has one cluster after the other, and new facts of each; old ones are not kept alive for long.
@lru_cache(maxsize=4)
def _memory(facts: _Same, discovery: _Same) -> Memory:
    if not isinstance(facts.value, DenyFacts) or not isinstance(discovery.value, Discovery):
        raise TypeError("a memory is made of facts and of what is served")
    return Memory(facts.value, discovery.value)


def _parts(policy: DenyPolicy) -> tuple[Hashable, ...]:
    """Return what makes a policy what it is; its parts are the same objects wherever its scope was replaced."""
    parts = (policy.rules, policy.impersonation, policy.pods, policy.location)
    return (policy.name, policy.is_readable, *map(_Same, parts))
