"""Verbs about pull requests that are not their merge: opening, talking, reviewing, closing."""

from tests.forges.bare import Refused
from tests.forges.github.state import ACTIONS_BOT, Comment, Event, Pull, Repository, Review

MOST_CHARACTERS = 65536
VERDICTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class Conversation:
    """Part of the world: what people say to each other."""

    def begin_conversation(self):
        self.pulls, self.comments, self.actions_may_approve = {}, {}, False
        self.environments = {}

    def pull(self, number):
        """By number, or itself."""
        found = number if isinstance(number, Pull) else self.pulls.get(int(number))
        if found is None:
            raise Refused("Not Found", 404)
        return found

    def open_pr(self, login, head, title, body="", *, base="main", fork=None, draft=False):
        """A pull request for a branch of the repository, or of a `fork`; its state, with a `number`."""
        account, repository = self.who(login), fork or self.repository
        self.must(account, "read")
        self.actions_allowed(account)
        commit = repository.bare.head(head)
        if commit is None or self.bare.head(base) is None:
            raise Refused("Validation Failed: head or base is invalid")
        same = [each for each in self.pulls.values()
                if each.open and (each.repository, each.head_ref, each.base) == (repository, head, base)]  # fmt: skip
        if same:
            raise Refused(f"A pull request already exists for {repository.owner.login}:{head}.")
        now, number = self.clock.tick(), len(self.pulls) + 1
        self.show(number, repository, head)
        if not self.bare.between(self.bare.head(base), commit):
            raise Refused(f"No commits between {base} and {head}")
        made = Pull(self.ids.new("pull"), number, account.id, title, body, repository, repository.owner.id, head,
                    commit, base, self.bare.head(base), now, now, draft)  # fmt: skip
        self.pulls[number] = made
        return made

    def show(self, number, repository, branch):
        """Let `refs/pull/N/head` be at the branch's head."""
        ref = f"refs/pull/{number}/head"
        if repository is self.repository:
            self.bare.move(ref, self.bare.head(branch))
        else:
            self.bare.git("fetch", "--quiet", str(repository.bare.path), f"+refs/heads/{branch}:{ref}")

    def review(self, login, pr, state, body="", *, commit=None, by_email=False):
        """A submitted review of the head (or of an older `commit`, as from a page that was left open)."""
        account, pull, state = self.who(login), self.pull(pr), VERDICTS.get(state, state)
        self.check_review(account, pull, state, body)
        if commit and not self.bare.has(commit, pull.head):
            raise Refused("Commit is not part of the pull request")
        made = Review(self.ids.new("review"), account.id, state, body, commit or pull.head, self.clock.tick(), by_email)
        pull.reviews.append(made)
        pull.updated = self.clock.now
        return made

    def begin_review(self, login, pr, body=""):
        """A review that only its author sees until it is submitted; it is of the head at this time."""
        account, pull = self.who(login), self.pull(pr)
        self.must(account, "read")
        made = Review(self.ids.new("review"), account.id, "PENDING", body, pull.head, self.clock.tick())
        pull.reviews.append(made)
        return made

    def submit_review(self, login, pr, review, state, body=None):
        account, pull, state = self.who(login), self.pull(pr), VERDICTS.get(state, state)
        self.check_review(account, pull, state, review.body if body is None else body)
        if review.state != "PENDING" or review.user != account.id:
            raise Refused("Can not submit this review")
        review.state, review.at = state, self.clock.tick()
        review.body = review.body if body is None else body
        pull.updated = self.clock.now

    def check_review(self, account, pull, state, body):
        self.must(account, "read")
        if state not in VERDICTS.values():
            raise Refused(f"{state} is not a review's state")
        if pull.user == account.id and state != "COMMENTED":
            said = "approve" if state == "APPROVED" else "request changes on"
            raise Refused(f"Can not {said} your own pull request")
        if state == "APPROVED":
            self.actions_allowed(account)
        if not body and state != "APPROVED":
            raise Refused("Body is required for a review that does not approve")
        fits(body)

    def dismiss(self, login, pr, review, message="dismissed"):
        account, pull = self.who(login), self.pull(pr)
        self.must(account, "write")
        if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
            raise Refused("Can not dismiss this review")
        self.clock.tick()
        self.dismissed(pull, review, account, message)

    def dismissed(self, pull, review, account, message):
        told = {"state": review.state.lower(), "review_id": review.id, "dismissal_message": message}
        review.state = "DISMISSED"
        self.event(pull, "review_dismissed", account, dismissed_review=told)

    def edit_review(self, login, pr, review, body):
        """Its author may, and whoever may write: the text changes under the author's name."""
        account, pull = self.who(login), self.pull(pr)
        if review.user != account.id:
            self.must(account, "write")
        review.body, review.edited_by, review.edited_at = body, account.id, self.clock.tick()
        pull.updated = self.clock.now

    def edit_body(self, login, pr, body=None, *, title=None):
        account, pull = self.who(login), self.pull(pr)
        if pull.user != account.id:
            self.must(account, "write")
        self.clock.tick()
        if title is not None and title != pull.title:
            self.event(pull, "renamed", account, rename={"from": pull.title, "to": title})
            pull.title = title
        if body is not None:
            pull.body, pull.edited_by, pull.edited_at = body, account.id, self.clock.now
        pull.updated = self.clock.now

    def retarget(self, login, pr, base):
        """Let the pull request be for another branch."""
        account, pull = self.who(login), self.pull(pr)
        if pull.user != account.id:
            self.must(account, "write")
        if not pull.open or self.bare.head(base) is None:
            raise Refused("The base branch can't be changed")
        self.clock.tick()
        self.event(pull, "base_ref_changed", account, names=(pull.base, base))
        pull.base, pull.base_sha = base, self.bare.head(base)

    def close(self, login, pr):
        account, pull = self.who(login), self.pull(pr)
        if pull.user != account.id:
            self.must(account, "write")
        if not pull.open:
            raise Refused("The pull request is closed already")
        self.clock.tick()
        self.ended(pull, account)

    def ended(self, pull, account):
        """Closed without a merge."""
        pull.closed, pull.start = self.clock.now, self.bare.merge_base(self.bare.head(pull.base), pull.head)
        self.event(pull, "closed", account)

    def reopen(self, login, pr):
        account, pull = self.who(login), self.pull(pr)
        if pull.user != account.id:
            self.must(account, "write")
        there = pull.repository and pull.repository.bare.head(pull.head_ref)
        if pull.open or pull.merged or not there or not pull.repository.bare.has(pull.head, there):
            raise Refused("state cannot be changed. The pull request can't be reopened.")
        self.clock.tick()
        pull.closed = pull.start = None
        self.event(pull, "reopened", account)
        if there != pull.head:
            self.head_moved(pull, pull.head, there, account)

    def comment(self, login, pr, body):
        account, pull = self.who(login), self.pull(pr)
        self.must(account, "read")
        fits(body)
        now = self.clock.tick()
        made = Comment(self.ids.new("comment"), account.id, body, now, now, pull.number)
        self.comments[made.id] = made
        return made

    def edit_comment(self, login, comment, body):
        """Its author may, and whoever may write."""
        account = self.who(login)
        if comment.user != account.id:
            self.must(account, "write")
        fits(body)
        comment.body, comment.updated = body, self.clock.tick()

    def heads_follow(self, repository: Repository, branch, before, after, account):
        """What a branch's move does to the pull requests that are from it or for it."""
        for pull in self.pulls.values():
            if pull.repository is repository and pull.head_ref == branch:
                if after is None:
                    self.event(pull, "head_ref_deleted", account)
                    if pull.open:
                        self.ended(pull, account)
                elif pull.open and before:
                    self.head_moved(pull, before, after, account)
        if after is None and repository is self.repository:
            for pull in [each for each in self.pulls.values() if each.open and each.base == branch]:
                self.base_gone(pull, branch, account)

    def head_moved(self, pull, before, after, account):
        self.show(pull.number, pull.repository, pull.head_ref)
        if not self.bare.has(before, after):
            self.event(pull, "head_ref_force_pushed", account, commit=after, before=before)
        pull.head, pull.base_sha, pull.updated = after, self.bare.head(pull.base), self.clock.now
        if self.rules_of(pull.base).get("pull_request", {}).get("dismiss_stale_reviews_on_push"):
            for review in pull.reviews:
                if review.state == "APPROVED":
                    self.dismissed(pull, review, account, None)

    def base_gone(self, pull, branch, account):
        """The branch was itself merged: the pull request is for where that went. Else it is over."""
        above = [each for each in self.pulls.values() if each.merged and each.head_ref == branch]
        if not above:
            return self.ended(pull, account)
        self.event(pull, "automatic_base_change_succeeded", account, names=(branch, above[-1].base))
        pull.base, pull.base_sha = above[-1].base, self.bare.head(above[-1].base)

    def event(self, pull, kind, account, *, commit=None, **more):
        pull.events.append(Event(self.ids.new("event"), kind, account.id, self.clock.now, commit, more))
        pull.updated = self.clock.now

    def must(self, account, permission):
        if not self.may(account, permission) and account.type != "Bot":
            raise Refused("Not Found" if permission == "read" else "Must have write access", 404)

    def actions_allowed(self, account):
        if account.id == ACTIONS_BOT and not self.actions_may_approve:
            raise Refused("GitHub Actions is not permitted to create or approve pull requests.", 403)

    def allow_actions_to_approve(self):
        """The repository's setting: workflows may open and approve pull requests."""
        self.actions_may_approve = True

    def environment(self, name, branches=None):
        """An environment to which any branch may deploy, the protected ones (`"protected"`), or those of these patterns."""
        self.environments[name] = branches


def fits(body):
    if len(body) > MOST_CHARACTERS:
        raise Refused(f"Body is too long (maximum is {MOST_CHARACTERS} characters)")
