"""Reads fields of GitHub's answers, each of which has to be there and of its kind: one that vanished is not an empty one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gitops_breakglass.adapters.forge.github.unanswered import Unanswered, unreadable
from gitops_breakglass.model.identity import Account, Provider


@dataclass(frozen=True)
class Fields:
    """One JSON object of an answer. `doing` is the question, for messages. Every reading may raise Unanswered."""

    data: Mapping[str, Any]
    doing: str

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.data.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._there(name)
        if not isinstance(value, str):
            raise self._wrong(name)
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text that may be null."""
        return None if self._there(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """Return a whole number; JSON's true is none."""
        value = self._there(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._there(name)
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def moment(self, name: str) -> datetime:
        """Return an aware time in UTC."""
        try:
            at = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise self._wrong(name) from None
        if at.tzinfo is None:
            raise self._wrong(name)
        return at.astimezone(UTC)

    def moment_or_none(self, name: str) -> datetime | None:
        """Return an aware time in UTC that may be null."""
        return None if self._there(name) is None else self.moment(name)

    def of(self, name: str) -> Fields:
        """Return an object."""
        value = self._there(name)
        if not isinstance(value, dict):
            raise self._wrong(name)
        return Fields(value, self.doing)

    def of_or_none(self, name: str) -> Fields | None:
        """Return an object that may be null."""
        return None if self._there(name) is None else self.of(name)

    def each(self, name: str) -> Sequence[Fields]:
        """Return a list of objects."""
        value = self._there(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._wrong(name)
        return tuple(Fields(each, self.doing) for each in value)

    def account(self, name: str) -> Account | None:
        """Return who is named there; None for an account that is gone. All but people are bots."""
        user = self.of_or_none(name)
        # An empty object is how lists of commits write that nobody is known by the e-mail.
        return user.as_account() if user is not None and user.data else None

    def as_account(self) -> Account:
        """Return the user that this object is."""
        return Account(Provider.GITHUB, str(self.number("id")), self.text("login"), bot=self.text("type") != "User")

    def _there(self, name: str) -> Any:
        if name not in self.data:
            raise unreadable(self.doing, f"it has no `{name}`")
        return self.data[name]

    def _wrong(self, name: str) -> Unanswered:
        return unreadable(self.doing, f"its `{name}` is of another kind than documented")


def distinct(items: Sequence[Fields], name: str) -> Sequence[Fields]:
    """Return the items of several pages, none of which may be on two of them: the list moved while it was read."""
    if len({each.data.get(name) for each in items}) != len(items):
        doing = items[0].doing
        raise Unanswered(f"the list behind {doing} changed while it was read", "the next run reads it again")
    return items
