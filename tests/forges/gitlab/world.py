"""The world of the fake GitLab: one project in one group, the people around it, a clock, and a server on the loopback."""

from collections import Counter
from datetime import timedelta
from email.utils import format_datetime

from tests.forges.clock import Clock
from tests.forges.faults import Fault, Faults
from tests.forges.gitlab import git_access, routes_changes, routes_projects
from tests.forges.gitlab.api import LIMIT, Api
from tests.forges.gitlab.branches import Branches
from tests.forges.gitlab.changes import Changes
from tests.forges.gitlab.landing import Landing
from tests.forges.gitlab.notes import Notes
from tests.forges.gitlab.people import People
from tests.forges.gitlab.refresh import Refresh
from tests.forges.gitlab.state import OWNER
from tests.forges.plumbing import Answer, Server

FIRST = {"user": 101, "group": 201, "project": 301, "mr": 9001, "iid": 1, "version": 5001, "note": 70001, "event": 8001}
VERSIONS = {False: "18.6.1", True: "16.11.10"}
MODELLED = (routes_changes, routes_projects)
"""The modules whose routes are served: importing them adds these."""


class GitlabWorld(People, Branches, Changes, Landing, Notes, Refresh):
    """A GitLab with the project `acme/access`, whose `main` is protected and holds one README.

    `tier` is free, premium or ultimate; `old` is an instance that does not tell when somebody approved. `root` is the
    account that made it all. As a context manager it fails at the end if anything was asked that is not modelled, if
    an answer was not as its schema has it, or if a fault was never met.
    """

    def __init__(self, root, *, tier="free", old=False, visibility="private", clock=None):
        assert tier in {"free", "premium", "ultimate"} and visibility in {"private", "public"}
        self.root, self.tier, self.old, self.version = root, tier, old, VERSIONS[old]
        self.clock, self.faults = clock or Clock(), Faults()
        self.users, self.groups, self.projects, self.tokens = {}, {}, {}, {}
        self.counters, self.patches, self.joins, self.pushes = Counter(), {}, {}, []
        root.mkdir(parents=True, exist_ok=True)
        self.admin = self.account("root", 1)
        self.owner = self.group("acme", 200)
        self.project = self.make_project("access", 300, self.owner, visibility=visibility)
        self.add_member(self.owner, self.admin, OWNER)
        self.api = Api(self)
        self.server = Server(self.respond)
        self.push(self.admin, "main", {"README.md": "Break-glass access\n"}, message="Begin")
        self.protect("main")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.server.close()
        if kind is None:
            complaints = self.server.complaints + self.faults.unmet
            assert not complaints, "\n".join(complaints)

    def respond(self, request):
        return self.faults.around(request, lambda request: git_access.answer(self, request) or self.api.answer(request))

    def next_id(self, kind):
        """The next number of a kind; no number is given twice."""
        self.counters[kind] += 1
        return FIRST.get(kind, 1) + self.counters[kind] - 1

    def advance(self, **span):
        """Let time go by: `advance(hours=2)`."""
        return self.clock.advance(**span)

    def throttle(self, route="*", *, retry_after=60, times=1):
        """The next answers on a route are those of somebody who asked too often: plain text, and when to come back."""
        # doc/administration/settings/user_and_ip_rate_limits.md: headers, and text that is not JSON.
        reset = self.clock.now + timedelta(seconds=retry_after)
        headers = {
            "Content-Type": "text/plain",
            "Retry-After": str(retry_after),
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Observed": str(LIMIT + 1),
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(int(reset.timestamp())),
            "RateLimit-ResetTime": format_datetime(reset, usegmt=True),
        }
        self.faults.add(
            route, Fault(lambda request, answer: Answer(429, b"Retry later\n", headers), instead=True), times=times
        )

    # Where things are.

    @property
    def now(self):
        return self.clock.now

    @property
    def url(self):
        return self.server.url

    @property
    def api_url(self):
        """As `CI_API_V4_URL` has it."""
        return f"{self.url}/api/v4"

    @property
    def project_id(self):
        return self.project.id

    @property
    def repository_id(self):
        """The same by the name that the other forge's world has for it."""
        return self.project.id

    @property
    def project_path(self):
        return self.project.full_path

    @property
    def git_url(self):
        """For git over HTTP, with `oauth2:TOKEN` as name and password."""
        return f"{self.url}/{self.project_path}.git"

    @property
    def path(self):
        """The bare repository."""
        return self.project.git.path

    @property
    def git(self):
        return self.project.git

    @property
    def requests(self):
        """What came in, without secrets."""
        return self.server.requests

    @property
    def calls(self):
        """How often each route of the API was asked, as `GET /projects/{id}`."""
        return Counter(self.api.calls)

    called = calls

    @property
    def used(self):
        """How often each token was."""
        return Counter(self.api.used)

    def forget_calls(self):
        self.api.calls.clear()
        self.api.used.clear()

    @property
    def tip(self):
        return self.git.head(self.project.default_branch)

    def head(self, iid):
        """The head of a merge request, which stays when its branch goes; None when GitLab has dropped it."""
        return self.git.head(f"refs/merge-requests/{iid}/head")
