"""How people are told outside of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gitops_breakglass.model.notice import Channel, Delivery, Message


class Messenger(Protocol):
    """One channel. It takes a bounded time, and never raises for what the other side does."""

    @property
    def channel(self) -> Channel:
        """Which one it is."""
        ...

    def send(self, message: Message) -> Delivery:
        """Send once, and say what became of it: clearly taken, clearly not, or nobody knows."""
        ...
