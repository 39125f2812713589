"""The fake GitLab's routes about projects, repositories, groups, people and the instance."""

import base64
import hashlib

from tests.forges.gitlab.api import route
from tests.forges.gitlab.entities import time
from tests.forges.gitlab.state import Refused, not_found
from tests.forges.plumbing import Answer

PROJECT = "/projects/{id}"


@route(f"GET {PROJECT}", "project.project", query="statistics license with_custom_attributes")
def project(given, id):
    return given.show.project(id)


@route(f"GET {PROJECT}/approvals", "approval_settings.settings")
def approval_settings(given, id):
    return {
        "approvers": [],
        "approver_groups": [],
        "approvals_before_merge": 0,
        "reset_approvals_on_push": id.reset_approvals_on_push,
        "selective_code_owner_removals": id.selective_code_owner_removals,
        "disable_overriding_approvers_per_merge_request": id.disable_overriding_approvers_per_merge_request,
        "merge_requests_author_approval": id.merge_requests_author_approval,
        "merge_requests_disable_committers_approval": id.merge_requests_disable_committers_approval,
        "require_password_to_approve": id.require_password_to_approve,
        "require_reauthentication_to_approve": id.require_password_to_approve,
    }


@route(f"GET {PROJECT}/approval_rules", "[approval_rules.project_rule]")
def approval_rules(given, id):
    return [given.show.project_rule(each) for each in id.rules]


@route(f"GET {PROJECT}/repository/branches/{{name}}", "branch.branch")
def branch(given, id, name):
    if id.git.head(name) is None:
        raise not_found("Branch")
    return given.show.branch(id, name)


@route(f"GET {PROJECT}/protected_branches", "[protected_branch.protected_branch]", query="search")
def protected_branches(given, id):
    wanted = given.request.one("search") or ""
    return [given.show.protection(each) for name, each in id.protected.items() if wanted in name]


@route(f"GET {PROJECT}/push_rule", "push_rule.push_rule")
def push_rule(given, id):
    words = ("commit_message_regex", "commit_message_negative_regex", "branch_name_regex", "author_email_regex",
             "file_name_regex")  # fmt: skip
    checks = ("deny_delete_tag", "member_check", "prevent_secrets", "commit_committer_check",
              "commit_committer_name_check", "reject_unsigned_commits", "reject_non_dco_commits")  # fmt: skip
    return id.push_rules and {
        "id": 1,
        "project_id": id.id,
        "created_at": time(id.created_at),
        "max_file_size": 0,
        **dict.fromkeys(words, ""),
        **dict.fromkeys(checks, False),
        **id.push_rules,
    }


@route(f"GET {PROJECT}/protected_branches/{{name}}", "protected_branch.protected_branch")
def protected_branch(given, id, name):
    if name not in id.protected:
        raise not_found()
    return given.show.protection(id.protected[name])


@route(f"GET {PROJECT}/repository/commits/{{sha}}", "commit.detail", query="stats")
def commit(given, id, sha):
    found = id.git.resolve(sha)
    if found is None:
        raise not_found("Commit")
    shown = given.show.whole_commit(id, found)
    if given.request.one("stats") == "false":
        del shown["stats"]
    return shown


@route(f"GET {PROJECT}/repository/commits/{{sha}}/merge_requests", "[merge_request.basic]", query="state")
def merge_requests_of_a_commit(given, id, sha):
    """Those whose newest version has the commit, and those that it is the merge, squash or merged commit of."""
    if id.git.resolve(sha) is None:
        raise not_found("Commit")
    state = given.request.one("state")
    return [
        given.show.merge_request(mr)
        for mr in reversed(id.merge_requests.values())
        if (sha in (mr.merge_commit_sha, mr.squash_commit_sha, mr.merged_commit_sha)
            or sha in given.show.commits(mr.latest)) and state in (None, mr.state)
    ]  # fmt: skip


@route(f"GET {PROJECT}/repository/files/{{path}}", "file.file", query="ref")
def file(given, id, path):
    commit, blob = found_file(given, id, path)
    content = id.git.content(commit, path)
    return {
        "file_name": path.split("/")[-1],
        "file_path": path,
        "size": len(content),
        "encoding": "base64",
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": given.request.one("ref", "HEAD"),
        "blob_id": blob,
        "commit_id": commit,
        "last_commit_id": id.git.git("rev-list", "-1", commit, "--", path),
        "execute_filemode": id.git.git("ls-tree", commit, "--", path).startswith("100755"),
        "content": base64.b64encode(content).decode(),
    }


@route(f"GET {PROJECT}/repository/files/{{path}}/raw", "file.file", query="ref")
def raw_file(given, id, path):
    commit, _ = found_file(given, id, path)
    return Answer(200, id.git.content(commit, path), {"Content-Type": "text/plain; charset=utf-8"})


def found_file(given, project, path):
    commit = project.git.resolve(given.request.one("ref") or project.default_branch)
    if commit is None:
        raise not_found("Commit")
    blob = project.git.blob(commit, path)
    if blob is None:
        raise not_found("File")
    return commit, blob


@route(f"GET {PROJECT}/pipelines", "[pipeline.pipeline]", query="ref sha status source order_by sort updated_after")
def pipelines(given, id):
    one = given.request.one
    found = [each for each in id.pipelines
             if all(one(name) in (None, getattr(each, name)) for name in ("ref", "sha", "status", "source"))]  # fmt: skip
    if one("updated_after"):
        found = [each for each in found if given.show.pipeline(id, each)["updated_at"] > one("updated_after")]
    key = one("order_by", "id")
    if key not in ("id", "status", "ref", "updated_at", "user_id"):
        raise Refused(400, "order_by", {"error": "order_by does not have a valid value"})
    return [given.show.pipeline(id, each)
            for each in sorted(found, key=lambda each: getattr(each, key), reverse=one("sort", "desc") == "desc")]  # fmt: skip


@route(f"GET {PROJECT}/events", "[event.event]", query="action after before sort target_type")
def events(given, id):
    """Pushes, newest first unless said otherwise. `after` and `before` are days, and neither of them is among it."""
    one = given.request.one
    if one("action") != "pushed":
        given.world.server.complaints.append(f"{given.request.line}: only pushes are modelled")
    found = [each for each in given.world.pushes if each.project is id]
    if one("after"):
        found = [each for each in found if each.at.date().isoformat() > one("after")]
    if one("before"):
        found = [each for each in found if each.at.date().isoformat() < one("before")]
    return [given.show.push_event(each) for each in (found if one("sort") == "asc" else found[::-1])]


@route("GET /groups/{id}", "group.group", query="with_projects")
def group(given, id):
    return given.show.group(id)


@route(f"GET {PROJECT}/members/all", "[member.member]", query="user_ids user_ids[]")
@route("GET /groups/{id}/members/all", "[member.member]", query="user_ids user_ids[]")
def members(given, id):
    """All, or those of `user_ids=1,2` or `user_ids[]=1&user_ids[]=2`; of a name that is repeated the last counts."""
    wanted = (given.request.one("user_ids") or "").split(",")
    wanted += [value for name, value in given.request.query if name == "user_ids[]"]
    found = given.world.all_members(id).values()
    if any(wanted):
        found = [each for each in found if str(each.user.id) in wanted]
    return [given.show.member(each) for each in sorted(found, key=lambda each: each.user.id)]


@route(f"GET {PROJECT}/members/all/{{user}}", "member.member")
@route("GET /groups/{id}/members/all/{user}", "member.member")
def member(given, id, user):
    found = given.world.all_members(id).get(int(user)) if user.isdigit() else None
    if found is None:
        raise not_found()
    return given.show.member(found)


@route("GET /users/{user}", "user.whole")
def user(given, user):
    found = given.world.users.get(int(user)) if user.isdigit() else None
    if found is None:
        raise not_found("User")
    return given.show.whole_user(found)


@route("GET /users", "[user.basic]", query="username active")
def users(given):
    name = (given.request.one("username") or "").lower()
    return [given.show.user(each) for each in given.world.users.values() if name in ("", each.username.lower())]


@route("GET /user", "user.own")
def own_user(given):
    return given.show.own_user(given.caller)


@route("GET /personal_access_tokens/self", "token.token")
def own_token(given):
    return given.show.token(given.world.tokens[given.request.secret])


@route("GET /version", "metadata.version")
def version(given):
    return {"version": given.world.version, "revision": "0123456789a"}


@route("GET /metadata", "metadata.metadata")
def metadata(given):
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return {**version(given), "kas": kas, "enterprise": given.world.tier != "free"}
