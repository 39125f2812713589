"""What a rule is: an id, a sentence, the reason for it, and what it judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar, cast

from gitops_breakglass.core.fields import Field, set_places
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import Audience, Escalation, PolicySide
from gitops_breakglass.model.request import DebugRequest, Request

T = TypeVar("T")


@dataclass(frozen=True)
class PolicyFacts:
    """A policy side, with the documents that it was read from."""

    policy: PolicySide
    documents: tuple[Document, ...]
    told: Callable[[Document], tuple[Field, ...]]
    """The fields of a document's kind that something is told about where they are set."""

    def of_kind(self, kind: str) -> tuple[Document, ...]:
        """Return the documents of one kind, in the order of their files."""
        return self._by_kind.get(kind, ())

    def people_of(self, audience: Audience) -> frozenset[str]:
        """Return the names of the people that an audience names, by a username on any cluster."""
        groups = (self._members.get(group, frozenset()) for group in audience.groups)
        users = (self._holders.get(word, frozenset()) for word in audience.users)
        return frozenset().union(*groups, *users)

    def perhaps_of(self, audience: Audience) -> frozenset[str]:
        """Return the names of those who are meant too, if they are in a team: who is in one only the forge knows."""
        return self.policy.identities.perhaps_members_of(audience.groups)

    def names_a_team(self, audience: Audience) -> bool:
        """Whether anybody else may be meant, since somebody may be in a team of which that is not known here."""
        return bool(self.policy.identities.unread(audience.groups))

    def escalations(self) -> Iterator[tuple[Document, Escalation]]:
        """Go through the escalations that could be read, each with its document."""
        read = {each.name: each for each in self.policy.escalations}
        for document in self.of_kind("BreakglassEscalation"):
            if (escalation := read.get(document.name)) is not None:
                yield document, escalation

    def once(self, make: Callable[[PolicyFacts], T]) -> T:
        """Return what is made of these facts, which several rules look at, and make it for the first of them alone."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    @cached_property
    def _made(self) -> dict[Callable[[PolicyFacts], object], object]:
        return {}

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Document, ...]]:
        found: defaultdict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.kind].append(document)
        return {kind: tuple(documents) for kind, documents in found.items()}

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        people = {person.name for person in self.policy.identities.people}
        return {group.name: group.members & people for group in self.policy.identities.groups}

    @cached_property
    def _holders(self) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for person in self.policy.identities.people:
            for word in (*person.emails, person.username, *person.usernames.values()):
                if word:
                    found[word].add(person.name)
        return {word: frozenset(names) for word, names in found.items()}

    def set_fields(self) -> Iterator[tuple[Document, Field, Path]]:
        """Go through everything that is set and that something is told about, with its place."""
        for document in self.documents:
            for field in self.told(document):
                for place in set_places(document, field):
                    yield document, field, place


RequestCheck: TypeAlias = Callable[[Request, PolicySide], Iterator[Finding]]
PolicyCheck: TypeAlias = Callable[[PolicyFacts], Iterator[Finding]]
DebugCheck: TypeAlias = Callable[[DebugRequest, PolicySide], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """One rule. Its page in docs/rules.md has an example of what it refuses and of what it allows.

    Where no check is given, the readers tell its findings, since nothing could be judged after them.
    """

    id: str
    title: str
    why: str
    on_request: RequestCheck | None = None
    on_policy: PolicyCheck | None = None
    by_the_machine: Callable[[Request], bool] | None = None
    """Which requests it judges by something that the machine has, so that an answer is none for another day."""
    on_debug: DebugCheck | None = None
    """What it says of a debug session."""
