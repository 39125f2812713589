"""The forge: who asked, who approved, when; what can be said there; and how it is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Half of the model, of which who implements one port needs little.
    from gitops_breakglass.model.change import Change, Touch
    from gitops_breakglass.model.forge import ForgeIdentity, Settings
    from gitops_breakglass.model.identity import Account, Team
    from gitops_breakglass.model.unread import Unread
    from gitops_breakglass.ports.repository import PolicyStep


class Forge(Protocol):
    """Who asked, who approved, when. What can't be read is Unread (unknown), never an empty answer.

    `sights` are the first sights recorded so far; a forge that has times of its own ignores them. Raises
    UnreachableError where nothing at all can be known: the forge is down, or it is another repository.
    """

    @property
    def identity(self) -> ForgeIdentity:
        """Which repository at which forge this is."""
        ...

    def landed(
        self, touches: Sequence[Touch], *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Mapping[str, Change | Unread]:
        """Return the change that brought each landing commit, by the path of its touch."""
        ...

    def landed_policy(
        self, step: PolicyStep, *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Change | Unread:
        """Return the change that brought a commit of the policy side."""
        ...

    def proposed(self, change: str, *, tip: str, sights: Mapping[str, datetime], now: datetime) -> Change | Unread:
        """Return a change that is not merged, by its name (a branch, or a number)."""
        ...

    def unmerged(self, *, since: datetime) -> tuple[str, ...]:
        """Return the names of changes that touch `requests/` and are open, or were closed without a merge since then."""
        ...

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:
        """Return what there is to be seen now and needs a time of its own; none for a forge that has a clock."""
        ...

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        """Return who is in each team now: those who were only invited are not, those of teams below it are."""
        ...

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        """Return what the forge calls these accounts now, found by their numbers; None where there is none any more."""
        ...


class Desk(Protocol):
    """What can be said and done at a forge with changes. Raises UnreachableError, or RefusedError with what is missing."""

    def open(self, branch: str, *, title: str, body: str) -> str:
        """Open a change of a branch that is pushed, to the default branch, and return its address."""
        ...

    def comment(self, change: str, text: str) -> None:
        """Have our one comment on the change say this.

        It is known by the marker in its text and by us being its author; where it says so already, nothing is written.
        """
        ...

    def announce(self, change: str, event: str, text: str) -> None:
        """Write a new comment on the change, open or not, which those who follow it hear of.

        `event` is the id of what it tells: where a comment of ours, by its marker and its author, tells that already,
        nothing is written. So it may be tried again whatever became of an answer.
        """
        ...

    def close(self, change: str, text: str) -> None:
        """Close a change that is open, saying why."""
        ...


class ForgeSettings(Protocol):
    """How the repository is set up at its forge."""

    def settings(self) -> Settings:
        """Return what the token may see; each thing that it may not see is Unread."""
        ...
