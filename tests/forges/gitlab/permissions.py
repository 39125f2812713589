"""What each route of the fake GitLab asks of a token, each line with the page that says so.

`job` says whether a job's token is heeded; where it is not, the caller is nobody, and nobody is told that a private
project is not there. [K] marks what is known and was not found written down.
"""

from dataclasses import dataclass

from tests.forges.gitlab.state import DEVELOPER, GUEST, MAINTAINER, REPORTER


@dataclass(frozen=True)
class Need:
    """`level` is the least role in the project or group; `known` that nobody is not served, even where all is public."""

    level: int = 0
    scopes: tuple[str, ...] = ("read_api", "api")
    job: bool = False
    known: bool = False
    premium: bool = False


JOBS = "doc/ci/jobs/ci_job_token.md, Job token access"
WRITE = ("api",)
PROJECT = "/projects/{id}"
MR = PROJECT + "/merge_requests/{iid}"

NEEDS = {
    # lib/api/projects.rb; a job's token is told 404: "Job token access" does not name the projects API.
    f"GET {PROJECT}": Need(GUEST),
    # JOBS names these; reading code is for reporters in a private project: doc/user/permissions.md.
    f"GET {PROJECT}/repository/branches/{{name}}": Need(REPORTER, job=True),
    f"GET {PROJECT}/repository/commits/{{sha}}": Need(REPORTER, job=True),
    f"GET {PROJECT}/repository/commits/{{sha}}/merge_requests": Need(REPORTER, job=True),
    f"GET {PROJECT}/merge_requests": Need(REPORTER, job=True),
    f"GET {MR}": Need(REPORTER, job=True),
    f"GET {MR}/notes": Need(REPORTER, job=True),
    f"GET {MR}/notes/{{note}}": Need(REPORTER, job=True),
    f"GET {PROJECT}/repository/files/{{path}}/raw": Need(REPORTER, ("read_api", "api", "read_repository"), job=True),
    # JOBS does not name these.
    f"GET {PROJECT}/repository/files/{{path}}": Need(REPORTER, ("read_api", "api", "read_repository")),
    f"GET {MR}/approvals": Need(REPORTER),  # lib/api/merge_request_approvals.rb: nobody may read a public project's
    f"GET {MR}/versions": Need(REPORTER),
    f"GET {MR}/versions/{{version}}": Need(REPORTER),
    f"GET {MR}/commits": Need(REPORTER),
    f"GET {MR}/changes": Need(REPORTER),
    f"GET {MR}/diffs": Need(REPORTER),
    f"GET {MR}/resource_state_events": Need(REPORTER, known=True),
    f"GET {PROJECT}/pipelines": Need(REPORTER),  # lib/api/ci/pipelines.rb
    f"GET {PROJECT}/events": Need(REPORTER, ("read_api", "api", "read_user")),  # doc/api/events.md
    # doc/api/merge_request_approvals.md: Premium and Ultimate; without a licence the routes are not there [K].
    f"GET {MR}/approval_state": Need(REPORTER, known=True, premium=True),
    f"GET {MR}/approval_rules": Need(REPORTER, known=True, premium=True),
    f"GET {PROJECT}/approvals": Need(DEVELOPER, known=True, premium=True),
    f"GET {PROJECT}/approval_rules": Need(DEVELOPER, known=True, premium=True),
    # doc/user/permissions.md: managing protected branches is for maintainers; reading them through the API, too [K].
    f"GET {PROJECT}/protected_branches": Need(MAINTAINER, known=True),
    f"GET {PROJECT}/protected_branches/{{name}}": Need(MAINTAINER, known=True),
    # doc/api/project_push_rules.md: Premium and Ultimate; who may see it [K].
    f"GET {PROJECT}/push_rule": Need(MAINTAINER, known=True, premium=True),
    # lib/api/members.rb: `before { authenticate! }`.
    f"GET {PROJECT}/members/all": Need(GUEST, known=True),
    f"GET {PROJECT}/members/all/{{user}}": Need(GUEST, known=True),
    # app/policies/group_policy.rb: who has a project in a private group sees the group, and not its members.
    "GET /groups/{id}": Need(),
    "GET /groups/{id}/members/all": Need(GUEST, known=True),
    "GET /groups/{id}/members/all/{user}": Need(GUEST, known=True),
    # lib/api/users.rb; doc/security/tokens: `read_user` is for these.
    "GET /users/{user}": Need(scopes=("read_api", "api", "read_user"), known=True),
    "GET /users": Need(scopes=("read_api", "api", "read_user"), known=True),
    "GET /user": Need(scopes=("read_api", "api", "read_user"), known=True),
    # doc/api/metadata.md: any scope of the two.
    "GET /version": Need(scopes=("read_api", "api", "read_user"), known=True),
    "GET /metadata": Need(scopes=("read_api", "api", "read_user"), known=True),
    # doc/api/personal_access_tokens.md: a token may always ask for itself.
    "GET /personal_access_tokens/self": Need(scopes=(), known=True),
    # Writing asks for the scope `api`; the world's verbs judge the rest.
    f"POST {PROJECT}/merge_requests": Need(GUEST, WRITE, known=True),
    f"PUT {MR}": Need(GUEST, WRITE, known=True),
    f"POST {MR}/notes": Need(GUEST, WRITE, known=True),
    f"PUT {MR}/notes/{{note}}": Need(GUEST, WRITE, known=True),
    f"POST {MR}/approve": Need(GUEST, WRITE, known=True),
    f"POST {MR}/unapprove": Need(GUEST, WRITE, known=True),
    f"PUT {MR}/merge": Need(GUEST, WRITE, known=True),
}
