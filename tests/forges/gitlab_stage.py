"""The stage at the fake GitLab."""

from dataclasses import replace

from gitops_breakglass.adapters.forge.gitlab.forge import GitlabForge
from gitops_breakglass.adapters.forge.gitlab.transport import Limits
from gitops_breakglass.model.identity import Provider
from tests.forges.faults import status
from tests.forges.gitlab import GitlabWorld
from tests.forges.stage import ForgeStage

METHODS = {"merge": "merge", "squash": "squash", "rebase": "ff"}
"""GitLab lands a branch's own commits by a fast-forward."""
DEVELOPER, MAINTAINER = 30, 40
QUICK = Limits(deadline=60, connect=15, read=15, longest_wait=0.5, pause=0.01)
"""The adapter's limits for tests, which wait for nothing."""


class GitlabStage(ForgeStage):
    provider = Provider.GITLAB

    def begin(self, folder, **options):
        self.world = GitlabWorld(folder, **options)
        self.repository_id, self.api_url = self.world.project_id, self.world.api_url

    @property
    def bare(self):
        return self.world.git

    def join(self, name):
        self.world.account(name)
        self.world.add_member(None, name, MAINTAINER if name in {"ben", "dana"} else DEVELOPER)

    def number_of(self, name):
        return self.world.user(name).id

    def setup(self, files):
        self.world.push("root", "main", files, message="Policy")

    def push(self, name, branch, files, **more):
        return self.world.push(name, branch, files, **more)

    def open(self, name, branch, title):
        return self.world.open_mr(name, branch, title)

    def approve(self, name, number, text):
        self.world.approve(name, number)
        if text:
            self.world.note(name, number, f"breakglass-reason: {text}")

    def merge(self, name, number, how):
        """A branch that is behind is rebased first where GitLab asks for it, as its author has to."""
        mr = self.world.mr(number)
        if how == "rebase" and not self.bare.has(self.tip, mr.latest.head):
            self.world.rebase(mr.author, number)
        return self.world.merge(name, number, METHODS[how])

    def usual_token(self):
        return self.world.token("project", scopes=("read_api", "read_repository"))

    def access(self):
        return replace(super().access(), is_job_token=(self.token or "").startswith("glcbt-"))

    def own_token(self, name):
        return self.world.token("personal", user=name, scopes=("api",))

    def commenter(self):
        return self.world.token("project", scopes=("api",))

    def comments_on(self, what):
        notes = self.world.mr(self.changes[what]).notes
        return [each.body for each in notes if not each.system and not each.body.startswith("breakglass-reason:")]

    def body_of(self, what):
        return self.world.mr(self.changes[what]).description

    def adapter(self, repository, heads, access, *, limits=QUICK):
        return GitlabForge(repository, heads, access, limits)

    def outage(self):
        self.world.faults.add("*", status(503), times=None)
