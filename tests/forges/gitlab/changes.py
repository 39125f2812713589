"""Merge requests of the fake GitLab until they land: opening, versions, approvals, notes."""

import re

from tests.forges.gitlab.state import (
    DEVELOPER,
    GUEST,
    MAINTAINER,
    REPORTER,
    Approval,
    MergeRequest,
    Note,
    Push,
    Refused,
    Rule,
    StateEvent,
    Version,
    forbidden,
    not_found,
    unauthorized,
)

COMMANDS = ("approve", "unapprove", "close", "reopen", "merge")
FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)


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

    def renew(self, mr):
        """Take the source branch as it is now for the newest version of the diff."""
        git, source = self.project.git, mr.source
        head = source.git.head(mr.source_branch)
        ref = f"refs/merge-requests/{mr.iid}/head"
        if source is not self.project:
            git.git("fetch", "--quiet", str(source.git.path), f"+{head}:{ref}")
        git.move(ref, head)
        start = git.head(mr.target_branch)
        base = git.merge_base(start, head) or start
        patch = git.git("patch-id", "--stable", given=git.git("diff", base, head, strip=False).encode()).split()
        busy = mr.busy != ""
        mr.versions.append(Version(self.next_id("version"), head, base, start, self.clock.now,
                                   None if busy or not patch else patch[0]))  # fmt: skip
        self.patches[mr.versions[-1].id] = patch[0] if patch else None

    def pushed(self, user, place, branch, before, after):
        """What GitLab does after a push: versions, notes and approvals of merge requests, and those that it merged."""
        self.log_push(user, place, branch, before, after)
        for mr in list(self.project.merge_requests.values()):
            if mr.state != "opened":
                continue
            if mr.source is place and mr.source_branch == branch and after is None:
                self.tell(mr, user, f"deleted source branch `{branch}`")
            elif mr.source is place and mr.source_branch == branch and mr.latest.head != after:
                self.push_to(mr, user)
            elif (
                after
                and place is self.project
                and mr.target_branch == branch
                and before
                and self.landed_by(mr, before, after)
            ):
                self.merged_by_push(mr, user, before, after)

    def log_push(self, user, place, branch, before, after):
        self.pushes.append(Push(self.next_id("push"), place, user, branch, before, after, self.clock.now))

    def push_to(self, mr, user):
        """A new version of an open merge request, with the note about it; Premium drops approvals of other patches."""
        git, old = self.project.git, mr.latest
        self.renew(mr)
        known = set(git.between(old.base, old.head))
        added = [each for each in git.between(mr.latest.base, mr.latest.head) if each not in known]
        since = git.merge_base(old.head, mr.latest.head)
        moved = [] if since == old.head else git.between(since, mr.latest.base)
        items = [f"<li>{each[:8]} - {git.stored(each).message.splitlines()[0]}</li>" for each in reversed(added)]
        if moved:
            span = f"{old.head[:8]}...{moved[-1][:8]}" if len(moved) > 1 else moved[0][:8]
            word = "commit" if len(moved) == 1 else "commits"
            items.insert(0, f"<li>{span} - {len(moved)} {word} from branch <code>{mr.target_branch}</code></li>")
        count = len(added) + len(moved)
        compare = (
            f"/{self.project.full_path}/-/merge_requests/{mr.iid}/diffs?diff_id={mr.latest.id}&start_sha={old.head}"
        )
        words = "commit" if count == 1 else "commits"
        listed = f"<ul>{''.join(items)}</ul>"
        self.tell(mr, user, f"added {count} {words}\n\n{listed}\n\n[Compare with previous version]({compare})")
        changed = self.patches[mr.latest.id] != self.patches[old.id]
        if self.tier != "free" and self.project.reset_approvals_on_push and changed:
            self.reset(mr, user)

    def reset(self, mr, user):
        if mr.approvals:
            names = [f"@{each.user.username}" for each in mr.approvals]
            said = names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
            mr.approvals.clear()
            self.tell(mr, user, f"reset approvals from {said} by pushing to the branch")

    def tell(self, mr, user, body):
        """A system note, which nobody can write."""
        self.add_note(mr, user, body, system=True)

    def add_note(self, mr, user, body, *, system=False):
        now = self.clock.now
        mr.updated_at = now
        mr.notes.append(Note(self.next_id("note"), user, body, now, now, system))
        return mr.notes[-1]

    def event(self, mr, user, state):
        """A change of state. It has an event and no note, since GitLab keeps them apart."""
        mr.updated_at = self.clock.now
        mr.events.append(StateEvent(self.next_id("event"), user, state, self.clock.now))

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
        user, mr = self.user(who), self.mr(iid)
        kept = [each for each in mr.approvals if each.user is not user]
        if len(kept) == len(mr.approvals) or mr.state == "merged":
            raise not_found()
        self.clock.tick()
        mr.approvals = kept
        self.tell(mr, user, "unapproved this merge request")

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

    # Notes and what else is said.

    def note(self, who, iid, text):
        """Comment; its number, or None where the text held nothing but commands (`/approve`), which are obeyed."""
        user, mr = self.user(who), self.mr(iid)
        if self.level(user) < (GUEST if self.project.visibility == "public" else REPORTER):
            raise not_found()
        self.clock.tick()
        body, commands = self.commands_in(text)
        self.obey(mr, user, commands)
        return self.add_note(mr, user, body).id if body.strip() or not commands else None

    def edit_note(self, who, iid, note, text):
        """Change a comment: one's own, or a maintainer anybody's. Nothing tells who did."""
        user, found = self.user(who), self.find_note(iid, note)
        if found.system or (found.author is not user and self.level(user) < MAINTAINER):
            raise forbidden()
        found.updated_at = self.clock.tick()
        found.body = text

    def find_note(self, iid, note):
        for each in self.mr(iid).notes:
            if each.id == note:
                return each
        raise not_found("Note")

    def commands_in(self, text):
        """What is left of a text without its commands (quick actions), and these. In a code block they are text."""
        blocks = [each.span() for each in FENCED.finditer(text)]
        kept, found, at = [], [], 0
        for line in text.splitlines(keepends=True):
            word = line.strip().removeprefix("/")
            inside = any(begin <= at < end for begin, end in blocks)
            at += len(line)
            if line.startswith("/") and word in COMMANDS and not inside:
                found.append(word)
            else:
                kept.append(line)
        return "".join(kept).rstrip("\n") if found else text, found

    def obey(self, mr, user, commands):
        """Do what the commands say, as far as their author may; what is refused is ignored, as GitLab does."""
        for each in commands:
            try:
                getattr(self, each)(user, mr.iid)
            except Refused:
                continue

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

    def retarget(self, who, iid, target):
        """Let a merge request aim at another branch: a new version; Premium drops approvals, Free keeps them."""
        user, mr = self.user(who), self.mr(iid)
        self.may_change(user, mr)
        if mr.state == "merged" or self.project.git.head(target) is None:
            raise Refused(422, {"base": [f"target branch {target}"]})
        self.clock.tick()
        before, mr.target_branch = mr.target_branch, target
        self.renew(mr)
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
