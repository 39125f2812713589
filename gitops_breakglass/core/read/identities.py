"""`identities.yaml`: people, their accounts and keys, and groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.core.read.ssh_key import parse_public_key
from gitops_breakglass.core.read.unique_people import contested
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.identity import Account, Group, Identities, Person, Provider, SshKey, Team
from gitops_breakglass.model.unread import Unread

RESERVED_PREFIXES = ("system:", "kubeadm:")
"""Names that belong to Kubernetes itself; nobody is ever granted anything under one."""
NOT_ASKED = Unread("the forge was not asked who is in it", "it is asked where something is decided")
ACCESS_LEVELS = {"guest": 10, "planner": 15, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}
"""GitLab's roles, each with the number that its API has for it."""


def read_identities(document: Document) -> Read[Identities]:
    """Read people and groups.

    Whoever can't be told from somebody else, or has a broken entry, is left out with a finding: they can neither ask
    nor approve, and everybody else still can. So the value stands beside findings that are errors.
    """
    reading = Reading(document)
    people = []
    for index in range(reading.count("people")):
        before = len(reading.findings)
        person = _person(reading, index)
        if len(reading.findings) == before:
            people.append((index, person))
    left_out = contested([person for _, person in people])
    for place, (index, person) in enumerate(people):
        for reason in left_out.get(place, ()):
            reading.report(
                "identity-not-unique",
                f"{person.name} {reason}",
                "people",
                index,
                hint="give it to one of them only; until then neither can ask or approve",
            )
    kept = tuple(person for place, (_, person) in enumerate(people) if place not in left_out)
    return Read(Identities(kept, _groups(reading)), tuple(reading.findings))


def _person(reading: Reading, index: int) -> Person:
    at = ("people", index)
    usernames = {cluster: reading.text(*at, "usernames", cluster) or "" for cluster in reading.keys(*at, "usernames")}
    person = Person(
        name=reading.text(*at, "name") or "",
        emails=reading.texts(*at, "emails"),
        username=reading.text(*at, "username"),
        usernames=usernames,
        accounts=tuple(account for _, account in accounts_at(reading, *at)),
        keys=_keys(reading, *at),
        identity_providers=reading.texts(*at, "identityProviders"),
        timezone=reading.text(*at, "timezone"),
    )
    for name in filter(None, (person.username, *usernames.values(), *person.emails)):
        if name.startswith(RESERVED_PREFIXES):
            reading.report(
                "system-subject",
                f"{person.name} has the username {name}, which belongs to Kubernetes itself",
                *at,
                "username",
                hint="people and automation log in under names of their own",
            )
    return person


def accounts_at(reading: Reading, *person: str | int) -> Iterator[tuple[Path, Account]]:
    """Go through the accounts of a person, each with its place: at a forge it is one, or a list of them."""
    for provider in (Provider.GITHUB, Provider.GITLAB):
        at = (*person, provider.value)
        several = [(*at, index) for index in range(reading.count(*at))]
        for each in several or [at]:
            number = reading.number(*each, "id")
            if number is not None:
                login, bot = reading.text(*each, "login") or "", reading.flag(*each, "bot") or False
                yield each, Account(provider, str(number), login, bot)


def _keys(reading: Reading, *at: str | int) -> tuple[SshKey, ...]:
    keys = []
    for index in range(reading.count(*at, "sshKeys")):
        entry = (*at, "sshKeys", index)
        plain = reading.text(*entry)
        text = plain if plain is not None else reading.text(*entry, "key")
        after, before = reading.time(*entry, "validAfter"), reading.time(*entry, "validBefore")
        if (key := _key(reading, text or "", after, before, entry)) is not None:
            keys.append(key)
    return tuple(keys)


def _key(
    reading: Reading, text: str, after: datetime | None, before: datetime | None, entry: tuple[str | int, ...]
) -> SshKey | None:
    try:
        key = parse_public_key(text)
    except ValueError as error:
        reading.report("invalid-key", f"this is no SSH public key: {error}", *entry, hint="one line of a .pub file")
        return None
    return SshKey(key.text, key.fingerprint, after, before)


def _groups(reading: Reading) -> tuple[Group, ...]:
    names = [reading.text("groups", index, "name") or "" for index in range(reading.count("groups"))]
    groups = []
    for index, name in enumerate(names):
        if names.count(name) > 1:
            reading.findings.append(_double_group(reading, index, name))
            continue
        team = team_at(reading, "groups", index)
        unread = None if team is None else NOT_ASKED
        groups.append(Group(name, frozenset(reading.texts("groups", index, "members")), team, unread))
    return tuple(groups)


def team_at(reading: Reading, *at: str | int) -> Team | None:
    """Return the team that a group is; None where it is a list."""
    organization, team = reading.number(*at, "github", "organization"), reading.number(*at, "github", "team")
    if organization is not None and team is not None:
        return Team(Provider.GITHUB, str(team), organization=str(organization))
    if (group := reading.number(*at, "gitlab", "group")) is not None:
        least = reading.text(*at, "gitlab", "minAccess") or "developer"
        return Team(Provider.GITLAB, str(group), min_access=ACCESS_LEVELS.get(least, max(ACCESS_LEVELS.values())))
    return None


def _double_group(reading: Reading, index: int, name: str) -> Finding:
    return Finding(
        "duplicate-name",
        f"there are several groups {name}",
        reading.document.at("groups", index, "name"),
        hint="none of them counts until one is left",
    )
