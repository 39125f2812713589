"""The fake GitLab's routes about merge requests."""

from datetime import datetime

from tests.forges.gitlab.api import route
from tests.forges.gitlab.state import Refused, not_found
from tests.forges.plumbing import Answer

MRS = "/projects/{id}/merge_requests"
MR = MRS + "/{iid}"
FILTERS = """
    state scope order_by sort updated_after updated_before created_after source_branch target_branch iids[] author_id view
"""
CHANGEABLE = "title description target_branch state_event"


@route(f"GET {MRS}", "[merge_request.basic]", query=FILTERS)
def merge_requests(given, id):
    """In a project all of them, whoever opened them; newest first unless said otherwise."""
    one = given.request.one
    wanted = [value for name, value in given.request.query if name == "iids[]"]
    found = [
        mr for mr in id.merge_requests.values()
        if one("state", "all") in ("all", mr.state)
        and one("source_branch") in (None, mr.source_branch)
        and one("target_branch") in (None, mr.target_branch)
        and one("author_id") in (None, str(mr.author.id))
        and (not wanted or str(mr.iid) in wanted)
        and (not one("updated_after") or mr.updated_at >= moment(one("updated_after")))
        and (not one("updated_before") or mr.updated_at <= moment(one("updated_before")))
        and (not one("created_after") or mr.created_at >= moment(one("created_after")))
    ]  # fmt: skip
    key, sort = one("order_by", "created_at"), one("sort", "desc")
    if key not in ("created_at", "updated_at", "title", "merged_at") or sort not in ("asc", "desc"):
        raise Refused(400, "order_by", {"error": "order_by does not have a valid value"})
    found.sort(key=lambda mr: (getattr(mr, key) or mr.created_at, mr.iid), reverse=sort == "desc")
    return [given.show.merge_request(mr) for mr in found]


def moment(text):
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "time", {"error": "updated_after is invalid"}) from None


@route(f"POST {MRS}", "merge_request.whole", status=201, body="source_branch target_branch title description "
       "remove_source_branch squash target_project_id")  # fmt: skip
def open_merge_request(given, id):
    body = given.body
    missing = [name for name in ("source_branch", "target_branch", "title") if name not in body]
    if missing:
        raise Refused(400, "missing", {"error": ", ".join(f"{name} is missing" for name in missing)})
    iid = given.world.open_mr(given.caller, body["source_branch"], body["title"], body.get("description", ""),
                              target=body["target_branch"], project=id)  # fmt: skip
    return given.show.whole_merge_request(given.world.mr(iid))


def found(given, iid):
    if not iid.isdigit():
        raise not_found()
    return given.world.mr(int(iid))


@route(
    f"GET {MR}", "merge_request.whole", query="render_html include_diverged_commits_count include_rebase_in_progress"
)
def merge_request(given, id, iid):
    return given.show.whole_merge_request(found(given, iid))


@route(f"PUT {MR}", "merge_request.whole", body=CHANGEABLE)
def change_merge_request(given, id, iid):
    world, mr, body = given.world, found(given, iid), given.body
    if not body:
        raise Refused(
            400, "empty", {"error": f"{CHANGEABLE.replace(' ', ', ')} are missing, at least one must be provided"}
        )
    does = {"close": world.close, "reopen": world.reopen}
    if "state_event" in body:
        does[body["state_event"]](given.caller, mr.iid)
    for name, verb in (("title", world.retitle), ("description", world.describe), ("target_branch", world.retarget)):
        if name in body:
            verb(given.caller, mr.iid, body[name])
    return given.show.whole_merge_request(mr)


@route(f"PUT {MR}/merge", "merge_request.whole", body="sha squash should_remove_source_branch merge_commit_message")
def merge(given, id, iid):
    mr = found(given, iid)
    if given.body.get("sha", mr.latest.head) != mr.latest.head:
        raise Refused(409, f"SHA does not match HEAD of source branch: {mr.latest.head}")
    squashed = {"merge": "squash", "ff": "squash_ff", "rebase_merge": "rebase_merge"}
    given.world.merge(given.caller, mr.iid, squashed[id.merge_method] if given.body.get("squash") else None)
    return given.show.whole_merge_request(mr)


@route(f"GET {MR}/approvals", "approvals.{tier}")
def approvals(given, id, iid):
    return given.show.approvals(found(given, iid))


@route(f"POST {MR}/approve", "approvals.{tier}", status=201, body="sha")
def approve(given, id, iid):
    mr = found(given, iid)
    given.world.approve(given.caller, mr.iid, given.body.get("sha"))
    return given.show.approvals(mr)


@route(f"POST {MR}/unapprove", "approvals.{tier}", status=201)
def unapprove(given, id, iid):
    mr = found(given, iid)
    given.world.unapprove(given.caller, mr.iid)
    return given.show.approvals(mr)


@route(f"GET {MR}/approval_state", "approval_rules.state")
def approval_state(given, id, iid):
    mr = found(given, iid)
    return {
        "approval_rules_overwritten": mr.rules is not None,
        "rules": [given.show.rule_with_state(each, mr) for each in given.world.rules_of(mr)],
    }


@route(f"GET {MR}/approval_rules", "[approval_rules.rule]")
def approval_rules(given, id, iid):
    mr = found(given, iid)
    return [given.show.rule(each, mr) for each in given.world.rules_of(mr)]


@route(f"GET {MR}/versions", "[version.basic]")
def versions(given, id, iid):
    mr = found(given, iid)
    return [given.show.version(mr, each) for each in reversed(mr.versions)]


@route(f"GET {MR}/versions/{{version}}", "version.whole", query="unidiff")
def version(given, id, iid, version):
    mr = found(given, iid)
    for each in mr.versions:
        if str(each.id) == version:
            return given.show.whole_version(mr, each)
    raise not_found()


@route(f"GET {MR}/commits", "[commit.basic]")
def commits(given, id, iid):
    """Of the newest version, newest first. Parents are not told: the list comes from the database, not from git."""
    return [given.show.commit(id, each) | {"parent_ids": []} for each in given.show.commits(found(given, iid).latest)]


@route(f"GET {MR}/changes", "merge_request.changes", query="access_raw_diffs unidiff")
def changes(given, id, iid):
    return given.show.changed_merge_request(found(given, iid))


@route(f"GET {MR}/diffs", "[diff.diff]", query="unidiff")
def diffs(given, id, iid):
    return given.show.diffs(found(given, iid))


@route(f"GET {MR}/resource_state_events", "[state_event.state_event]")
def state_events(given, id, iid):
    mr = found(given, iid)
    return [given.show.state_event(mr, each) for each in mr.events]


@route(f"GET {MR}/notes", "[note.note]", query="sort order_by activity_filter")
def notes(given, id, iid):
    """Newest first unless said otherwise."""
    mr, one = found(given, iid), given.request.one
    key, sort, only = one("order_by", "created_at"), one("sort", "desc"), one("activity_filter", "all_notes")
    if key not in ("created_at", "updated_at") or sort not in ("asc", "desc"):
        raise Refused(400, "sort", {"error": "sort does not have a valid value"})
    kept = [each for each in mr.notes if only == "all_notes" or each.system == (only == "only_activity")]
    kept.sort(key=lambda each: (getattr(each, key), each.id), reverse=sort == "desc")
    return [given.show.note(mr, each) for each in kept]


@route(f"GET {MR}/notes/{{note}}", "note.note")
def note(given, id, iid, note):
    mr = found(given, iid)
    return given.show.note(mr, given.world.find_note(mr.iid, number(note)))


@route(f"POST {MR}/notes", "note.note", status=201, body="body")
def write_note(given, id, iid):
    mr = found(given, iid)
    if not given.body.get("body"):
        raise Refused(400, "body", {"error": "body is missing"})
    made = given.world.note(given.caller, mr.iid, given.body["body"])
    if made is None:
        return Answer.of({"commands_changes": {}, "summary": ["Commands applied"]}, 202)
    return given.show.note(mr, given.world.find_note(mr.iid, made))


@route(f"PUT {MR}/notes/{{note}}", "note.note", body="body")
def change_note(given, id, iid, note):
    mr = found(given, iid)
    given.world.edit_note(given.caller, mr.iid, number(note), given.body["body"])
    return given.show.note(mr, given.world.find_note(mr.iid, number(note)))


def number(text):
    if not text.isdigit():
        raise not_found("Note")
    return int(text)
