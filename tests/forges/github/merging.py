"""Verbs by which a pull request lands, and what GitHub says about commits and pull requests then."""

from tests.forges.bare import Refused
from tests.forges.github.state import FORGE, QUEUE_BOT


class Merging:
    """Part of the world: how pull requests become commits of a branch."""

    def begin_merging(self):
        self.bypass, self.tested = set(), {}
        self.methods = {"merge", "squash", "rebase"}

    def merge(self, login, pr, method="merge", *, delete_branch=False):
        """Merge as the button does, if the rules of the branch are met; the landing commit."""
        account, pull = self.who(login), self.pull(pr)
        self.check_merge(account, pull, method)
        missing = self.missing(pull)
        if missing:
            raise Refused(missing, 405)
        return self.land(account, pull, method, delete_branch=delete_branch)

    def bypass_merge(self, login, pr, method="merge"):
        """Merge whatever the rules say, as an administrator or somebody on the bypass list."""
        account, pull = self.who(login), self.pull(pr)
        self.check_merge(account, pull, method)
        if not self.may(account, "admin") and account.id not in self.bypass:
            raise Refused("Only those who may bypass the rules can do that", 405)
        short = self.missing(pull)
        made = self.land(account, pull, method)
        if short:
            self.bypassed()
        return made

    def queue_merge(self, login, *prs, merged_by_bot=True):
        """Put pull requests into the merge queue, which lands each with a merge commit, all in one push; the commits."""
        account, bot = self.who(login), self.people[QUEUE_BOT]
        pulls = [self.pull(each) for each in prs]
        for pull in pulls:
            self.check_merge(account, pull, "merge")
            if missing := self.missing(pull):
                raise Refused(missing, 405)
            self.clock.tick()
            self.event(pull, "added_to_merge_queue", account)
        base, before = pulls[0].base, self.bare.head(pulls[0].base)
        self.clock.tick()
        made = []
        for pull in pulls:
            first = self.bare.head(base)
            made.append(self.bare.merge(base, pull.head, who=FORGE, committer=FORGE, message=merge_message(self, pull)))
            self.landed(pull, bot if merged_by_bot else account, made[-1], self.new_commits(first, pull, made[-1]), bot)
        self.moved(self.repository, base, before, made[-1], bot, "merge_queue_merge")
        return made

    def push_merge(self, login, pr, files):
        """Somebody merges on their own machine, changing `files` in the merge itself, and pushes that; the commit."""
        account, pull = self.who(login), self.pull(pr)
        self.check_push(account, self.repository, pull.base)
        before = self.bare.head(pull.base)
        self.clock.tick()
        made = self.bare.merge(pull.base, pull.head, who=account.name, committer=account.name, message="Merge",
                               edit=files)  # fmt: skip
        self.moved(self.repository, pull.base, before, made, account)
        return made

    def update_branch(self, login, pr):
        """The button that merges the base branch into the pull request's."""
        account, pull = self.who(login), self.pull(pr)
        before = self.bare.head(pull.head_ref)
        self.clock.tick()
        made = self.bare.merge(pull.head_ref, self.bare.head(pull.base), who=account.noreply, committer=FORGE,
                               message=f"Merge branch '{pull.base}' into {pull.head_ref}")  # fmt: skip
        self.moved(self.repository, pull.head_ref, before, made, account)
        return made

    def check_merge(self, account, pull, method):
        self.must(account, "write")
        if not pull.open:
            raise Refused("Pull Request is not mergeable", 405)
        if pull.draft:
            raise Refused("Pull Request is still a draft", 405)
        allowed = self.rules_of(pull.base).get("pull_request", {}).get("allowed_merge_methods", self.methods)
        if method not in self.methods or method not in allowed:
            raise Refused(f"{method} merges are not allowed on this repository.", 405)

    def missing(self, pull):
        """What the rules of the base branch still ask for; None for nothing."""
        rule = self.rules_of(pull.base).get("pull_request")
        if rule is None:
            return None
        last = {each.user: each for each in pull.reviews if each.state != "COMMENTED"}
        people = {each: self.people[each] for each in last if each is not None}
        approved = [each for each, who in people.items() if last[each].state == "APPROVED" and self.may(who, "write")]
        if any(last[each].state == "CHANGES_REQUESTED" for each in people):
            return "Changes were requested."
        if rule.get("require_last_push_approval"):
            approved = [each for each in approved if each != self.last_pusher(pull)]
        if len(approved) < rule.get("required_approving_review_count", 0):
            return f"At least {rule['required_approving_review_count']} approving review is required by reviewers with write access."
        return None

    def last_pusher(self, pull):
        pushes = [each.actor for each in self.activities if each.ref == f"refs/heads/{pull.head_ref}" and each.after]
        return pushes[-1] if pushes else pull.user

    def land(self, account, pull, method, *, delete_branch=False):
        before = self.bare.head(pull.base)
        self.clock.tick()
        if method == "merge":
            commit = self.bare.merge(pull.base, pull.head, who=account.noreply, committer=FORGE,
                                     message=merge_message(self, pull))  # fmt: skip
            landed = self.new_commits(before, pull, commit)
        elif method == "squash":
            commit = self.bare.squash(pull.base, pull.head, who=self.squash_author(pull, account), committer=FORGE,
                                      message=self.squash_message(pull, before))  # fmt: skip
            landed = (commit,)
        else:
            landed = tuple(self.bare.rebase(pull.base, pull.head, committer=account.name))
            commit = landed[-1]
        self.landed(pull, account, commit, landed, account, before=before)
        self.moved(self.repository, pull.base, before, commit, account, "pr_merge")
        if delete_branch:
            self.delete_branch(account, pull.head_ref, pull.repository)
        return commit

    def landed(self, pull, merged_by, commit, landed, actor, *, before=None):
        """The pull request is merged from now on."""
        pull.start = self.bare.merge_base(before or f"{commit}^1", pull.head)
        pull.merged = pull.closed = self.clock.now
        pull.merged_by, pull.merge_commit, pull.landed = merged_by.id, commit, tuple(landed)
        self.event(pull, "merged", actor, commit=commit)
        self.event(pull, "closed", actor)

    def indirect_merges(self, branch, after, account):
        """Pull requests whose head came into their base branch some other way count as merged, whatever the rules say."""
        for pull in list(self.pulls.values()):
            if pull.open and pull.base == branch and self.bare.has(pull.head, after):
                path = self.bare.git("rev-list", "--first-parent", "--reverse", f"^{pull.head}^@", after).split()
                commit = next(each for each in path if self.bare.has(pull.head, each))
                before = pull.base_sha
                self.landed(pull, account, commit, self.new_commits(before, pull, commit), account, before=before)

    def new_commits(self, before, pull, commit):
        """What a merge has brought to the branch, the merge commit too."""
        return tuple(dict.fromkeys([*self.bare.between(before, pull.head), commit]))

    def squash_author(self, pull, account):
        author = self.people.get(pull.user, account)
        return author.noreply

    def squash_message(self, pull, before):
        authors = {self.bare.stored(each).author for each in self.bare.between(before, pull.head)}
        own = self.people[pull.user].email if pull.user else ""
        named = sorted(f"Co-authored-by: {each.name} <{each.email}>" for each in authors if each.email != own)
        return "\n\n".join([f"{pull.title} (#{pull.number})", *([pull.body] if pull.body else []),
                            *(["\n".join(named)] if named else [])])  # fmt: skip

    # What follows from it.

    def commits_of(self, pull):
        """The pull request's commits, oldest first."""
        start = pull.start or self.bare.head(pull.base)
        return self.bare.between(start, pull.head)

    def test_merge(self, pull):
        """The commit that a merge would make now; None where it would conflict."""
        key = (self.bare.head(pull.base), pull.head)
        if key not in self.tested:
            try:
                tree = self.bare.joined(self.bare.merge_base(*key), *key)
            except Refused:
                self.tested[key] = None
            else:
                self.tested[key] = self.bare.commit_tree(tree, key, author=FORGE, committer=FORGE, message="test merge")
        return self.tested[key]

    def associated(self, commit):
        """The pull requests that GitHub names for a commit: merged ones that brought it to the default branch; before
        that all that have it, but for open ones from forks."""
        if self.bare.has(commit, self.tip):
            return [each for each in self.pulls.values() if commit in each.landed]
        return [each for each in self.pulls.values() if (each.open or each.merged) and commit in self.commits_of(each)
                and not (each.open and each.repository is not self.repository)]  # fmt: skip


def merge_message(world, pull):
    owner = world.people[pull.head_owner].login if pull.head_owner else "unknown"
    return f"Merge pull request #{pull.number} from {owner}/{pull.head_ref}\n\n{pull.title}"
