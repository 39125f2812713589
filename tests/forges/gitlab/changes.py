"""Merge requests of the fake GitLab until they land: opening, versions, approvals, notes."""

from tests.forges.gitlab.state import (
    DEVELOPER,
    GUEST,
    REPORTER,
    Approval,
    MergeRequest,
    Refused,
    Rule,
    forbidden,
    not_found,
    unauthorized,
)


class Changes:
    """Verbs about merge requests. A merge request is named by its number in the project (`iid`)."""

    def mr(self, iid):
        """The record behind a number, to be read only."""
        if isinstance(iid, MergeRequest):
            return iid
        if iid not in self.project.merge_requests:
            raise not_found()
        return self.project.merge_requests[iid]

    def open_mr(self, who, source, title=None, description="", *, target=None, project=None):
        """Open a merge request from a branch (of a fork: `project`); its number."""
        user, place = self.user(who), self.find_project(project or self.project)
        target = target or self.project.default_branch
        least = DEVELOPER if place is self.project else REPORTER
        if self.level(user) < least and not (place is not self.project and self.project.visibility == "public"):
            raise forbidden()
        if place is self.project and source == target:
            raise Refused(422, ["You can't use same project/branch for source and target"])
        for name, where in ((source, place), (target, self.project)):
            if where.git.head(name) is None:
                raise Refused(422, {"base": [f"branch {name} does not exist"]})
        for each in self.project.merge_requests.values():
            if (each.source, each.source_branch, each.target_branch, each.state) == (place, source, target, "opened"):
                raise Refused(409, [f"Another open merge request already exists for this source branch: !{each.iid}"])
        now, iid = self.clock.tick(), self.next_id("iid")
        title = title or place.git.stored(place.git.head(source)).message.split("\n")[0]
        made = MergeRequest(self.next_id("mr"), iid, user, title, "", place, source, target, now, now)
        self.project.merge_requests[iid] = made
        self.renew(made)
        text, commands = self.commands_in(description)
        made.description = text
        self.obey(made, user, commands)
        return iid

    # Approvals.

    def eligible(self, user, mr):
        """Whether somebody may approve; the author may on Free, and wherever a Premium project lets them."""
        level = self.level(user)
        if level < DEVELOPER and not (user is mr.author and level >= GUEST):
            return False
        if self.tier == "free":
            return True
        if user is mr.author and not self.project.merge_requests_author_approval:
            return False
        return not (self.project.merge_requests_disable_committers_approval and user.email in self.committers(mr))

    def committers(self, mr):
        """Addresses of the newest version's committers; what an earlier version had is forgotten."""
        git = self.project.git
        return {git.stored(each).committer.email for each in git.between(mr.latest.base, mr.latest.head)}

    def approve(self, who, iid, sha=None):
        """Approve. GitLab lets people approve after the merge, too."""
        user, mr = self.user(who), self.mr(iid)
        if sha is not None and sha != mr.latest.head:
            raise Refused(409, f"SHA does not match HEAD of source branch: {mr.latest.head}")
        if any(each.user is user for each in mr.approvals) or not self.eligible(user, mr):
            raise unauthorized()
        mr.approvals.append(Approval(user, self.clock.tick()))
        # Later: a worker writes the note.
        self.clock.tick()
        self.tell(mr, user, "approved this merge request")

    def unapprove(self, who, iid):
        """Take an approval back, after the merge, too."""
        user, mr = self.user(who), self.mr(iid)
        kept = [each for each in mr.approvals if each.user is not user]
        if len(kept) == len(mr.approvals):
            raise not_found()
        self.clock.tick()
        mr.approvals = kept
        self.tell(mr, user, "unapproved this merge request")

    def request_changes(self, who, iid):
        """A reviewer's other word: their own approval goes, without the note that taking it back would leave."""
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        self.clock.tick()
        mr.approvals = [each for each in mr.approvals if each.user is not user]
        self.tell(mr, user, "requested changes")

    def reset_approvals(self, who, iid):
        """Drop all approvals, as bots may; no note tells of it."""
        user, mr = self.user(who), self.mr(iid)
        if not user.bot or self.level(user) < DEVELOPER or mr.state == "merged":
            raise unauthorized()
        self.clock.tick()
        mr.approvals.clear()

    def override_rules(self, who, iid, approvals_required):
        """Replace the project's rules on one merge request, as its author may where nobody forbade it (Premium)."""
        user, mr = self.user(who), self.mr(iid)
        if self.tier == "free":
            raise not_found()
        allowed = user is mr.author or self.level(user) >= DEVELOPER
        if self.project.disable_overriding_approvers_per_merge_request or not allowed:
            raise forbidden()
        self.clock.tick()
        mr.rules = [Rule(self.next_id("rule"), "All Members", approvals_required)]

    def approvers(self, rule, mr):
        """Who could fulfil a rule."""
        named = {each.id: each for each in rule.users}
        for group in rule.groups:
            named |= {each.user.id: each.user for each in self.all_members(group).values()}
        if rule.any_approver:
            named = {number: each.user for number, each in self.all_members(self.project).items()}
        return [each for each in named.values() if self.eligible(each, mr)]

    def rule_state(self, rule, mr):
        """(eligible, who of them approved, whether GitLab calls it approved). An impossible rule is approved."""
        eligible = self.approvers(rule, mr)
        approved = [each.user for each in mr.approvals if each.user in eligible]
        impossible = len(eligible) < rule.approvals_required
        return eligible, approved, impossible or len(approved) >= rule.approvals_required

    def rules_of(self, mr):
        return [] if self.tier == "free" else self.project.rules if mr.rules is None else mr.rules

    # Its state and what it says.

    def close(self, who, iid):
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        if mr.state != "opened":
            raise Refused(405, "405 Method Not Allowed")
        mr.state, mr.closed_at, mr.closed_by = "closed", self.clock.tick(), user
        self.event(mr, user, "closed")

    def reopen(self, who, iid):
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        if mr.state != "closed" or mr.source is None or mr.source.git.head(mr.source_branch) is None:
            raise Refused(405, "405 Method Not Allowed")
        self.clock.tick()
        mr.state, mr.closed_at, mr.closed_by = "opened", None, None
        self.event(mr, user, "reopened")
        if mr.source.git.head(mr.source_branch) != mr.latest.head:
            self.push_to(mr, user)

    def may_change(self, user, mr):
        if self.level(user) < DEVELOPER and not (user is mr.author and self.level(user) >= GUEST):
            raise forbidden()

    def retarget(self, who, iid, target, *, deleted=False):
        """Let a merge request aim at another branch: a new version; Premium drops approvals, Free keeps them.

        GitLab does so itself where a merge has `deleted` the branch that it aimed at, and tells that in other words.
        """
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        if mr.state == "merged" or self.project.git.head(target) is None:
            raise Refused(422, {"base": [f"target branch {target}"]})
        self.clock.tick()
        before, mr.target_branch = mr.target_branch, target
        self.renew(mr)
        if deleted:
            self.tell(mr, user, f"deleted the `{before}` branch. This merge request now targets the `{target}` branch")
        else:
            self.tell(mr, user, f"changed target branch from `{before}` to `{target}`")
        if self.tier != "free" and self.project.reset_approvals_on_push:
            mr.approvals.clear()

    def retitle(self, who, iid, title):
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        self.clock.tick()
        before, mr.title = mr.title, title
        self.tell(mr, user, f"changed title from **{before}** to **{title}**")

    def describe(self, who, iid, description):
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        self.clock.tick()
        mr.description = description
        self.tell(mr, user, "changed the description")

    def keep_busy(self, iid, word="approvals_syncing"):
        """GitLab's workers fall behind (`checking` or `approvals_syncing`): patch ids are not computed yet."""
        mr = self.mr(iid)
        mr.busy = word
        mr.latest.patch_id_sha = None

    def catch_up(self, iid):
        mr = self.mr(iid)
        mr.busy = ""
        for each in mr.versions:
            each.patch_id_sha = self.patches[each.id]
