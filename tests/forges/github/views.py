"""How GitHub tells accounts, repositories, teams and commits in JSON; everything is derived from the world."""

from datetime import UTC, datetime
from urllib.parse import quote

from tests.forges.github.state import WEB_FLOW

BORN = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = ("pull", "triage", "push", "maintain", "admin")


class Views:
    """`self.api` is the address of the API, to which all `url` fields point."""

    def __init__(self, world, api):
        self.world, self.api = world, api

    def user(self, account):
        """A simple user; None for an account that was deleted."""
        account = self.world.people.get(account) if isinstance(account, int) else account
        if account is None or account.gone:
            return None
        url = f"{self.api}/users/{quote(account.login)}"
        lists = {f"{name}_url": f"{url}/{name.replace('_', '/')}" for name in
                 ("followers", "subscriptions", "repos", "received_events")}  # fmt: skip
        return {
            "login": account.login, "id": account.id, "node_id": f"U_{account.id}", "gravatar_id": "", "url": url,
            "avatar_url": f"https://avatars.example.com/u/{account.id}", "html_url": f"https://github.example.com/{quote(account.login)}",
            "type": account.type, "site_admin": False, "user_view_type": "public", **lists,
            "organizations_url": f"{url}/orgs", "following_url": url + "/following{/other_user}",
            "gists_url": url + "/gists{/gist_id}", "starred_url": url + "/starred{/owner}{/repo}",
            "events_url": url + "/events{/privacy}",
        }  # fmt: skip

    def full_user(self, account):
        empty = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username"))
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        return {**self.user(account), **empty, **counts, "created_at": stamp(BORN), "updated_at": stamp(BORN)}

    def organisation(self):
        account = self.world.organisation
        url = f"{self.api}/orgs/{account.login}"
        names = ("repos", "events", "hooks", "issues")
        return {
            "login": account.login, "id": account.id, "node_id": f"O_{account.id}", "url": url, "description": "",
            **{f"{name}_url": f"{url}/{name}" for name in names}, "members_url": url + "/members{/member}",
            "public_members_url": url + "/public_members{/member}", "avatar_url": "https://avatars.example.com/o",
            "html_url": f"https://github.example.com/{account.login}", "type": "Organization",
            "has_organization_projects": False, "has_repository_projects": False, "followers": 0, "following": 0,
            "public_repos": 0, "public_gists": 0, "total_private_repos": 1, "created_at": stamp(BORN),
            "updated_at": stamp(BORN), "archived_at": None, "two_factor_requirement_enabled": True,
            "members_can_create_repositories": False,
        }  # fmt: skip

    def team(self, team):
        world, org = self.world, self.world.organisation
        url = f"{self.api}/organizations/{org.id}/team/{team.id}"
        above = world.teams.get(team.parent)
        simple = {
            "id": team.id, "node_id": f"T_{team.id}", "name": team.name, "slug": team.slug, "description": None,
            "privacy": team.privacy, "notification_setting": "notifications_enabled", "permission": "pull", "url": url,
            "html_url": f"https://github.example.com/orgs/{org.login}/teams/{team.slug}",
            "members_url": url + "/members{/member}", "repositories_url": f"{url}/repos", "type": "organization",
            "organization_id": org.id,
        }  # fmt: skip
        parent = {k: v for k, v in self.team(above).items() if k in simple} if above else None
        return {**simple, "parent": parent, "members_count": len(world.members_of(team)), "repos_count": 1,
                "created_at": stamp(BORN), "updated_at": stamp(BORN), "organization": self.organisation()}  # fmt: skip

    def membership(self, team, account):
        """None where there is none. A role below counts as a member's."""
        url = f"{self.api}/organizations/{self.world.organisation.id}/team/{team.id}/memberships/{quote(account.login)}"
        members = self.world.members_of(team)
        if account.id in members:
            return {"state": "active", "role": members[account.id][0], "url": url}
        return {"state": "pending", "role": "member", "url": url} if account.id in team.invited else None

    def repository(self, repository, *, full=False, asker=None):
        """A repository as other objects show it; `full` is how it shows itself."""
        if repository is None:
            return None
        world, url = self.world, f"{self.api}/repos/{repository.full_name}"
        html = f"https://github.example.com/{repository.full_name}"
        counts = ("forks_count", "stargazers_count", "watchers_count", "size", "open_issues_count", "forks",
                  "open_issues", "watchers")  # fmt: skip
        flags = ("has_issues", "has_projects", "has_wiki", "has_downloads", "allow_forking")
        told = {
            "id": repository.id, "node_id": f"R_{repository.id}", "name": repository.name,
            "full_name": repository.full_name, "owner": self.user(repository.owner), "private": world.private,
            "html_url": html, "description": None, "fork": repository.fork, "url": url,
            **{f"{name}_url": f"{url}/{path}" for name, path in REPOSITORY_URLS.items()},
            "git_url": f"git://github.example.com/{repository.full_name}.git", "ssh_url": f"git@github.example.com:{repository.full_name}.git",
            "clone_url": world.git_url_of(repository), "svn_url": html, "mirror_url": None, "homepage": None,
            "language": None, **dict.fromkeys(counts, 0), **dict.fromkeys(flags, True), "has_pages": False,
            "has_discussions": False, "archived": False, "disabled": False, "default_branch": "main",
            "visibility": "private" if world.private else "public", "license": None, "topics": [],
            "is_template": False, "web_commit_signoff_required": False, "created_at": stamp(BORN),
            "pushed_at": stamp(world.clock.now), "updated_at": stamp(BORN),
        }  # fmt: skip
        if full:
            told |= {"subscribers_count": 0, "network_count": 0, "organization": self.user(world.organisation)}
        if asker:
            reach = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}[asker.permission]
            told["permissions"] = {role: reach > number for number, role in enumerate(ROLES)}
            if reach > 2:
                told |= {"allow_merge_commit": "merge" in world.methods, "allow_squash_merge": "squash" in world.methods,
                         "allow_rebase_merge": "rebase" in world.methods}  # fmt: skip
        return told

    def commit(self, sha, *, full=False):
        """A commit; `full` with its files and numbers."""
        world, bare = self.world, self.world.bare
        stored = bare.stored(sha)
        repo = f"{self.api}/repos/{world.repository.full_name}"
        html = f"https://github.example.com/{world.repository.full_name}/commit"
        by_us = stored.committer.email == world.people[WEB_FLOW].email
        told = {
            "sha": sha, "node_id": f"C_{sha}", "url": f"{repo}/commits/{sha}", "html_url": f"{html}/{sha}",
            "comments_url": f"{repo}/commits/{sha}/comments",
            "commit": {
                "author": git_user(stored.author, stored.authored),
                "committer": git_user(stored.committer, stored.committed),
                "message": stored.message.rstrip("\n"), "comment_count": 0, "url": f"{repo}/git/commits/{sha}",
                "tree": {"sha": stored.tree, "url": f"{repo}/git/trees/{stored.tree}"},
                "verification": {
                    "verified": by_us, "reason": "valid" if by_us else "unsigned", "payload": None,
                    "signature": None, "verified_at": stamp(world.clock.now) if by_us else None,
                },
            },
            "author": self.user(world.by_email(stored.author.email)),
            "committer": self.user(world.by_email(stored.committer.email)),
            "parents": [{"sha": each, "url": f"{repo}/commits/{each}", "html_url": f"{html}/{each}"}
                        for each in stored.parents],
        }  # fmt: skip
        if full:
            files = self.files(stored.parents[0] if stored.parents else None, sha)
            added, removed = sum(each["additions"] for each in files), sum(each["deletions"] for each in files)
            told |= {"files": files, "stats": {"additions": added, "deletions": removed, "total": added + removed}}
        return told

    def files(self, before, after):
        """What a diff changes, renames found as GitHub finds them."""
        bare = self.world.bare
        before = before or bare.git("mktree")
        repo = f"{self.api}/repos/{self.world.repository.full_name}"
        html = f"https://github.example.com/{self.world.repository.full_name}"
        numbers = bare.numbers(before, after)
        told = []
        for status, path, previous in bare.differences(before, after, renames=True):
            added, removed = numbers.get(path, (0, 0))
            told.append({
                "sha": bare.blob(before if status == "D" else after, path), "filename": path,
                "status": {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed"}[status],
                "additions": added, "deletions": removed, "changes": added + removed,
                "blob_url": f"{html}/blob/{after}/{path}", "raw_url": f"{html}/raw/{after}/{path}",
                "contents_url": f"{repo}/contents/{path}?ref={after}",
                **({"previous_filename": previous} if previous else {}),
            })  # fmt: skip
        return sorted(told, key=lambda each: each["filename"])


REPOSITORY_URLS = {
    **{name: name for name in ("contributors", "deployments", "downloads", "events", "forks", "languages", "merges",
                               "stargazers", "subscribers", "subscription", "tags", "teams", "hooks")},
    "archive": "{archive_format}{/ref}", "assignees": "assignees{/user}", "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}", "collaborators": "collaborators{/collaborator}", "comments": "comments{/number}",
    "commits": "commits{/sha}", "compare": "compare/{base}...{head}", "contents": "contents/{+path}",
    "git_commits": "git/commits{/sha}", "git_refs": "git/refs{/sha}", "git_tags": "git/tags{/sha}",
    "issue_comment": "issues/comments{/number}", "issue_events": "issues/events{/number}",
    "issues": "issues{/number}", "keys": "keys{/key_id}", "labels": "labels{/name}",
    "milestones": "milestones{/number}", "notifications": "notifications", "pulls": "pulls{/number}",
    "releases": "releases{/id}", "statuses": "statuses/{sha}", "trees": "git/trees{/sha}",
}  # fmt: skip


def stamp(when):
    """`2026-03-02T09:00:00Z`; None stays None."""
    return when and when.strftime("%Y-%m-%dT%H:%M:%SZ")


def git_user(who, seconds):
    return {"name": who.name, "email": who.email, "date": stamp(datetime.fromtimestamp(seconds, UTC))}
