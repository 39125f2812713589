"""What the log that GitLab keeps on a merge request says: approvals given and taken, pushes, and a new target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property

from gitops_breakglass.adapters.forge.gitlab.records import Note
from gitops_breakglass.model.identity import Account


class Entry(Enum):
    """What an entry of the log is about, of what matters here."""

    APPROVED = auto()
    UNAPPROVED = auto()
    RESET = auto()
    """Approvals were dropped, since something was pushed."""
    CHANGES_REQUESTED = auto()
    PUSHED = auto()
    RETARGETED = auto()


# The words are those of app/services/system_notes/ in GitLab's source, which writes them in English for everybody.
_WORDS: Mapping[Entry, re.Pattern[str]] = {
    Entry.APPROVED: re.compile(r"\Aapproved this merge request\Z"),
    Entry.UNAPPROVED: re.compile(r"\Aunapproved this merge request\Z"),
    Entry.RESET: re.compile(r"\Areset approvals from "),
    Entry.CHANGES_REQUESTED: re.compile(r"\Arequested changes"),
    Entry.PUSHED: re.compile(r"\Aadded \d+ (?:new )?commits?\b"),
    Entry.RETARGETED: re.compile(
        # A branch may have a backtick in its name.
        r"\A(?:changed target branch from |deleted the `.*` branch\. This merge request now targets the )"
    ),
}


@dataclass(frozen=True)
class Log:
    """The notes of a merge request, oldest first. Only GitLab itself writes what is told from its own entries."""

    notes: tuple[Note, ...]

    @classmethod
    def of(cls, notes: Sequence[Note]) -> Log:
        """Take notes in any order."""
        return cls(tuple(sorted(notes, key=lambda each: (each.at, each.id))))

    def entries(self, *kinds: Entry) -> tuple[Note, ...]:
        """Return GitLab's own entries of these kinds."""
        return tuple(note for kind in kinds for note in self._by_kind[kind])

    @cached_property
    def _by_kind(self) -> Mapping[Entry, tuple[Note, ...]]:
        system = [note for note in self.notes if note.system]
        return {kind: tuple(note for note in system if words.match(note.body)) for kind, words in _WORDS.items()}

    @property
    def retargeted_at(self) -> datetime | None:
        """When it was last made to go to another branch."""
        return max((note.at for note in self.entries(Entry.RETARGETED)), default=None)

    @property
    def pushers(self) -> tuple[Account, ...]:
        """Who pushed to its branch since it was opened, or rebased it by the button, without doubles."""
        return tuple(dict.fromkeys(note.author for note in self.entries(Entry.PUSHED) if note.author))

    def approved(self, account: Account) -> Note | None:
        """Return the entry of the last approval of somebody."""
        return next((note for note in reversed(self.entries(Entry.APPROVED)) if note.author == account), None)

    def written_by(self, account: Account, since: datetime, until: datetime | None) -> tuple[Note, ...]:
        """Return what somebody wrote in a time, oldest first."""
        return tuple(
            note
            for note in self.notes
            if not note.system and note.author == account and since <= note.at and (until is None or note.at <= until)
        )
