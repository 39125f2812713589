"""Accounts, groups, memberships and tokens of the fake GitLab, with the verbs that change them."""

import hashlib

from tests.forges.bare import Name
from tests.forges.gitlab.state import (
    DEVELOPER,
    GHOST,
    MAINTAINER,
    OWNER,
    Group,
    Invitation,
    Member,
    Refused,
    Source,
    Token,
    User,
    not_found,
)

PREFIXES = {"personal": "glpat-", "project": "glpat-", "group": "glpat-", "job": "glcbt-"}


class People:
    """The half of the world that has names. A user, group or project is given as itself, as its name or as its id."""

    def account(self, username, id=None, *, level=None, bot=False, name=None, email=None, kind=None):
        """A new account, with `level` as its role in the project; its address is `username@example.com` unless told."""
        if any(each.username.lower() == username.lower() for each in self.users.values()):
            raise Refused(409, "Username has already been taken")
        number = id if id is not None else self.next_id("user")
        made = User(number, username, name or username.replace("-", " ").title(), email or f"{username}@example.com",
                    self.clock.tick(), kind or ("project_bot" if bot else "human"))  # fmt: skip
        assert number not in self.users, "an id of a user is given once and never again"
        self.users[number] = made
        if level is not None:
            self.add_member(None, made, level)
        return made

    def user(self, who):
        """The account of that name, id or handle."""
        if isinstance(who, User):
            return who
        for each in self.users.values():
            if who in (each.id, each.username):
                return each
        raise not_found("User")

    def rename_account(self, who, username):
        self.clock.tick()
        user = self.user(who)
        if any(each.username.lower() == username.lower() for each in self.users.values() if each is not user):
            raise Refused(409, "Username has already been taken")
        user.username = username
        return user

    def recycle_username(self, username, id=None):
        """Somebody else takes a name that was renamed away from or whose account was deleted."""
        return self.account(username, id)

    def block_user(self, who):
        self.clock.tick()
        self.user(who).state = "blocked"

    def unblock_user(self, who):
        self.clock.tick()
        self.user(who).state = "active"

    def delete_account(self, who):
        """Delete an account: what it wrote becomes the Ghost User's, its approvals, memberships and tokens go."""
        user = self.user(who)
        self.clock.tick()
        ghost = next((each for each in self.users.values() if each.kind == GHOST), None)
        ghost = ghost or self.account(GHOST, kind=GHOST, name="Ghost User", email="ghost@example.com")
        for source in [*self.groups.values(), *self.projects.values()]:
            source.members.pop(user.id, None)
        for token in self.tokens.values():
            token.revoked |= token.user is user
        for project in self.projects.values():
            for mr in project.merge_requests.values():
                mr.author = ghost if mr.author is user else mr.author
                mr.merge_user = ghost if mr.merge_user is user else mr.merge_user
                mr.closed_by = None if mr.closed_by is user else mr.closed_by
                mr.approvals = [each for each in mr.approvals if each.user is not user]
                for note in mr.notes:
                    note.author = ghost if note.author is user else note.author
                for event in mr.events:
                    event.user = None if event.user is user else event.user
        self.pushes = [each for each in self.pushes if each.user is not user]
        del self.users[user.id]

    # Groups and members.

    def group(self, path, id=None, *, parent=None, visibility="private"):
        """A new group, or a subgroup of `parent`."""
        above = self.find_group(parent) if parent else None
        full = f"{above.full_path}/{path}" if above else path
        if any(each.full_path == full for each in self.groups.values()):
            raise Refused(400, 'Failed to save group {:path=>["has already been taken"]}')
        number = id if id is not None else self.next_id("group")
        self.groups[number] = made = Group(number, path, self.clock.tick(), above, visibility=visibility)
        return made

    def find_group(self, what):
        if isinstance(what, Group):
            return what
        for each in self.groups.values():
            if str(what) in (str(each.id), each.full_path):
                return each
        raise not_found("Group")

    def delete_group(self, what):
        """Delete a group; its path is free again, its id is not."""
        self.clock.tick()
        group = self.find_group(what)
        del self.groups[group.id]
        for source in [*self.groups.values(), *self.projects.values()]:
            source.invited = [each for each in source.invited if each.group is not group]

    def source(self, what):
        """A group or project; the project where nothing is named."""
        if what is None:
            return self.project
        if isinstance(what, Source):
            return what
        for each in [*self.projects.values(), *self.groups.values()]:
            if each.full_path == what:
                return each
        raise not_found("Group")

    def add_member(self, source, who, access_level=DEVELOPER, expires_at=None):
        """Add somebody to a group or project (None: the project), or change what they have there."""
        user = self.user(who)
        self.source(source).members[user.id] = Member(user, access_level, self.clock.tick(), expires_at)

    def remove_member(self, source, who):
        self.clock.tick()
        if self.source(source).members.pop(self.user(who).id, None) is None:
            raise not_found("Member")

    def invite_group(self, source, group, access_level=DEVELOPER, expires_at=None):
        """Invite a group into another one or into a project: its members get what they have there, up to a level."""
        self.clock.tick()
        self.source(source).invited.append(Invitation(self.find_group(group), access_level, expires_at))

    def remove_expired_members(self):
        """GitLab's nightly job: until it has run, who has expired is still listed, with the date."""
        today = self.clock.tick().date()
        for source in [*self.groups.values(), *self.projects.values()]:
            source.members = {
                number: each
                for number, each in source.members.items()
                if not each.expires_at or each.expires_at > today
            }
            source.invited = [each for each in source.invited if not each.expires_at or each.expires_at > today]

    def all_members(self, source):
        """By user id the membership that counts in a group or project: direct, inherited or invited, the highest."""
        found = {}

        def add(member, most=OWNER):
            capped = Member(member.user, min(member.access_level, most), member.created_at, member.expires_at)
            before = found.get(member.user.id)
            if before is None or capped.access_level > before.access_level:
                found[member.user.id] = capped

        above = source
        while above is not None:
            for member in above.members.values():
                add(member)
            for each in above.invited:
                inside = each.group
                while inside is not None:
                    for member in inside.members.values():
                        add(member, each.access_level)
                    inside = inside.parent
            above = above.parent
        return found

    def reads_group(self, who, group):
        """Whether somebody sees that a group is there: a member of it, or of a project anywhere in it."""
        inside = [each for each in self.projects.values() if f"{each.full_path}/".startswith(f"{group.full_path}/")]
        return group.visibility == "public" or any(self.level(who, each) for each in [group, *inside])

    def level(self, who, source=None):
        """What somebody may do in a group or project, as a number; 0 for nothing, whoever is blocked has nothing."""
        if who is None or who.state != "active":
            return 0
        member = self.all_members(source or self.project).get(who.id)
        return member.access_level if member else 0

    # Tokens.

    def token(self, kind="project", *, user=None, role=DEVELOPER, scopes=("read_api",), source=None, expires_at=None,
              value=None):  # fmt: skip
        """A new token's value; `kind` is personal or job (of `user`), project or group (of a bot with `role`).

        A job's token has no scopes: it may do what the table of permissions says, as the user who started the job.
        """
        place = (
            None if kind == "personal" else self.source(source or (self.project.parent if kind == "group" else None))
        )
        number = self.next_id("token")
        if kind in {"project", "group"}:
            mark = hashlib.sha256(f"bot {number}".encode()).hexdigest()[:16]
            who = self.account(f"{kind}_{place.id}_bot_{mark}", kind=f"{kind}_bot", name=f"token {number}")
            self.add_member(place, who, role)
        else:
            who = self.user(user)
        value = value or PREFIXES[kind] + hashlib.sha256(f"token {number}".encode()).hexdigest()[:20]
        self.tokens[value] = Token(number, kind, who, () if kind == "job" else tuple(scopes), self.clock.tick(),
                                   f"{kind} token", place, expires_at=expires_at)  # fmt: skip
        return value

    def bot_of(self, token):
        """The account that acts by a token."""
        return self.tokens[token].user

    def revoke_token(self, token):
        self.clock.tick()
        self.tokens[token].revoked = True

    def is_maintainer(self, who):
        return self.level(who) >= MAINTAINER


def claims(user):
    """The name that a user's commits carry."""
    return Name(user.name, user.email)
