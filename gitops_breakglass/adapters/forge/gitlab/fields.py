"""Reads the fields of GitLab's answers: one that is gone, or of another kind, makes the answer unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from gitops_breakglass.adapters.forge.gitlab.problems import malformed
from gitops_breakglass.model.identity import Account, Provider

T = TypeVar("T")


@dataclass(frozen=True)
class Fields:
    """One object of an answer. Every reader raises NotRead for a field that is not there or not of its kind.

    The readers whose names begin with `maybe` allow null, and still ask that the field is there.
    """

    data: Mapping[str, Any]
    what: str

    @classmethod
    def of(cls, value: object, what: str) -> Fields:
        """Take a value for an object."""
        if not isinstance(value, Mapping):
            raise malformed(what, "it is no object")
        return cls(value, what)

    def has(self, name: str) -> bool:
        """Whether a field is there that older versions of GitLab lack."""
        return name in self.data

    def text(self, name: str) -> str:
        """Return a text."""
        return self._required(name, self._read(name, str))

    def maybe_text(self, name: str) -> str | None:
        """Return a text or null."""
        return self._read(name, str)

    def number(self, name: str) -> int:
        """Return a whole number."""
        return self._required(name, self._read(name, int))

    def maybe_number(self, name: str) -> int | None:
        """Return a whole number or null."""
        return self._read(name, int)

    def flag(self, name: str) -> bool:
        """Return true or false."""
        return self._required(name, self._read(name, bool))

    def time(self, name: str) -> datetime:
        """Return a time, with its zone."""
        return self._required(name, self.maybe_time(name))

    def maybe_time(self, name: str) -> datetime | None:
        """Return a time, with its zone, or null."""
        text = self._read(name, str)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise malformed(self.what, f"{name} is no time") from None
        if moment.tzinfo is None:
            raise malformed(self.what, f"{name} has no time zone")
        return moment

    def object(self, name: str) -> Fields:
        """Return an object."""
        return Fields(self._required(name, self._read(name, dict)), f"{self.what} ({name})")

    def maybe_object(self, name: str) -> Fields | None:
        """Return an object or null."""
        value = self._read(name, dict)
        return None if value is None else Fields(value, f"{self.what} ({name})")

    def objects(self, name: str) -> tuple[Fields, ...]:
        """Return a list of objects."""
        values = self._required(name, self._read(name, list))
        return tuple(Fields.of(each, f"{self.what} ({name})") for each in values)

    def maybe_account(self, name: str) -> Account | None:
        """Return whose it is, or null."""
        found = self.maybe_object(name)
        return None if found is None else found.as_account()

    def as_account(self) -> Account:
        """Return the account that this object is."""
        return Account(Provider.GITLAB, str(self.number("id")), self.text("username"))

    def _read(self, name: str, kind: type[T]) -> T | None:
        if name not in self.data:
            raise malformed(self.what, f"it has no {name}")
        value = self.data[name]
        # True is a whole number to Python, and to nobody else.
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise malformed(self.what, f"{name} is no {_WORDS[kind]}")
        return value

    def _required(self, name: str, value: T | None) -> T:
        if value is None:
            raise malformed(self.what, f"{name} is null")
        return value


_WORDS: Mapping[type, str] = {str: "text", int: "whole number", bool: "flag", dict: "object", list: "list"}
