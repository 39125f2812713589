"""What the forge says of `identities.yaml`: accounts that are gone or called otherwise, teams that can't be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitops_breakglass.core.authorize.logins import recycled, renamed
from gitops_breakglass.core.authorize.membership import Members, told
from gitops_breakglass.core.read.identities import accounts_at, team_at
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.identity import Account, Identities, Provider, Team
from gitops_breakglass.model.unread import Unread

NOT_KNOWN = frozenset({"account-unread", "team-unread"})
"""Findings that something could not be found out."""
_MOST_NAMED = 10

Accounts = Mapping[Account, Account | Unread | None]
"""What the forge calls each account now; None where its number is nobody's any more."""


def accounts_of(document: Document, provider: Provider) -> tuple[Account, ...]:
    """Return the accounts at a forge that the document has, each once."""
    return tuple(dict.fromkeys(each for _, _, each in _accounts(Reading(document), provider)))


def teams_of(document: Document, provider: Provider) -> tuple[Team, ...]:
    """Return the teams of a forge that the document has, each once."""
    return tuple(dict.fromkeys(each for _, _, each in _teams(Reading(document), provider)))


def findings_on(
    document: Document, identities: Identities, provider: Provider, accounts: Accounts, members: Members
) -> Iterator[Finding]:
    """Say what is wrong with the document by what the forge answered. Accounts of other forges are left aside."""
    reading = Reading(document)
    for path, name, account in _accounts(reading, provider):
        yield from _on_account(document, path, name, account, accounts, identities)
    for path, group, team in _teams(reading, provider):
        yield from _on_team(document, path, group, team, members, identities)
    if not any(isinstance(each, Unread) for each in members.values()):
        yield from _in_no_group(document, identities, members)


def _accounts(reading: Reading, provider: Provider) -> Iterator[tuple[Path, str, Account]]:
    for index in range(reading.count("people")):
        name = reading.text("people", index, "name") or ""
        for path, account in accounts_at(reading, "people", index):
            if account.provider is provider:
                yield path, name, account


def _teams(reading: Reading, provider: Provider) -> Iterator[tuple[Path, str, Team]]:
    for index in range(reading.count("groups")):
        team = team_at(reading, "groups", index)
        if team is not None and team.provider is provider:
            yield ("groups", index, provider.value), reading.text("groups", index, "name") or "", team


def _on_account(
    document: Document, path: Path, name: str, account: Account, accounts: Accounts, identities: Identities
) -> Iterator[Finding]:
    place = document.at(*path, "id")
    match accounts.get(account, Unread("the forge says nothing of it")):
        case None:
            yield Finding(
                "account-gone",
                f"{name}: there is no account {account.id} at {account.provider} any more",
                place,
                hint="take it out, or write the number of the account that they have now",
            )
        case Unread() as unread:
            message = f"{name}: account {account.id} at {account.provider} can't be looked up: {unread.message}"
            yield Finding("account-unread", message, place, Severity.WARNING, unread.hint)
        case Account() as found if (other := recycled(found, identities)) is not None:
            yield Finding(
                "recycled-login",
                f"{name}: account {account.id} at {account.provider} is called {found.login}, and here {other.login} is "
                f"account {other.id}",
                place,
                hint="find out whose accounts these are, and correct the numbers and logins",
            )
        case Account() as found if renamed(found, identities) is not None:
            yield Finding(
                "renamed-account",
                f"{name}: account {account.id} at {account.provider} is called {found.login} now, not {account.login}",
                document.at(*path, "login"),
                Severity.WARNING,
                hint=f"write `login: {found.login}`",
            )


def _on_team(
    document: Document, path: Path, group: str, team: Team, members: Members, identities: Identities
) -> Iterator[Finding]:
    found = members.get(team, Unread("the forge says nothing of it"))
    place = document.at(*path)
    if isinstance(found, Unread):
        message = f"who is in group {group} ({told(team)}) can't be said: {found.message}"
        yield Finding("team-unread", message, place, Severity.WARNING, found.hint)
        return
    strangers = sorted(str(each) for each in found if identities.holder(each, None) is None)
    if len(strangers) == len(found):
        what = "nobody is in it" if not found else "none of its members has an entry here"
        yield Finding(
            "team-of-nobody",
            f"group {group} ({told(team)}): {what}",
            place,
            Severity.WARNING,
            "add people to the team, or their accounts to this file",
        )
    elif strangers:
        yield Finding(
            "member-without-entry",
            f"group {group} ({told(team)}) has members who are nobody here: {_some(strangers)}",
            place,
            Severity.NOTE,
            "add them, if they are to ask or approve",
        )


def _in_no_group(document: Document, identities: Identities, members: Members) -> Iterator[Finding]:
    inside = {name for group in identities.groups for name in group.members}
    for accounts in members.values():
        if not isinstance(accounts, Unread):
            inside |= {person.name for each in accounts if (person := identities.holder(each, None)) is not None}
    reading = Reading(document)
    for index in range(reading.count("people")):
        name = reading.text("people", index, "name") or ""
        if name not in inside and identities.person(name) is not None:
            yield Finding(
                "person-in-no-group",
                f"{name} is in no group, so may only what policies give to them by name",
                document.at("people", index, "name"),
                Severity.NOTE,
                "add them to a group, or take them out if they have left",
            )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
