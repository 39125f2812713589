"""Pushes, branches, forks and settings of a project of the fake GitLab."""

from tests.forges.bare import Bare
from tests.forges.gitlab.people import claims
from tests.forges.gitlab.state import (
    DEVELOPER,
    MAINTAINER,
    OWNER,
    REPORTER,
    Member,
    Pipeline,
    Project,
    Protection,
    Refused,
    Rule,
    forbidden,
    not_found,
)

PROTECTED = "GitLab: You are not allowed to push code to protected branches on this project."
FORCED = "GitLab: You are not allowed to force push code to a protected branch on this project."
NO_PUSH = "GitLab: You are not allowed to push code to this project."

NO_DELETE = "GitLab: You can only delete protected branches using the web interface."

HOOK = f"""#!/bin/sh
# What only git can say when a push comes over HTTP, since the commits come with it.
grep -qxF "$1" forge-no-force 2>/dev/null || exit 0
git merge-base --is-ancestor "$2" "$3" || {{ echo "{FORCED}"; exit 1; }}
"""

FREE_SETTINGS = {
    "merge_method",
    "squash_option",
    "visibility",
    "ci_default_git_depth",
    "restrict_user_defined_variables",
    "ci_pipeline_variables_minimum_override_role",
    "only_allow_merge_if_pipeline_succeeds",
    "only_allow_merge_if_all_discussions_are_resolved",
}
PREMIUM_SETTINGS = {
    "reset_approvals_on_push",
    "selective_code_owner_removals",
    "disable_overriding_approvers_per_merge_request",
    "merge_requests_author_approval",
    "merge_requests_disable_committers_approval",
    "require_password_to_approve",
}


class Branches:
    """The half of the world that is git, and what a maintainer sets about it."""

    def make_project(self, path, id, parent, *, forked_from=None, visibility="private"):
        made = Project(id, path, self.clock.tick(), parent, visibility=visibility, forked_from=forked_from)
        made.git = Bare(self.root / f"{made.full_path}.git", self.clock)
        hook = made.git.path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK)
        hook.chmod(0o755)
        made.git.git("config", "transfer.hideRefs", "refs/keep-around")
        self.projects[id] = made
        return made

    def find_project(self, what):
        if isinstance(what, Project):
            return what
        for each in self.projects.values():
            if str(what) in (str(each.id), each.full_path):
                return each
        raise not_found("Project")

    def fork(self, who, path=None):
        """Fork the project into a person's own namespace."""
        user = self.user(who)
        if self.level(user) < REPORTER and self.project.visibility == "private":
            raise forbidden()
        number = self.next_id("project")
        space = self.group(user.username)
        space.personal = True
        made = self.make_project(path or self.project.path, number, space, forked_from=self.project)
        made.members[user.id] = Member(user, OWNER, self.clock.now)
        made.git.git("fetch", "--quiet", str(self.project.git.path), "+refs/heads/*:refs/heads/*")
        return made

    def delete_project(self, what):
        """Delete a fork; merge requests from it stay, without it."""
        self.clock.tick()
        project = self.find_project(what)
        assert project is not self.project, "the world has this one project"
        del self.projects[project.id]
        for mr in self.project.merge_requests.values():
            mr.source = None if mr.source is project else mr.source

    def may_push(self, user, project, branch, *, forced=False):
        """Nothing, or Refused as the pre-receive hook words it."""
        level = self.level(user, project)
        if level < DEVELOPER:
            raise Refused(403, NO_PUSH)
        protection = project.protected.get(branch)
        if protection and (level < protection.push_level or protection.push_level == 0):
            raise Refused(403, PROTECTED)
        if protection and forced and not protection.allow_force_push:
            raise Refused(403, FORCED)

    def push(self, who, branch, files=None, *, force=False, on=None, message="change", author=None, committer=None,
             date=None, commits=None, project=None):  # fmt: skip
        """Push one commit of `files`, or `commits` ([(files, message), …]); the new head.

        A branch that is new begins at `on`, or at the default branch. With `force` the branch begins there again.
        `author` and `committer` are the names (`bare.Name`) that the commits carry; `date` is the time they claim.
        """
        user, place = self.user(who), self.find_project(project or self.project)
        self.may_push(user, place, branch, forced=force)
        self.obey_push_rules(user, place, committer or claims(user))
        self.clock.tick()
        before = place.git.head(branch)
        start = place.git.resolve(on or place.default_branch)
        parents = None if not force else [start] if start else []
        many = commits or [(files or {}, message)]
        made = place.git.commits(branch, many, who=author or claims(user), committer=committer or claims(user), on=start,
                                 parents=parents, date=date)  # fmt: skip
        self.pushed(user, place, branch, before, made[-1])
        return made[-1]

    def push_commit(self, who, branch, commit, *, force=False, project=None):
        """Push a commit that exists already to a branch, as a reset, a fast-forward or a merge by hand does."""
        user, place = self.user(who), self.find_project(project or self.project)
        before = place.git.head(branch)
        if before and not place.git.has(before, commit) and not force:
            raise Refused(403, "! [rejected] (non-fast-forward)")
        self.may_push(user, place, branch, forced=force)
        self.clock.tick()
        place.git.move(branch, commit)
        self.pushed(user, place, branch, before, commit)
        return commit

    def delete_branch(self, who, branch, *, project=None):
        """Delete a branch; merge requests from it stay as they are."""
        user, place = self.user(who), self.find_project(project or self.project)
        before = place.git.head(branch)
        if before is None:
            raise not_found("Branch")
        self.may_delete(place, branch)
        self.may_push(user, place, branch)
        self.clock.tick()
        place.git.move(branch, None)
        self.pushed(user, place, branch, before, None)

    def may_delete(self, project, branch):
        if branch in project.protected or branch == project.default_branch:
            raise Refused(403, NO_DELETE)

    def protect(self, branch, *, push_level=MAINTAINER, merge_level=MAINTAINER, allow_force_push=False,
                code_owner_approval_required=False):  # fmt: skip
        """Protect a branch, or protect it in another way."""
        self.clock.tick()
        if code_owner_approval_required and self.tier == "free":
            raise Refused(403, "Code owners are not available on this tier")
        self.project.protected[branch] = Protection(self.next_id("protection"), branch, push_level, merge_level,
                                                    allow_force_push, code_owner_approval_required)  # fmt: skip
        self.tell_hook()

    def tell_hook(self):
        """Which branches the hook keeps from being forced."""
        kept = [f"refs/heads/{each.name}\n" for each in self.project.protected.values() if not each.allow_force_push]
        (self.project.git.path / "forge-no-force").write_text("".join(kept))

    def unprotect(self, branch):
        self.clock.tick()
        if self.project.protected.pop(branch, None) is None:
            raise not_found()
        self.tell_hook()

    def set_project(self, **settings):
        """Change settings of the project; those of approvals are refused on Free."""
        self.clock.tick()
        for name, value in settings.items():
            if name not in FREE_SETTINGS | PREMIUM_SETTINGS:
                raise Refused(400, f"{name} is no setting")
            if name in PREMIUM_SETTINGS and self.tier == "free":
                raise Refused(403, f"{name} is not available on this tier")
            setattr(self.project, name, value)

    def approval_rule(self, name, approvals_required, *, users=(), groups=()):
        """A rule of the project (Premium). Nobody checks that anybody can fulfil it, as GitLab does not."""
        if self.tier == "free":
            raise not_found()
        self.clock.tick()
        made = Rule(self.next_id("rule"), name, approvals_required, tuple(map(self.user, users)),
                    tuple(map(self.find_group, groups)))  # fmt: skip
        self.project.rules.append(made)
        return made.id

    def set_push_rules(self, **rules):
        """Premium: `commit_committer_check` (only one's own commits), `reject_unsigned_commits` (none here is signed)."""
        if self.tier == "free":
            raise not_found()
        assert set(rules) <= {"commit_committer_check", "reject_unsigned_commits"}, rules
        self.clock.tick()
        self.project.push_rules = rules

    def obey_push_rules(self, user, project, committer):
        rules = project.push_rules or {}
        if rules.get("reject_unsigned_commits"):
            raise Refused(403, "GitLab: Commit must be signed with a GPG key")
        if rules.get("commit_committer_check") and committer.email != user.email:
            raise Refused(403, f"GitLab: You cannot push commits for '{committer.email}'.")

    def run_pipeline(self, ref="main", *, status="success", source="schedule"):
        """A pipeline that began and ended now; its number."""
        began = self.clock.now
        made = Pipeline(self.next_id("pipeline"), self.project.git.resolve(ref), ref, status, source, began,
                        self.clock.tick())  # fmt: skip
        self.project.pipelines.append(made)
        return made.id
