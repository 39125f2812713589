"""Accounts and memberships as GitLab has them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gitops_breakglass.adapters.forge.gitlab.fields import Fields
from gitops_breakglass.adapters.forge.gitlab.problems import GROUP, MEMBERS, OWN_USER, USERS, NotRead, malformed
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread

_NOT_FOUND = 404


@dataclass
class People:
    """Asks for people, for each of them once in a run: GitLab.com allows 300 such calls in ten minutes."""

    session: Session
    _accounts: dict[str, Account | None] = field(default_factory=dict, repr=False)
    _own: Account | None = None

    def known(self, account: Account) -> Account:
        """Return an account with what only its own page says: whether it is a bot. Raises NotRead."""
        return self._by_number(account.id) or account

    def own(self) -> Account:
        """Return whose token this is. Raises NotRead."""
        if self._own is None:
            self._own = self.session.get(OWN_USER, "/user").as_account()
        return self._own

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        """Return what GitLab calls these accounts now; None where there is none any more."""
        found: dict[Account, Account | Unread | None] = {}
        for each in accounts:
            try:
                found[each] = self._by_number(each.id) if each.provider is Provider.GITLAB else _elsewhere(each)
            except NotRead as problem:
                found[each] = problem.unread
        return found

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        """Return who is in each group now, those of groups above it and of invited ones too."""
        found: dict[Team, frozenset[Account] | Unread] = {}
        for team in teams:
            try:
                found[team] = self._members(team) if team.provider is Provider.GITLAB else _elsewhere(team)
            except NotRead as problem:
                found[team] = problem.unread
        return found

    def _members(self, team: Team) -> frozenset[Account]:
        if not team.id.isdecimal():
            raise malformed(GROUP.what, f"{team.id!r} is no number of a group")
        # That the group can be seen is asked first: who may not see it is told of no members.
        group = self.session.get(GROUP, f"/groups/{team.id}")
        if str(group.number("id")) != team.id:
            raise malformed(GROUP.what, "it is another group")
        listed = self.session.list(MEMBERS, f"/groups/{team.id}/members/all")
        return frozenset(each.as_account() for each in listed if self._is_member(each, team))

    def _is_member(self, member: Fields, team: Team) -> bool:
        """Whether somebody counts: active, with the access that is asked for, and not past the day on which it ends."""
        if member.text("state") != "active" or member.number("access_level") < team.min_access:
            return False
        ends = member.maybe_text("expires_at")
        if ends is None:
            return True
        today = self.session.date
        if today is None:
            raise malformed(MEMBERS.what, "it came without a time, and a membership ends")
        try:
            # GitLab takes the day itself for over, and takes people off only by a nightly job.
            return date.fromisoformat(ends) > today.date()
        except ValueError:
            raise malformed(MEMBERS.what, "expires_at is no day") from None

    def _by_number(self, number: str) -> Account | None:
        if number not in self._accounts:
            self._accounts[number] = self._asked(number)
        return self._accounts[number]

    def _asked(self, number: str) -> Account | None:
        if not number.isdecimal():
            raise malformed(USERS.what, f"{number!r} is no number of an account")
        try:
            user = self.session.get(USERS, f"/users/{number}")
        except NotRead as problem:
            if problem.status == _NOT_FOUND:
                return None
            raise
        return Account(Provider.GITLAB, str(user.number("id")), user.text("username"), user.flag("bot"))


def _elsewhere(what: Account | Team) -> Unread:
    return Unread(f"{what} is of {what.provider}, and this repository is on GitLab", "ask that forge")
