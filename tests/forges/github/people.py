"""Verbs about accounts, the organisation and its teams."""

from tests.forges.bare import Refused
from tests.forges.github.state import ACTIONS_BOT, FORGE, QUEUE_BOT, WEB_FLOW, Account, Team, without_account

PERMISSIONS = ("none", "read", "triage", "write", "maintain", "admin")


class People:
    """Part of the world: who there is."""

    def begin_people(self, owner):
        self.people, self.teams = {}, {}
        self.organisation = self.account(owner, type="Organization", permission="none")
        self.account("web-flow", WEB_FLOW, permission="none").email = FORGE.email
        self.account("github-actions[bot]", ACTIONS_BOT, type="Bot", permission="none")
        self.account("github-merge-queue[bot]", QUEUE_BOT, type="Bot", permission="none")

    def account(self, login, id=None, *, type="User", permission="write", email=None):
        """Somebody new. People of the organisation may write unless it is said otherwise; others have `none` or `read`."""
        if self.by_login(login):
            raise Refused(f"Login {login} is already taken")
        made = Account(id or self.ids.new("account"), login, type, permission, email or f"{login}@example.com")
        if made.id in self.people:
            raise Refused(f"there is an account {made.id} already")
        self.people[made.id] = made
        return made

    def who(self, login):
        """The account of this login; an account is itself."""
        found = login if isinstance(login, Account) else self.by_login(login)
        if found is None or found.gone:
            raise Refused(f"nobody is called {login}", 404)
        return found

    def by_login(self, login):
        """None where nobody has the login now."""
        return next((each for each in self.people.values()
                     if each.login.lower() == login.lower() and not each.gone), None)  # fmt: skip

    def by_email(self, email):
        """Whose commit GitHub takes it for: by the e-mail alone, which anybody can write into one."""
        return next((each for each in self.people.values() if not each.gone
                     and email.lower() in (each.email.lower(), each.noreply.email.lower())), None)  # fmt: skip

    def may(self, account, permission):
        """Does somebody's role reach as far as this?"""
        return PERMISSIONS.index(account.permission) >= PERMISSIONS.index(permission)

    def allow(self, login, permission):
        self.who(login).permission = permission

    def rename_account(self, login, new):
        """The old login is free for anybody from now on."""
        if self.by_login(new):
            raise Refused(f"Login {new} is already taken")
        self.who(login).login = new
        self.clock.tick()

    def recycle_login(self, login, id=None, **options):
        """Somebody else takes a login that was given up; the new account."""
        return self.account(login, id, **options)

    def delete_account(self, login):
        """What they did stays, without a name."""
        account = self.who(login)
        account.gone = True
        for team in self.teams.values():
            team.members.pop(account.id, None)
            team.invited.discard(account.id)
        for pull in self.pulls.values():
            for name in ("user", "merged_by", "edited_by", "head_owner"):
                if getattr(pull, name) == account.id:
                    setattr(pull, name, None)
            pull.reviews[:] = [without_account(each, account.id) for each in pull.reviews]
            pull.events[:] = [without_account(each, account.id) for each in pull.events]
            if pull.repository and pull.repository.owner is account:
                pull.repository = None
        for comment in self.comments.values():
            comment.user = None if comment.user == account.id else comment.user
        self.forks.pop(account.id, None)
        self.clock.tick()

    def team(self, slug, *, id=None, name=None, parent=None, privacy="closed"):
        """A new team of the organisation; `parent` is the slug of the one above it."""
        if any(each.slug == slug for each in self.teams.values()):
            raise Refused(f"Name must be unique for this org: {slug}")
        above = self.team_of(parent).id if parent else None
        made = Team(id or self.ids.new("team"), slug, name or slug, privacy, above)
        self.teams[made.id] = made
        return made

    def team_of(self, slug):
        found = slug if isinstance(slug, Team) else next(
            (each for each in self.teams.values() if each.slug == slug), None)  # fmt: skip
        if found is None:
            raise Refused(f"there is no team {slug}", 404)
        return found

    def delete_team(self, slug):
        """Its slug may be taken again, by another team with another id."""
        del self.teams[self.team_of(slug).id]

    def add_member(self, team, login, role="member"):
        account = self.who(login)
        self.team_of(team).members[account.id] = role
        self.team_of(team).invited.discard(account.id)
        self.clock.tick()

    def invite(self, team, login):
        """A membership that is pending until it is accepted (`add_member`)."""
        self.team_of(team).invited.add(self.who(login).id)
        self.clock.tick()

    def remove_member(self, team, login):
        del self.team_of(team).members[self.who(login).id]
        self.clock.tick()

    def members_of(self, team):
        """`{account id: (role, inherited)}`: the team's own and those of the teams below it."""
        found = {each: (role, False) for each, role in team.members.items()}
        for below in self.teams.values():
            if below.parent == team.id:
                for each, (role, _) in self.members_of(below).items():
                    found.setdefault(each, (role, True))
        return found
