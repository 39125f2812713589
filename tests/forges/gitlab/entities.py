"""What the fake GitLab shows of what it knows: one function for each entity of its API.

The fields are those of `lib/api/entities/*.rb`; `schemas/` says where each stands.
"""

from datetime import UTC, datetime

from tests.forges.gitlab.state import LEVELS


def time(moment):
    """`2026-03-02T09:00:00.000Z`, or None."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") if moment else None


def seconds(when):
    """A time of git as GitLab writes it, with an offset."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds")


def day(date):
    return date.isoformat() if date else None


class Entities:
    """Views of a world for one caller; `caller` is a user or None."""

    def __init__(self, world, caller=None):
        self.world, self.caller, self.url = world, caller, world.url

    def user(self, user):
        return user and {
            "id": user.id,
            "username": user.username,
            "public_email": "",
            "name": user.name,
            "state": user.state,
            "locked": False,
            "avatar_url": None,
            "web_url": f"{self.url}/{user.username}",
        }

    def whole_user(self, user):
        return {
            **self.user(user),
            "created_at": time(user.created_at),
            **dict.fromkeys(("bio", "location", "linkedin", "twitter", "discord", "website_url", "github"), ""),
            **dict.fromkeys(("organization", "job_title", "pronouns", "work_information", "local_time"), None),
            "bot": user.bot,
            "followers": 0,
            "following": 0,
            "is_followed": False,
        }

    def own_user(self, user):
        return {
            **self.whole_user(user),
            **dict.fromkeys(("last_sign_in_at", "last_activity_on", "current_sign_in_at"), None),
            "confirmed_at": time(user.created_at),
            "email": user.email,
            "commit_email": user.email,
            "theme_id": 3,
            "color_scheme_id": 1,
            "projects_limit": 0 if user.bot else 100000,
            "identities": [],
            "can_create_group": not user.bot,
            "can_create_project": not user.bot,
            "two_factor_enabled": False,
            "external": False,
            "private_profile": False,
        }

    def member(self, member):
        premium = {} if self.world.tier == "free" else {"group_saml_identity": None, "group_scim_identity": None}
        return {
            **self.user(member.user),
            "access_level": member.access_level,
            "created_at": time(member.created_at),
            "created_by": None,
            "expires_at": day(member.expires_at),
            "membership_state": "active",
            **premium,
        }

    def group(self, group):
        return {
            "id": group.id,
            "web_url": f"{self.url}/groups/{group.full_path}",
            "name": group.path,
            "path": group.path,
            "description": "",
            "visibility": group.visibility,
            "avatar_url": None,
            "request_access_enabled": True,
            "full_name": group.full_path.replace("/", " / "),
            "full_path": group.full_path,
            "created_at": time(group.created_at),
            "parent_id": group.parent.id if group.parent else None,
            "organization_id": 1,
            "archived": False,
        }

    def project(self, project):
        web = f"{self.url}/{project.full_path}"
        api = f"{self.world.api_url}/projects/{project.id}"
        origin = project.forked_from
        access = self.world.level(self.caller, project)
        return {
            **self.project_identity(project),
            "default_branch": project.default_branch,
            "tag_list": [],
            "topics": [],
            "ssh_url_to_repo": f"git@gitlab.example.com:{project.full_path}.git",
            "http_url_to_repo": f"{web}.git",
            "web_url": web,
            "readme_url": None,
            "forks_count": sum(each.forked_from is project for each in self.world.projects.values()),
            "avatar_url": None,
            "star_count": 0,
            "last_activity_at": time(self.world.clock.now),
            "visibility": project.visibility,
            "namespace": self.namespace(project.parent),
            "_links": {"self": api, "merge_requests": f"{api}/merge_requests", "members": f"{api}/members"},
            "archived": False,
            "empty_repo": project.git.head(project.default_branch) is None,
            "merge_requests_enabled": True,
            "merge_requests_access_level": "enabled",
            "jobs_enabled": True,
            "creator_id": 1,
            "import_status": "none",
            **({"forked_from_project": self.project_identity(origin)} if origin else {}),
            "ci_default_git_depth": project.ci_default_git_depth,
            "restrict_user_defined_variables": project.restrict_user_defined_variables,
            "ci_pipeline_variables_minimum_override_role": project.ci_pipeline_variables_minimum_override_role,
            "ci_job_token_scope_enabled": False,
            "public_jobs": True,
            "shared_with_groups": [self.shared(each) for each in project.invited],
            "only_allow_merge_if_pipeline_succeeds": project.only_allow_merge_if_pipeline_succeeds,
            "allow_merge_on_skipped_pipeline": None,
            "only_allow_merge_if_all_discussions_are_resolved": project.only_allow_merge_if_all_discussions_are_resolved,
            "remove_source_branch_after_merge": True,
            "merge_method": project.merge_method,
            "squash_option": project.squash_option,
            "permissions": {"project_access": {"access_level": access, "notification_level": 3} if access else None,
                            "group_access": None},
        }  # fmt: skip

    def project_identity(self, project):
        return {
            "id": project.id,
            "description": None,
            "name": project.path,
            "name_with_namespace": project.full_path.replace("/", " / "),
            "path": project.path,
            "path_with_namespace": project.full_path,
            "created_at": time(project.created_at),
        }

    def namespace(self, group):
        return {
            "id": group.id,
            "name": group.path,
            "path": group.path,
            "kind": "user" if group.personal else "group",
            "full_path": group.full_path,
            "parent_id": group.parent.id if group.parent else None,
            "avatar_url": None,
            "web_url": f"{self.url}/groups/{group.full_path}",
        }

    def shared(self, invitation):
        return {
            "group_id": invitation.group.id,
            "group_name": invitation.group.path,
            "group_full_path": invitation.group.full_path,
            "group_access_level": invitation.access_level,
            "expires_at": day(invitation.expires_at),
        }

    def commit(self, project, sha):
        stored = project.git.stored(sha)
        title = stored.message.split("\n")[0]
        return {
            "id": sha,
            "short_id": sha[:8],
            "created_at": seconds(stored.committed),
            "parent_ids": list(stored.parents),
            "title": title,
            "message": stored.message,
            "author_name": stored.author.name,
            "author_email": stored.author.email,
            "authored_date": seconds(stored.authored),
            "committer_name": stored.committer.name,
            "committer_email": stored.committer.email,
            "committed_date": seconds(stored.committed),
            "trailers": {},
            "extended_trailers": {},
            "web_url": f"{self.url}/{project.full_path}/-/commit/{sha}",
        }

    def whole_commit(self, project, sha):
        stats = {"additions": 0, "deletions": 0, "total": 0}
        parent = project.git.stored(sha).parents[:1]
        changes = project.git.git("diff", "--numstat", *parent, sha) if parent else ""
        for line in changes.splitlines():
            more, less = (int(each) if each.isdigit() else 0 for each in line.split("\t")[:2])
            stats = {"additions": stats["additions"] + more, "deletions": stats["deletions"] + less,
                     "total": stats["total"] + more + less}  # fmt: skip
        last = [each for each in project.pipelines if each.sha == sha][-1:]
        return {
            **self.commit(project, sha),
            "stats": stats,
            "status": last[0].status if last else None,
            "project_id": project.id,
            "last_pipeline": self.pipeline(project, last[0]) if last else None,
        }

    def diff(self, project, before, after, change):
        status, path, old = change
        modes = [project.git.git("ls-tree", each, "--", name)[:6] or "0"
                 for each, name in ((before, old or path), (after, path))]  # fmt: skip
        text = project.git.git("diff", before, after, "--", path, strip=False)
        return {
            "diff": text[text.index("@@") :] if "@@" in text else "",
            "collapsed": False,
            "too_large": False,
            "new_path": path,
            "old_path": old or path,
            "a_mode": modes[0],
            "b_mode": modes[1],
            "new_file": status == "A",
            "renamed_file": status == "R",
            "deleted_file": status == "D",
            "generated_file": False,
        }

    def branch(self, project, name):
        protection = project.protected.get(name)
        level = self.world.level(self.caller, project)
        return {
            "name": name,
            "commit": self.commit(project, project.git.head(name)),
            "merged": name != project.default_branch
            and project.git.has(project.git.head(name), project.git.head(project.default_branch)),
            "protected": protection is not None,
            "developers_can_push": protection is not None and 0 < protection.push_level <= 30,
            "developers_can_merge": protection is not None and 0 < protection.merge_level <= 30,
            "can_push": level >= (protection.push_level or 60 if protection else 30),
            "default": name == project.default_branch,
            "web_url": f"{self.url}/{project.full_path}/-/tree/{name}",
        }

    def protection(self, protection):
        def level(number):
            users = {} if self.world.tier == "free" else {"user_id": None, "group_id": None}
            return {"id": protection.id * 10 + number // 10, "access_level": number,
                    "access_level_description": LEVELS[number], "deploy_key_id": None, **users}  # fmt: skip

        premium = {
            "unprotect_access_levels": [],
            "code_owner_approval_required": protection.code_owner_approval_required,
            "inherited": False,
        }
        return {
            "id": protection.id,
            "name": protection.name,
            "push_access_levels": [level(protection.push_level)],
            "merge_access_levels": [level(protection.merge_level)],
            "allow_force_push": protection.allow_force_push,
            **({} if self.world.tier == "free" else premium),
        }

    def pipeline(self, project, pipeline):
        return {
            "id": pipeline.id,
            "iid": pipeline.id,
            "project_id": project.id,
            "sha": pipeline.sha,
            "ref": pipeline.ref,
            "status": pipeline.status,
            "source": pipeline.source,
            "created_at": time(pipeline.created_at),
            "updated_at": time(pipeline.updated_at),
            "web_url": f"{self.url}/{project.full_path}/-/pipelines/{pipeline.id}",
            "name": None,
        }

    def push_event(self, push):
        git, new, gone = push.project.git, push.before is None, push.after is None
        # Of a new branch GitLab counts what the default branch has not.
        since = push.before or git.head(push.project.default_branch)
        commits = [] if gone else git.between(since, push.after)
        word = "deleted" if gone else "pushed new" if new else "pushed to"
        return {
            "id": push.id,
            "project_id": push.project.id,
            "action_name": word,
            **dict.fromkeys(("target_id", "target_iid", "target_type", "target_title")),
            "author_id": push.user.id,
            "created_at": time(push.at),
            "imported": False,
            "imported_from": "none",
            "author": self.user(push.user),
            "push_data": {
                "commit_count": len(commits),
                "action": "removed" if gone else "created" if new else "pushed",
                "ref_type": "branch",
                "commit_from": push.before,
                "commit_to": push.after,
                "ref": push.branch,
                "commit_title": None if gone else git.stored(push.after).message.split("\n")[0],
                "ref_count": None,
            },
            "author_username": push.user.username,
        }

    def token(self, token):
        return {
            "id": token.id,
            "name": token.name,
            "revoked": token.revoked,
            "created_at": time(token.created_at),
            "description": None,
            "scopes": list(token.scopes),
            "user_id": token.user.id,
            "last_used_at": time(self.world.clock.now),
            "active": not token.revoked,
            "expires_at": day(token.expires_at),
        }
