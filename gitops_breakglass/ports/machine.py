"""The machine that we run on: its time, its threads, and the key that signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    # Half of the model, of which who implements one port needs little.
    from gitops_breakglass.model.grant import Envelope

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """The machine's time; whatever a cluster decides about uses the cluster's own."""

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        ...

    def elapsed(self) -> float:
        """Return the seconds since some moment; it never goes back, whoever sets the time, and goes on while the machine sleeps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, or return early where a stop was asked for."""
        ...


class Pool(Protocol):
    """Does many things at a time."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items; every call is made, then the first error is raised."""
        ...


Beside = Callable[[Callable[[], None]], None]
"""Runs a function beside the caller, who does not wait for it."""

First = Callable[[], AbstractContextManager[None]]
"""Surrounds what others go after; it holds none of them up for long."""


class Bell(Protocol):
    """What one thread waits for and any may ring."""

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        ...

    def wait(self, seconds: float) -> bool:
        """Whether it was rung since the last wait, or is within so many seconds."""
        ...


class Signer(Protocol):
    """The reconciler's key, and the judge of signatures made with any."""

    def sign(self, payload_type: str, payload: str) -> Envelope:
        """Sign; raises UsageError where there is no key."""
        ...

    def verify(self, envelope: Envelope, keys: Sequence[str]) -> bool:
        """Whether one of these public keys made the signature over exactly this payload and type."""
        ...
