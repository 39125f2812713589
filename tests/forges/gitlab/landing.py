"""How merge requests of the fake GitLab land: by each of its merge methods, by a push, and the rebase before it."""

from tests.forges.gitlab.people import claims
from tests.forges.gitlab.state import DEVELOPER, Refused, forbidden, unauthorized

METHODS = {
    "merge": ("merge", False),
    "squash": ("merge", True),
    "semi-linear": ("rebase_merge", False),
    "rebase_merge": ("rebase_merge", False),
    "ff": ("ff", False),
    "squash_ff": ("ff", True),
}
"""By the verb's word: the project's merge method as the API names it, and whether the commits are squashed."""


class Landing:
    def merge(self, who, iid, method=None):
        """Merge with the button. `method` sets the project's merge method first, which on GitLab is a setting.

        - `merge`: a merge commit; `squash`: one commit, and a merge commit of it;
        - `semi-linear` (`rebase_merge`): a merge commit, refused where the branch is behind;
        - `ff`: the branch's own commits, refused where it is behind; `squash_ff`: one commit and nothing else.
        """
        user, mr = self.user(who), self.mr(iid)
        kind, squash = METHODS[method or self.project.merge_method]
        self.project.merge_method = kind
        self.may_merge(user, mr)
        git, target = self.project.git, mr.target_branch
        before, head = git.head(target), mr.latest.head
        self.clock.tick()
        who = claims(user)
        if squash:
            onto = before if kind == "ff" else mr.latest.start
            tree = git.joined(mr.latest.base, onto, head)
            head = git.commit_tree(tree, [onto], author=claims(mr.author), committer=who, message=f"{mr.title}\n")
            mr.squash_commit_sha = head
        if kind == "ff":
            git.move(target, head)
            mr.merged_commit_sha = head
        else:
            mr.merge_commit_sha = git.merge(target, head, who=who, committer=who, message=self.merge_message(mr))
        self.close_as_merged(mr, user)
        # A merge is a push, too: it may land other merge requests, and move the branch that others come from.
        self.pushed(user, self.project, target, before, git.head(target))
        return git.head(target)

    def merge_message(self, mr):
        reference = f"{self.project.full_path}!{mr.iid}"
        return f"Merge branch '{mr.source_branch}' into '{mr.target_branch}'\n\n{mr.title}\n\nSee merge request {reference}\n"

    def may_merge(self, user, mr):
        """Nothing, or Refused as the button words it."""
        protection = self.project.protected.get(mr.target_branch)
        least = protection.merge_level if protection else DEVELOPER
        if least == 0 or self.level(user) < least:
            raise unauthorized()
        if self.merge_status(mr) != "mergeable":
            raise Refused(405, "405 Method Not Allowed")

    def merge_status(self, mr):
        """`detailed_merge_status`."""
        if mr.state != "opened":
            return "not_open"
        if mr.busy:
            return mr.busy
        if mr.draft:
            return "draft_status"
        if not all(self.rule_state(rule, mr)[2] for rule in self.rules_of(mr)):
            return "not_approved"
        git = self.project.git
        sides = git.head(mr.target_branch), mr.latest.head
        if sides not in self.joins:
            self.joins[sides] = git.run("merge-tree", "--write-tree", *sides).returncode == 0
        if not self.joins[sides]:
            return "conflict"
        if self.project.merge_method != "merge" and not git.has(*sides):
            return "need_rebase"
        if self.project.only_allow_merge_if_pipeline_succeeds:
            last = [each for each in self.project.pipelines if each.sha == mr.latest.head]
            if not last or last[-1].status != "success":
                return "ci_must_pass"
        return "mergeable"

    def close_as_merged(self, mr, user):
        mr.state, mr.merged_at, mr.merge_user = "merged", self.clock.now, user
        self.event(mr, user, "merged")
        # DeleteNonLatestDiffsService: of older versions GitLab keeps the commits and drops the files.
        for each in mr.versions[:-1]:
            each.cleaned = True

    def landed_by(self, mr, before, after):
        """Whether a push brings a merge request's head to its target branch."""
        git, head = self.project.git, mr.latest.head
        return head != mr.latest.base and git.has(head, after) and not git.has(head, before)

    def merged_by_push(self, mr, user, before, after):
        """Mark a merge request merged because its head came with a push, whatever it lacked in approvals."""
        git = self.project.git
        line = git.git("rev-list", "--reverse", "--first-parent", f"{before}..{after}").split()
        mr.merge_commit_sha = next(each for each in line if git.has(mr.latest.head, each))
        self.close_as_merged(mr, user)

    def push_merge(self, who, iid, edit=None):
        """Merge on one's own machine and push the merge commit, which may change files itself (`edit`)."""
        user, mr = self.user(who), self.mr(iid)
        self.may_push(user, self.project, mr.target_branch)
        self.clock.tick()
        git, before = self.project.git, self.project.git.head(mr.target_branch)
        made = git.merge(mr.target_branch, mr.latest.head, who=claims(user), committer=claims(user), edit=edit,
                         message=f"Merge branch '{mr.source_branch}'\n")  # fmt: skip
        self.pushed(user, self.project, mr.target_branch, before, made)
        return made

    def rebase(self, who, iid):
        """Rebase the source branch upon the target with the button: the committer is whoever pressed it.

        Nothing is done where it is up to date.
        """
        user, mr = self.user(who), self.mr(iid)
        if mr.state != "opened" or mr.source is not self.project:
            raise forbidden()
        self.may_push(user, self.project, mr.source_branch, forced=True)
        self.clock.tick()
        git, before = self.project.git, mr.latest.head
        if git.has(git.head(mr.target_branch), before):
            return before
        git.git("update-ref", "refs/forge/rebase", git.head(mr.target_branch))
        made = git.rebase("refs/forge/rebase", before, committer=claims(user))
        git.move("refs/forge/rebase", None)
        git.move(mr.source_branch, made[-1])
        self.pushed(user, self.project, mr.source_branch, before, made[-1])
        return made[-1]
