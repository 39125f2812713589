"""Who is in a team now, and what an account is called now."""

from __future__ import annotations

from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread

_VIEWER = "query { viewer { login databaseId } }"


def read_members(session: Session, team: Team) -> frozenset[Account] | Unread:
    """Return the members of a team. One that the token can't see is not an empty one: it is Unread."""
    if team.provider is not Provider.GITHUB or not (team.id.isdecimal() and team.organization.isdecimal()):
        return Unread(f"the team {team} is none of GitHub's", "give the numbers of the organisation and the team")
    path = f"/organizations/{team.organization}/team/{team.id}"
    try:
        seen = session.get(path, Need.MEMBERS)
        if str(seen.number("id")) != team.id:
            return Unread(f"GitHub gave another team than {team}", "see that its numbers are right")
        members = [each.as_account() for each in session.pages(f"{path}/members", Need.MEMBERS)]
        if len(members) < seen.number("members_count"):
            return Unread(f"GitHub lists {len(members)} members of the team {team} and counts more", "run again")
    except Unanswered as error:
        return error.as_unread()
    return frozenset(members)


def read_account(session: Session, account: Account) -> Account | Unread | None:
    """Return an account as it is called now; None where the number is nobody's any more."""
    if account.provider is not Provider.GITHUB or not account.id.isdecimal():
        return Unread(f"{account} is no account of GitHub's", "give its number")
    try:
        found = session.get(f"/user/{account.id}", Need.NOTHING).as_account()
    except Unanswered as error:
        return None if error.status == 404 else error.as_unread()
    if found.id != account.id:
        return Unread(f"GitHub gave another account than {account}", "run again")
    return found


def read_me(session: Session) -> str:
    """Return the number of the account whose the token is, by which our own comments are known.

    Only a person's token may ask for `/user`; that of a job or of an App is a bot's, which GraphQL names.
    """
    if not session.me:
        try:
            session.me = str(session.get("/user", Need.NOTHING).number("id"))
        except Unanswered as error:
            if error.status != 403:
                raise
            session.me = str(session.query(_VIEWER, {}, Need.NOTHING).of("viewer").number("databaseId"))
    return session.me
