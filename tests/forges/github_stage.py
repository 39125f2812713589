"""The stage at the fake GitHub."""

from gitops_breakglass.adapters.forge.github.connection import Limits
from gitops_breakglass.adapters.forge.github.forge import GithubForge
from gitops_breakglass.model.identity import Provider
from tests.forges.faults import status
from tests.forges.github import GithubWorld
from tests.forges.stage import ForgeStage

QUICK = Limits(timeout=15, deadline=60, longest_wait=0.5, between_writes=0, retries=1)
"""The adapter's limits for tests, which wait for nothing."""


class GithubStage(ForgeStage):
    provider = Provider.GITHUB

    def begin(self, folder, **options):
        self.world = GithubWorld(folder, **options)
        self.world.account("root", permission="admin")
        self.repository_id, self.api_url = self.world.repository_id, self.world.api_url

    def join(self, name):
        self.world.account(name)

    def number_of(self, name):
        return self.world.who(name).id

    def setup(self, files):
        self.world.push("root", "main", files, message="Policy")

    def push(self, name, branch, files, **more):
        return self.world.push(name, branch, files, **more)

    def open(self, name, branch, title):
        return self.world.open_pr(name, branch, title).number

    def approve(self, name, number, text):
        return self.world.review(name, number, "APPROVED", text)

    def merge(self, name, number, how):
        return self.world.merge(name, number, how)

    def usual_token(self):
        return self.world.token("app")

    def own_token(self, name):
        return self.world.token("fine", name, contents="write", pull_requests="write", metadata="read")

    def commenter(self):
        read = dict.fromkeys(("contents", "metadata", "members"), "read")
        return self.world.token("app", **read, issues="write", pull_requests="write")

    def comments_on(self, what):
        number = self.changes[what]
        return [each.body for each in self.world.comments.values() if each.number == number]

    def body_of(self, what):
        return self.world.pull(self.changes[what]).body

    def adapter(self, repository, heads, access, *, limits=QUICK):
        return GithubForge(repository, heads, access, limits)

    def outage(self):
        self.world.faults.add("*", status(503), times=None)
