"""People and groups, and how accounts, keys and usernames lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitops_breakglass.model.unread import Unread


class Provider(StrEnum):
    """Where an account is held."""

    LOCAL = "local"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, order=True)
class Account:
    """Who did something, as the forge knows them. `id` is what counts: a numeric id, or the fingerprint of a key.

    Two accounts are one where provider and id are; `login` is for display, and a `bot` counts only where a rule says so.
    """

    provider: Provider
    id: str
    login: str = field(default="", compare=False)
    bot: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        """The login with the id, or the id alone."""
        return f"{self.login} ({self.id})" if self.login else self.id


@dataclass(frozen=True, order=True)
class Team:
    """Some people as a forge knows them, by its numbers: a team of an organisation on GitHub, a group on GitLab."""

    provider: Provider
    id: str
    organization: str = ""
    """The number of the organisation that a team of GitHub belongs to."""
    min_access: int = 0
    """On GitLab, the access level from which on a member counts; GitLab's own numbers (30 is a developer)."""
    name: str = field(default="", compare=False)

    def __str__(self) -> str:
        """The name with the number, or the number alone."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True)
class SshKey:
    """A public key of a person with the time in which it may be used; `text` is `ssh-ed25519 AAAA…`."""

    text: str
    fingerprint: str
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether a signature of this key counts at `now`, our own time and never the signature's."""
        return (self.valid_after is None or self.valid_after <= now) and (
            self.valid_before is None or now < self.valid_before
        )


@dataclass(frozen=True)
class Person:
    """One human being or automation, however many accounts they have. `name` is unique in the repository."""

    name: str
    emails: tuple[str, ...] = ()
    username: str | None = None
    usernames: Mapping[str, str] = field(default_factory=dict)
    """Kubernetes usernames by cluster, where they differ from `username`."""
    accounts: tuple[Account, ...] = ()
    keys: tuple[SshKey, ...] = ()
    identity_providers: tuple[str, ...] = ()
    """Names of the IdentityProvider documents by which they sign in."""
    timezone: str | None = None
    """A name of the IANA database, checked or not; for showing only."""

    def username_on(self, cluster: str) -> str | None:
        """Their Kubernetes username on that cluster: the cluster's own, else the general one, else their e-mail."""
        return self.usernames.get(cluster) or self.username or (self.emails[0] if self.emails else None)

    def answers_to(self, word: str, cluster: str) -> bool:
        """Whether `word` is exactly one of their e-mails or their username there."""
        return word in self.emails or word == self.username_on(cluster)


@dataclass(frozen=True)
class Group:
    """A named set of people; `members` are names of persons.

    Of a group that is a `team`, they are known once the forge was asked. While `unread` says why they are not, anybody
    who has an account there may be a member, or nobody.
    """

    name: str
    members: frozenset[str]
    team: Team | None = None
    unread: Unread | None = None


@dataclass(frozen=True)
class Identities:
    """`identities.yaml` at one commit. A person, a key, an account and an e-mail belong to one person only."""

    people: tuple[Person, ...] = ()
    groups: tuple[Group, ...] = ()

    @cached_property
    def _by_word(self) -> Mapping[str, tuple[Person, ...]]:
        """Whoever may answer to a word on some cluster: thousands of requests name people, of whom there may be as many."""
        found: dict[str, dict[str, Person]] = {}
        for each in self.people:
            for word in (*each.emails, each.username, *each.usernames.values()):
                if word:
                    found.setdefault(word, {})[each.name] = each
        return {word: tuple(people.values()) for word, people in found.items()}

    def answering_to(self, word: str, cluster: str) -> Person | None:
        """Return the first who has `word` as an e-mail or as their username there; see `Person.answers_to`."""
        return next((each for each in self._by_word.get(word, ()) if each.answers_to(word, cluster)), None)

    def person(self, name: str) -> Person | None:
        """Return the person of that name."""
        return next((each for each in self.people if each.name == name), None)

    def holder(self, account: Account, now: datetime | None) -> Person | None:
        """Return whose account (or whose key, if it may be used now) this is; without `now`, at whatever time."""
        for each in self.people:
            if account.provider is Provider.LOCAL:
                if any(key.fingerprint == account.id and (now is None or key.is_valid(now)) for key in each.keys):
                    return each
            elif account in each.accounts:
                return each
        return None

    def holder_of_email(self, email: str) -> Person | None:
        """Return whose e-mail address this is; git's claims are compared without case."""
        wanted = email.casefold()
        return next((each for each in self.people if wanted in (mail.casefold() for mail in each.emails)), None)

    def groups_of(self, person: Person) -> frozenset[str]:
        """Return the names of the groups that the person is in."""
        return frozenset(group.name for group in self.groups if person.name in group.members)

    def groups_perhaps_of(self, person: Person) -> frozenset[str]:
        """Return the names of the groups that the person may be in as far as it is known."""
        return frozenset(group.name for group in self.groups if group.unread and _may_be_in(person, group))

    def members_of(self, groups: Iterable[str]) -> frozenset[str]:
        """Return the names of everybody who is known to be in one of these groups."""
        wanted = set(groups)
        return frozenset(name for group in self.groups if group.name in wanted for name in group.members)

    def perhaps_members_of(self, groups: Iterable[str]) -> frozenset[str]:
        """Return the names of those who may be in one of these groups as far as it is known; more where less is known."""
        unread = self.unread(groups)
        return frozenset(each.name for each in self.people if any(_may_be_in(each, group) for group in unread))

    def unread(self, groups: Iterable[str]) -> tuple[Group, ...]:
        """Return those of these groups of which it can't be said who is in them."""
        wanted = set(groups)
        return tuple(group for group in self.groups if group.name in wanted and group.unread is not None)


def _may_be_in(person: Person, group: Group) -> bool:
    return group.team is not None and any(each.provider is group.team.provider for each in person.accounts)
