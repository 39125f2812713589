"""Values that are told apart by being the same object: to compare policies word by word for every grant takes too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from gitops_breakglass.model.deny import DenyPolicy

T = TypeVar("T")


class ByIdentity(Generic[T]):
    """A value that equals itself only. While this is held, the value's `id` is nobody else's."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        """Hold the value."""
        self.value = value

    def __hash__(self) -> int:
        """By what it is the same as."""
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same object."""
        return isinstance(other, ByIdentity) and self.value is other.value


class PolicyByIdentity:
    """A policy that equals one of the same name with the same parts, whatever its scope: that was looked at already."""

    __slots__ = ("parts", "policy")

    def __init__(self, policy: DenyPolicy) -> None:
        """Hold the policy, and its parts to compare."""
        self.policy = policy
        held = (policy.rules, policy.impersonation, policy.pods, policy.location)
        self.parts = (policy.name, policy.is_readable, *map(id, held))

    def __hash__(self) -> int:
        """By its parts."""
        return hash(self.parts)

    def __eq__(self, other: object) -> bool:
        """Whether its parts are the same objects."""
        return isinstance(other, PolicyByIdentity) and self.parts == other.parts


def in_order(policies: Sequence[DenyPolicy]) -> tuple[PolicyByIdentity, ...]:
    """Return policies each once, by name: no answer may hang on which of two policy commits lists them first."""
    found = dict.fromkeys(map(PolicyByIdentity, policies))
    return tuple(sorted(found, key=lambda each: (each.policy.name, each.policy.location)))
