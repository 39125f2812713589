"""Accounts count by number: what it means where the login beside a number is another than identities.yaml has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.identity import Account, Identities
from gitops_breakglass.model.policy import PolicySide


def recycled(account: Account, identities: Identities) -> Account | None:
    """Return the account that identities.yaml has under the login of this one, where that is somebody else's.

    Forges compare logins without case.
    """
    login, holder = account.login.casefold(), identities.holder(account, None)
    for person in identities.people:
        for each in person.accounts if login and (holder is None or holder.name != person.name) else ():
            if each.provider is account.provider and each.id != account.id and each.login.casefold() == login:
                return each
    return None


def renamed(account: Account, identities: Identities) -> Account | None:
    """Return the account as identities.yaml has it, where it has the number and only other logins for it."""
    holder = identities.holder(account, None)
    known = [each for each in holder.accounts if each == account and each.login] if holder and account.login else []
    if not known or any(each.login.casefold() == account.login.casefold() for each in known):
        return None
    return known[0]


def recycled_reason(account: Account, policies: Iterable[PolicySide]) -> Reason | None:
    """Return why an account may not be taken for anybody, where one of the policy sides has its login for another."""
    for policy in policies:
        if (known := recycled(account, policy.identities)) is not None:
            return Reason(
                "recycled-login",
                f"{account.login} is account {account.id} at {account.provider}, and by identities.yaml "
                f"{known.login} is account {known.id}",
                "find out whose account it is now; then correct identities.yaml by an approved change, and ask again",
            )
    return None


def renamed_notes(accounts: Iterable[Account], policies: Sequence[PolicySide]) -> tuple[Reason, ...]:
    """Return a note for each account whose login is not the one that identities.yaml has now beside its number."""
    notes = (
        Reason(
            "renamed-account",
            f"account {account.id} at {account.provider} is called {account.login}, and in identities.yaml {known.login}",
            "correct the login in identities.yaml, by an approved change",
        )
        for policy in policies[-1:]
        for account in accounts
        if (known := renamed(account, policy.identities)) is not None
    )
    return tuple(dict.fromkeys(notes))
