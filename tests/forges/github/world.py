"""A GitHub with one organisation and one access repository, changed only by what people do."""

from collections import Counter
from datetime import UTC, datetime

from tests.forges.bare import Refused
from tests.forges.clock import Clock
from tests.forges.faults import Faults
from tests.forges.github.branches import Branches
from tests.forges.github.conversation import Conversation
from tests.forges.github.front import Front
from tests.forges.github.merging import Merging
from tests.forges.github.people import People
from tests.forges.github.state import ACTIONS_BOT, FORGE, Ids, WorkflowRun
from tests.forges.github.tokens import WORKFLOW_PERMISSIONS, Token
from tests.forges.plumbing import Server


class GithubWorld(People, Branches, Conversation, Merging):
    """Use it as a context manager: at its end everything that the fake can't answer for is an error.

    with GithubWorld(tmp_path) as world:
        world.account("alice"), world.account("ben")
        world.push("alice", "breakglass/prod/inc-1", {"requests/prod/inc-1.yaml": "…"})
        pr = world.open_pr("alice", "breakglass/prod/inc-1", "INC-1")
        world.review("ben", pr, "APPROVED", "INC-1: go ahead")
        landing = world.merge("ben", pr)
        Github(base_url=world.api_url, auth=Auth.Token(world.token("app")))
    """

    def __init__(self, folder, *, owner="acme", name="access", private=True, files=None, now=None, clock=None):
        self.clock, self.ids, self.faults = clock or Clock(*[now] if now else []), Ids(), Faults()
        self.private, self.tokens, self.checks, self.runs = private, {}, {}, []
        self.called, self.used = Counter(), Counter()
        folder.mkdir(parents=True, exist_ok=True)
        self.begin_conversation()
        self.begin_merging()
        self.forks, self.teams = {}, {}
        self.begin_people(owner)
        self.begin_branches(folder, name)
        self.bare.commit("main", files or {"README.md": "Access\n"}, who=FORGE, message="Initial commit")
        self.server = Server(Front(self).respond)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.server.close()
        if kind is None:
            wrong = [*self.server.complaints, *self.faults.unmet]
            assert not wrong, "\n".join(wrong)

    @property
    def api_url(self):
        return self.server.url

    @property
    def repository_id(self):
        return self.repository.id

    @property
    def git_url(self):
        """For `git fetch` with a token; `world.bare.path` is the same repository as a folder."""
        return self.git_url_of(self.repository)

    def git_url_of(self, repository):
        return f"{self.server.url}/git/{repository.full_name}.git"

    @property
    def requests(self):
        """Every request so far, without what is secret in its headers. `called` counts the answered ones by route
        (`GET /repos/{owner}/{repo}`), `used` by token."""
        return self.server.requests

    def is_member(self, account):
        """Whoever is in a team is a member of the organisation; so is everybody who may write."""
        return any(account.id in self.members_of(each) for each in self.teams.values()) or self.may(account, "write")

    def advance(self, **span):
        """Let time go by: `advance(hours=2)`."""
        return self.clock.advance(**span)

    def token(self, kind, login=None, *, scopes=("repo", "read:org"), fork=False, **permissions):
        """A token's secret. `kind`: actions (GITHUB_TOKEN), app (an installation's), fine or classic (of `login`), none.

        `permissions` are `contents="read"` and such; where none are given, those that reading needs (for an app also
        `members`). `fork`: the run is for a pull request from a fork, for which nothing may be written.
        """
        if kind == "none":
            return None
        usual = dict.fromkeys(("contents", "pull_requests", "issues", "metadata"), "read")
        usual |= {"members": "read"} if kind != "actions" else {}
        permissions = permissions or usual
        if kind == "actions":
            unknown = set(permissions) - WORKFLOW_PERMISSIONS - {"metadata"}
            if unknown:
                raise Refused(f"a workflow can't have the permissions {sorted(unknown)}")
            account = self.people[ACTIONS_BOT]
        elif kind == "app":
            account = self.by_login("breakglass[bot]") or self.account("breakglass[bot]", type="Bot", permission="none")
        else:
            account = self.who(login)
        if fork:
            permissions = dict.fromkeys(permissions, "read")
        prefix = {"actions": "ghs", "app": "ghs", "fine": "github_pat", "classic": "ghp"}[kind]
        secret = f"{prefix}_{self.ids.new('token'):036d}"
        limit = 1000 if kind == "actions" else 5000
        self.tokens[secret] = Token(secret, kind, account, permissions,
                                    frozenset(scopes if kind == "classic" else ()), limit, limit)  # fmt: skip
        return secret

    def revoke_token(self, secret):
        del self.tokens[secret]

    def exhaust(self, secret, *, reset=datetime(2100, 1, 1, tzinfo=UTC)):
        """Others have used up the token's primary rate limit until `reset`."""
        self.tokens[secret].remaining, self.tokens[secret].reset = 0, int(reset.timestamp())

    def workflow_ran(self, file, *, conclusion="success", event="schedule", branch="main"):
        """A run of a workflow has ended just now."""
        self.clock.tick()
        self.runs.append(WorkflowRun(self.ids.new("run"), file, branch, self.bare.head(branch), event, conclusion,
                                     self.clock.now))  # fmt: skip

    def collect_garbage(self):
        """Commits that no branch and no pull request has any more are gone, also from the reviews of them."""
        self.bare.git("prune", "--expire=now")
        self.bare.known.clear()
        for pull in self.pulls.values():
            for review in pull.reviews:
                if review.commit and not self.bare.resolve(review.commit):
                    review.commit = None
