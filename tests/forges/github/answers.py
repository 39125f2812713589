"""What the routes about the repository, its branches and its commits answer."""

from tests.forges.bare import Refused
from tests.forges.github.routing import PAGED, REPO, account_of, clamp, route
from tests.forges.github.state import CheckRun
from tests.forges.github.views import BORN, stamp
from tests.forges.plumbing import Answer


@route(f"GET {REPO}")
def repository(call):
    return Answer.of(call.views.repository(call.world.repository, full=True, asker=call.asker))


@route(f"GET {REPO}/branches/{{branch}}/protection")
def protection(call, branch):
    classic = call.world.rules.get(call.branch(branch), ({}, None))[1]
    if classic is None:
        raise Refused("Branch not protected", 404)
    return Answer.of(classic)


@route(f"GET {REPO}/branches/{{branch}}")
def one_branch(call, branch):
    return Answer.of(call.views.branch(call.branch(branch)))


@route(f"GET {REPO}/rules/branches/{{branch}}", PAGED)
def rules(call, branch):
    return call.paged(call.views.rules(branch), lambda each: each)


@route(f"GET {REPO}/activity", "direction per_page before after ref actor time_period activity_type")
def activity(call):
    """Newest first; the pages go by cursors, which are opaque."""
    ask, world = call.request.one, call.world
    if ask("time_period") or ask("before"):
        raise NotImplementedError("time_period, before")
    found = [each for each in world.activities
             if ask("ref") in (None, each.ref, each.ref.removeprefix("refs/heads/"))
             and ask("activity_type") in (None, each.kind)
             and ask("actor") in (None, world.people[each.actor].login)]  # fmt: skip
    found = found if ask("direction") == "asc" else found[::-1]
    if ask("after"):
        ids = [f"cursor-{each.id}" for each in found]
        found = found[ids.index(ask("after")) + 1 :]
    size = clamp(ask("per_page"), 30)
    call.cursor = f"cursor-{found[size - 1].id}" if len(found) > size else None
    return Answer.of([call.views.activity(each) for each in found[:size]])


@route(f"GET {REPO}/rulesets/rule-suites", f"ref rule_suite_result {PAGED}")
def suites(call):
    ask = call.request.one
    found = [each for each in call.world.suites[::-1] if ask("ref") in (None, each.ref)
             and ask("rule_suite_result") in (None, "all", each.result)]  # fmt: skip
    return call.paged(found, call.views.suite)


@route(f"GET {REPO}/actions/permissions/workflow")
def workflow_permissions(call):
    return Answer.of({"default_workflow_permissions": "read",
                      "can_approve_pull_request_reviews": call.world.actions_may_approve})  # fmt: skip


@route(f"GET {REPO}/actions/workflows/{{workflow_id}}/runs", f"branch event status {PAGED}")
def workflow_runs(call, workflow_id):
    """Newest first, by the name of the workflow's file."""
    ask = call.request.one
    if all(each.file != workflow_id for each in call.world.runs):
        raise Refused("Not Found", 404)
    found = [each for each in call.world.runs[::-1] if each.file == workflow_id
             and ask("branch") in (None, each.branch) and ask("event") in (None, each.event)
             and ask("status") in (None, "completed", each.conclusion)]  # fmt: skip
    page = call.paged(found, call.views.workflow_run)
    return Answer.of({"total_count": len(found), "workflow_runs": page.json})


@route(f"GET {REPO}/environments/{{environment_name}}")
def environment(call, environment_name):
    branches = environment_of(call, environment_name)
    policy = branches and {
        "protected_branches": branches == "protected",
        "custom_branch_policies": branches != "protected",
    }
    where = f"repos/{call.world.repository.full_name}/environments/{environment_name}"
    return Answer.of({"id": 1, "node_id": "EN_1", "name": environment_name, "url": f"{call.world.api_url}/{where}",
                      "html_url": f"https://github.com/{where}", "created_at": stamp(BORN), "updated_at": stamp(BORN),
                      "protection_rules": [], "deployment_branch_policy": policy})  # fmt: skip


@route(f"GET {REPO}/environments/{{environment_name}}/deployment-branch-policies", PAGED)
def deployment_branches(call, environment_name):
    branches = environment_of(call, environment_name)
    named = branches if isinstance(branches, list) else []
    page = call.paged([*enumerate(named, 1)],
                      lambda each: {"id": each[0], "node_id": f"DBP_{each[0]}", "name": each[1], "type": "branch"})  # fmt: skip
    return Answer.of({"total_count": len(named), "branch_policies": page.json})


def environment_of(call, name):
    if name not in call.world.environments:
        raise Refused("Not Found", 404)
    return call.world.environments[name]


@route(f"GET {REPO}/collaborators/{{username}}/permission")
def permission(call, username):
    account = account_of(call, username)
    role = account.permission
    simple = {"triage": "read", "maintain": "write"}.get(role, role)
    return Answer.of({"permission": simple, "role_name": role, "user": {**call.views.user(account), "role_name": role}})


@route(f"GET {REPO}/commits", f"sha path {PAGED}")
def commits(call):
    ask, bare = call.request.one, call.world.bare
    path = ["--", ask("path")] if ask("path") else []
    found = bare.git("rev-list", call.sha(ask("sha", "main")), *path).split()
    bare.learn(found)
    return call.paged(found, call.views.commit)


@route(f"GET {REPO}/commits/{{commit_sha}}/pulls", PAGED)
def pulls_of_commit(call, commit_sha):
    return call.paged(call.world.associated(call.sha(commit_sha)), call.pull)


@route(f"GET {REPO}/commits/{{ref}}/check-runs", f"check_name {PAGED}")
def check_runs(call, ref):
    sha, name = call.sha(ref), call.request.one("check_name")
    found = [each for each in call.world.checks.values() if each.told["head_sha"] == sha
             and name in (None, each.told["name"])]  # fmt: skip
    return Answer.of({"total_count": len(found), "check_runs": call.paged(found, call.views.check_run).json})


@route(f"GET {REPO}/commits/{{ref}}", PAGED)
def commit(call, ref):
    return Answer.of(call.views.commit(call.sha(ref), full=True))


@route(f"GET {REPO}/compare/{{basehead}}", PAGED)
def compare(call, basehead):
    bare, views = call.world.bare, call.views
    base, head = (call.sha(each) for each in basehead.split("..."))
    fork = bare.merge_base(base, head)
    ahead, behind = bare.between(base, head), bare.between(head, base)
    state = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind", (False, False): "identical"}
    url = f"{call.world.api_url}/repos/{call.world.repository.full_name}/compare/{basehead}"
    return Answer.of({
        "url": url, "html_url": url, "permalink_url": url, "diff_url": url, "patch_url": url,
        "base_commit": views.commit(base), "merge_base_commit": views.commit(fork),
        "status": state[bool(ahead), bool(behind)], "ahead_by": len(ahead), "behind_by": len(behind),
        "total_commits": len(ahead), "commits": call.paged(ahead, views.commit).json, "files": views.files(fork, head),
    })  # fmt: skip


@route(f"GET {REPO}/contents/{{path}}", "ref")
def contents(call, path):
    found = call.views.content(path, call.sha(call.request.one("ref", "main")))
    if found is None:
        raise Refused("Not Found", 404)
    return Answer.of(found)


@route(f"GET {REPO}/git/ref/{{ref}}")
def ref(call, ref):
    sha = call.world.bare.head(f"refs/{ref}")
    if sha is None:
        raise Refused("Not Found", 404)
    return Answer.of(call.views.ref(f"refs/{ref}", sha))


@route(f"GET {REPO}/git/trees/{{tree_sha}}", "recursive")
def tree(call, tree_sha):
    found = call.views.tree(tree_sha, deep=call.request.one("recursive") is not None)
    if found is None:
        raise Refused("Not Found", 404)
    return Answer.of(found)


@route(f"GET {REPO}/git/blobs/{{file_sha}}")
def blob(call, file_sha):
    found = call.views.blob(file_sha)
    if found is None:
        raise Refused("Not Found", 404)
    return Answer.of(found)


@route(f"GET {REPO}/check-runs/{{check_run_id}}")
def check_run(call, check_run_id):
    return Answer.of(call.views.check_run(run_of(call, check_run_id)))


def run_of(call, number):
    found = call.world.checks.get(int(number))
    if found is None:
        raise Refused("Not Found", 404)
    return found


@route(f"POST {REPO}/check-runs")
def new_check_run(call):
    told, world = call.request.json, call.world
    if len(told.get("output", {}).get("annotations", [])) > 50:
        raise Refused("Only 50 items are allowed in annotations")
    if told.get("status") == "completed" and "conclusion" not in told:
        raise Refused("conclusion is missing")
    made = CheckRun(world.ids.new("check"), {**told, "head_sha": call.sha(told["head_sha"])}, world.clock.tick())
    world.checks[made.id] = made
    return Answer.of(call.views.check_run(made), 201)


@route(f"PATCH {REPO}/check-runs/{{check_run_id}}")
def changed_check_run(call, check_run_id):
    run = run_of(call, check_run_id)
    run.told |= call.request.json
    return Answer.of(call.views.check_run(run))


@route(f"POST {REPO}/git/refs")
def new_ref(call):
    told, world = call.request.json, call.world
    branch = told["ref"].removeprefix("refs/heads/")
    if branch == told["ref"]:
        raise NotImplementedError("refs other than branches")
    if world.bare.head(branch):
        raise Refused("Reference already exists")
    sha = call.sha(told["sha"])
    world.push(call.asker, branch, commit=sha)
    return Answer.of(call.views.ref(told["ref"], sha), 201)
