"""Who is meant: users and groups, as policies name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """Users by exact e-mail or username, and groups by name: who may request, or who may approve."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether it names nobody."""
        return not self.users and not self.groups
