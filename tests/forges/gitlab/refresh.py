"""What a push does to merge requests of the fake GitLab: versions, notes about them, approvals that go."""

from datetime import timedelta

from tests.forges.gitlab.state import Push, Version


class Refresh:
    """Versions of merge requests, as GitLab's workers make them after each push."""

    def renew(self, mr):
        """Take the source branch as it is now for the newest version of the diff."""
        git, source = self.project.git, mr.source
        head = source.git.head(mr.source_branch)
        ref = f"refs/merge-requests/{mr.iid}/head"
        if source is not self.project:
            git.git("fetch", "--quiet", str(source.git.path), f"+{head}:{ref}")
        git.move(ref, head)
        # Hidden from who lists the references; whoever knows a commit's id can fetch it as long as this is here.
        git.move(f"refs/keep-around/{head}", head)
        start = git.head(mr.target_branch)
        base = git.merge_base(start, head) or start
        patch = git.git("patch-id", "--stable", given=git.git("diff", base, head, strip=False).encode()).split()
        busy = mr.busy != ""
        mr.versions.append(Version(self.next_id("version"), head, base, start, self.clock.now,
                                   None if busy or not patch else patch[0]))  # fmt: skip
        self.patches[mr.versions[-1].id] = patch[0] if patch else None

    def pushed(self, user, place, branch, before, after):
        """What GitLab does after a push (RefreshService): notes, versions, approvals, and what the push merged."""
        self.log_push(user, place, branch, before, after)
        for mr in list(self.project.merge_requests.values()):
            if mr.source is place and mr.source_branch == branch:
                self.source_moved(mr, user, before, after)
            elif place is self.project and mr.target_branch == branch and before and after and mr.state == "opened":
                self.target_moved(mr, user, before, after)

    def source_moved(self, mr, user, before, after):
        if mr.state == "closed":
            # It has no new version until it is opened again, and loses its approvals at once.
            if self.tier != "free" and self.project.reset_approvals_on_push:
                self.reset(mr, user)
        elif mr.state == "opened" and after is None:
            self.tell(mr, user, f"deleted source branch `{mr.source_branch}`")
        elif mr.state == "opened":
            if before is None:
                self.tell(mr, user, f"restored source branch `{mr.source_branch}`")
            if mr.latest.head != after:
                self.push_to(mr, user)

    def target_moved(self, mr, user, before, after):
        if self.landed_by(mr, before, after):
            self.merged_by_push(mr, user, before, after)
        elif not self.project.git.has(before, after):
            # Of a forced push all that go there get a new version, of the same head.
            self.renew(mr)

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
        if count:
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

    def drop_old_heads(self):
        """GitLab's job since 16.6: 14 days after the end of a merge request its `head` is gone, the commits are not."""
        ended = self.clock.tick() - timedelta(days=14)
        for mr in self.project.merge_requests.values():
            if (mr.merged_at or mr.closed_at or self.clock.now) <= ended:
                self.project.git.move(f"refs/merge-requests/{mr.iid}/head", None)
