"""What each kind of token may see and do, and what GitHub answers where it may not.

Sections are those of the documentation's page "Permissions required for GitHub Apps" (github/docs,
`src/github-apps/data/fpt-2022-11-28/server-to-server-permissions.json`). GITHUB_TOKEN is an installation's token whose
permissions the workflow chooses, from a list without any of the organisation's (`members`).
"""

from dataclasses import dataclass, field

from tests.forges.github.state import Account

REPO = "/repos/{owner}/{repo}"
READ, WRITE = "read", "write"

# Any one of the permissions is enough. Each line: the route, the permissions, and the section it is read from.
NEEDS = {
    f"GET {REPO}": ("metadata:read", "Metadata"),
    f"GET {REPO}/branches/{{branch}}": ("contents:read", "Contents"),
    f"GET {REPO}/branches/{{branch}}/protection": ("administration:read", "Administration"),
    f"GET {REPO}/rules/branches/{{branch}}": ("metadata:read", "Metadata"),
    f"GET {REPO}/activity": ("contents:read", "Contents"),
    f"GET {REPO}/rulesets/rule-suites": ("administration:read", "Administration"),
    f"GET {REPO}/actions/permissions/workflow": ("administration:read", "Administration"),
    f"GET {REPO}/actions/workflows/{{workflow_id}}/runs": ("actions:read", "Actions"),
    f"GET {REPO}/environments/{{environment_name}}": ("actions:read", "Actions"),
    f"GET {REPO}/environments/{{environment_name}}/deployment-branch-policies": ("actions:read", "Actions"),
    f"GET {REPO}/collaborators/{{username}}/permission": ("metadata:read", "Metadata"),
    f"GET {REPO}/commits": ("contents:read", "Contents"),
    f"GET {REPO}/commits/{{ref}}": ("contents:read", "Contents"),
    f"GET {REPO}/commits/{{ref}}/check-runs": ("checks:read", "Checks"),
    f"GET {REPO}/commits/{{commit_sha}}/pulls": ("pull_requests:read", "Pull requests"),
    f"GET {REPO}/compare/{{basehead}}": ("contents:read", "Contents"),
    f"GET {REPO}/contents/{{path}}": ("contents:read", "Contents"),
    f"GET {REPO}/git/blobs/{{file_sha}}": ("contents:read", "Contents"),
    f"GET {REPO}/git/ref/{{ref}}": ("contents:read", "Contents"),
    f"GET {REPO}/git/trees/{{tree_sha}}": ("contents:read", "Contents"),
    f"POST {REPO}/git/refs": ("contents:write", "Contents"),
    f"GET {REPO}/pulls": ("pull_requests:read", "Pull requests"),
    f"POST {REPO}/pulls": ("pull_requests:write", "Pull requests"),
    f"GET {REPO}/pulls/{{pull_number}}": ("pull_requests:read", "Pull requests"),
    f"PATCH {REPO}/pulls/{{pull_number}}": ("pull_requests:write", "Pull requests"),
    f"GET {REPO}/pulls/{{pull_number}}/commits": ("pull_requests:read", "Pull requests"),
    f"GET {REPO}/pulls/{{pull_number}}/files": ("pull_requests:read", "Pull requests"),
    f"GET {REPO}/pulls/{{pull_number}}/reviews": ("pull_requests:read", "Pull requests"),
    f"GET {REPO}/issues/{{issue_number}}/events": ("issues:read pull_requests:read", "Issues, Pull requests"),
    f"GET {REPO}/issues/{{issue_number}}/timeline": ("issues:read pull_requests:read", "Issues, Pull requests"),
    f"GET {REPO}/issues/{{issue_number}}/comments": ("issues:read pull_requests:read", "Issues, Pull requests"),
    f"POST {REPO}/issues/{{issue_number}}/comments": ("issues:write pull_requests:write", "Issues, Pull requests"),
    f"GET {REPO}/issues/comments/{{comment_id}}": ("issues:read pull_requests:read", "Issues, Pull requests"),
    f"PATCH {REPO}/issues/comments/{{comment_id}}": ("issues:write pull_requests:write", "Issues, Pull requests"),
    f"GET {REPO}/check-runs/{{check_run_id}}": ("checks:read", "Checks"),
    f"POST {REPO}/check-runs": ("checks:write", "Checks"),
    f"PATCH {REPO}/check-runs/{{check_run_id}}": ("checks:write", "Checks"),
    "GET /orgs/{org}": ("metadata:read", "no permission: public resources"),
    "GET /orgs/{org}/members/{username}": ("members:read", "Organization permissions for Members"),
    "GET /orgs/{org}/teams/{team_slug}": ("members:read", "Organization permissions for Members"),
    "GET /orgs/{org}/teams/{team_slug}/members": ("members:read", "Organization permissions for Members"),
    "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": ("members:read", "Organization permissions for Members"),
    "GET /user": ("user", "only for tokens of people"),
    "GET /user/{account_id}": ("", "public resources"),
    "GET /users/{username}": ("", "public resources"),
    "GET /rate_limit": ("", "any token or none"),
    "POST /graphql": ("metadata:read", "each field asks for what its REST counterpart does"),
}  # fmt: skip

# What `permissions:` of a workflow knows (documentation, "Controlling permissions for GITHUB_TOKEN").
WORKFLOW_PERMISSIONS = {
    "actions", "artifact_metadata", "attestations", "checks", "contents", "deployments", "discussions", "id_token",
    "issues", "models", "packages", "pages", "pull_requests", "security_events", "statuses",
}  # fmt: skip

INTEGRATION = "Resource not accessible by integration"
PERSONAL = "Resource not accessible by personal access token"


@dataclass
class Token:
    """`kind` is actions, app, fine (a fine-grained personal token) or classic; `account` is who acts with it.

    `remaining` is what the primary rate limit leaves, which is full again at `reset` (seconds since 1970).
    """

    secret: str
    kind: str
    account: Account
    permissions: dict[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    limit: int = 5000
    remaining: int = 5000
    reset: int = 0
    used: int = 0

    @property
    def personal(self):
        return self.kind in ("fine", "classic")

    def has(self, wanted):
        """`contents:read` is also met by `contents:write`."""
        name, _, level = wanted.partition(":")
        return name == "metadata" or self.permissions.get(name) in (level, WRITE)


def refusal(token, name, *, private):
    """(status, message) of the answer to a token that may not; None where it may. `name` is a route's name."""
    needs, _ = NEEDS[name]
    if not needs:
        return None
    ours = "/repos/" in name or "/graphql" in name
    reads = all(each.endswith(":read") for each in needs.split())
    if token is None:
        if ours and private:
            return (404, "Not Found") if "/graphql" not in name else (401, "Requires authentication")
        open_to_all = reads and not any(word in needs for word in ("administration", "members"))
        return None if open_to_all and needs != "user" else (401, "Requires authentication")
    if needs == "user":
        return None if token.personal else (403, INTEGRATION)
    if token.kind == "classic":
        return classic(token, needs, name, private=private)
    if any(token.has(each) for each in needs.split()):
        return None
    return 403, PERSONAL if token.personal else INTEGRATION


def classic(token, needs, name, *, private):
    """Scopes: `repo` for everything of a private repository, `read:org` for teams and hidden memberships."""
    if "members" in needs:
        return None if token.scopes & {"read:org", "write:org", "admin:org"} else (404, "Not Found")
    if private and "/repos/" in name and "repo" not in token.scopes:
        return 404, "Not Found"
    if "write" in needs and not token.scopes & {"repo", "public_repo"}:
        return 404, "Not Found"
    return None
