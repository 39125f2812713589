"""python-gitlab meets the fake GitLab: the whole procedure of an adapter, pages, tokens, faults and what is not modelled."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import gitlab
import pytest
import requests

from tests.forges import faults
from tests.forges.gitlab import MAINTAINER, OWNER, GitlabWorld
from tests.forges.gitlab.api import ROUTES
from tests.forges.gitlab.conftest import BRANCH, REQUEST, request_by
from tests.forges.gitlab.mr_entities import MergeRequestEntities
from tests.forges.gitlab.permissions import NEEDS
from tests.forges.gitlab.schemas import faults_of
from tests.forges.plumbing import Answer, Server


def refused(call, status):
    with pytest.raises(gitlab.GitlabError) as met:
        call()
    assert met.value.response_code == status
    return met.value


def test_an_adapter_can_run_its_whole_procedure(world, iid, connect):
    world.approve("ben", iid)
    world.note("ben", iid, "breakglass-reason: the database is down")
    landing = world.merge("mia", iid)

    forge = connect(world, world.token("group", role=MAINTAINER))
    project = forge.projects.get("acme/access")
    assert project.id == world.project_id == forge.projects.get(300).id
    (listed,) = project.commits.get(landing, lazy=True).merge_requests(get_all=True)
    assert (listed["iid"], listed["state"], listed["merge_commit_sha"]) == (iid, "merged", landing)
    mr = project.mergerequests.get(iid)
    assert (mr.sha, mr.merge_user["username"], mr.target_branch) == (world.head(iid), "mia", "main")
    (approval,) = mr.approvals.get().approved_by
    assert approval["user"]["username"] == "ben" and approval["approved_at"] < mr.merged_at
    (version,) = mr.diffs.list(get_all=True)
    assert (version.head_commit_sha, version.start_commit_sha) == (mr.sha, world.git.stored(landing).parents[0])
    assert version.created_at < approval["approved_at"] and re.fullmatch("[0-9a-f]{40}", version.patch_id_sha)
    whole = mr.diffs.get(version.id)
    assert (
        [each["new_path"] for each in whole.diffs]
        == [each["new_path"] for each in mr.changes()["changes"]]
        == [REQUEST]
    )
    assert [each["id"] for each in whole.commits] == [each.id for each in mr.commits(get_all=True)] == [mr.sha]
    assert (whole.commits[0]["parent_ids"], next(mr.commits(get_all=True)).parent_ids) == (
        [version.start_commit_sha],
        [],
    )
    notes = mr.notes.list(iterator=True, per_page=100, sort="asc")
    assert [(each.author["username"], each.system, each.body) for each in notes] == [
        ("ben", True, "approved this merge request"),
        ("ben", False, "breakglass-reason: the database is down"),
    ]
    assert [each.state for each in mr.resourcestateevents.list(get_all=True)] == ["merged"]
    branch = project.branches.get("main")
    assert branch.protected and branch.commit["id"] == landing
    assert project.protectedbranches.get("main").merge_access_levels[0]["access_level"] == MAINTAINER
    assert project.members_all.get(world.user("ben").id).access_level == 30
    assert [each.username for each in project.members_all.list(iterator=True) if each.access_level == OWNER] == ["root"]
    assert forge.groups.get(200).full_path == "acme" and forge.groups.get(200).members_all.get(1).state == "active"
    assert forge.users.get(world.user("ben").id).bot is False
    assert [each.id for each in forge.users.list(username="BEN", get_all=True)] == [world.user("ben").id]
    assert project.files.get(REQUEST, ref=landing).decode() == project.files.raw(REQUEST, ref=landing)
    assert project.commits.get(landing).parent_ids == list(world.git.stored(landing).parents)
    forge.auth()
    assert forge.user.username == world.bot_of(forge.private_token).username
    assert forge.personal_access_tokens.get("self").scopes == ["read_api"]
    assert forge.version() == (world.version, "0123456789a") and forge.http_get("/metadata")["enterprise"] is False
    assert world.calls["GET /projects/{id}/merge_requests/{iid}"] == 1


def test_a_desk_opens_comments_and_closes(world, connect):
    world.push("alice", BRANCH, {REQUEST: "x\n"})
    project = connect(world, world.token("personal", user="alice", scopes=("api",))).projects.get(300)
    mr = project.mergerequests.create({"source_branch": BRANCH, "target_branch": "main", "title": "Ask"})
    note = mr.notes.create({"body": "first"})
    note.body = "second"
    note.save()
    assert [each.body for each in mr.notes.list(get_all=True)] == ["second"]
    refused(
        lambda: project.mergerequests.create({"source_branch": BRANCH, "target_branch": "main", "title": "Ask"}), 409
    )
    mr.state_event = "close"
    mr.save()
    assert (mr.state, mr.closed_by["username"]) == ("closed", "alice")
    opened = project.mergerequests.list(state="opened", get_all=True)
    closed = project.mergerequests.list(state="closed", order_by="updated_at", sort="asc", get_all=True)
    assert ([each.iid for each in opened], [each.iid for each in closed]) == ([], [mr.iid])
    later = (world.now + timedelta(hours=1)).isoformat()
    assert not project.mergerequests.list(state="closed", updated_after=later, get_all=True)


def test_lists_come_in_pages_of_20_and_at_most_100(world, iid, connect):
    for number in range(101):
        world.note("alice", iid, f"note {number}")
    mr = connect(world, world.token()).projects.get(300).mergerequests.get(iid)
    with pytest.warns(UserWarning, match="returned 20 of 101 items"):
        assert len(mr.notes.list()) == 20
    world.forget_calls()
    notes = mr.notes.list(iterator=True, per_page=500, sort="asc")
    assert [each.body for each in notes] == [f"note {number}" for number in range(101)]
    assert world.calls == {"GET /projects/{id}/merge_requests/{iid}/notes": 2}
    path = f"{world.api_url}/projects/300/merge_requests/{iid}/notes?per_page=50&page=2"
    answer = requests.get(path, headers={"PRIVATE-TOKEN": world.token()}, timeout=30)
    told = {name: answer.headers[f"X-{name}"] for name in ("Total", "Total-Pages", "Page", "Next-Page", "Prev-Page")}
    assert told == {"Total": "101", "Total-Pages": "3", "Page": "2", "Next-Page": "3", "Prev-Page": "1"}
    assert parsedate_to_datetime(answer.headers["Date"]) == world.now
    assert int(answer.headers["RateLimit-Remaining"]) < int(answer.headers["RateLimit-Limit"]) == 2000


def test_a_fault_is_met_by_the_client_as_it_would_be_on_a_network(world, iid, connect):
    forge = connect(world, world.token())
    path = f"GET /api/v4/projects/300/merge_requests/{iid}"
    read = lambda: forge.projects.get(300, lazy=True).mergerequests.get(iid)  # noqa: E731
    for status in (401, 403, 404, 409, 422, 500, 502, 503):
        world.faults.add(path, faults.status(status))
        refused(read, status)
    world.faults.add(path, faults.status(429, Retry_After=0))
    assert read().iid == iid
    world.faults.add(path, faults.page_of_html())
    with pytest.raises(gitlab.GitlabParsingError):
        read()
    world.faults.add(path, faults.truncated(40))
    with pytest.raises(gitlab.GitlabParsingError):
        read()
    world.faults.add(path, faults.cut(40))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        read()
    world.faults.add(path, faults.edited(lambda mr: mr | {"detailed_merge_status": "checking"}))
    assert read().detailed_merge_status == "checking"
    world.faults.add(path, faults.without("merged_at"))
    with pytest.raises(AttributeError):
        _ = read().merged_at
    assert read().merged_at is None


def complaints(world):
    """What a world says at its end."""
    with pytest.raises(AssertionError) as told:
        world.__exit__(None, None, None)
    return str(told.value).splitlines()


def test_who_asks_too_often_is_told_in_plain_text_when_to_come_back(world, connect):
    forge = connect(world, world.token())
    world.throttle(retry_after=0)
    assert forge.projects.get(300).id == 300
    world.throttle("GET /api/v4/projects/*", retry_after=3600)
    met = refused(lambda: forge.projects.get(300, obey_rate_limit=False), 429)
    assert met.response_body == b"Retry later\n"


def test_two_worlds_in_which_the_same_was_done_are_the_same(make):
    one, other = make(), make()
    told = []
    for world in (one, other):
        iid = request_by(world, "alice")
        world.approve("ben", iid)
        world.merge("mia", iid)
        view = MergeRequestEntities(world)
        told.append(repr((view.whole_merge_request(world.mr(iid)), view.approvals(world.mr(iid)), world.token())))
    assert told[0].replace(one.url, "") == told[1].replace(other.url, "")


def test_pages_that_change_under_the_reader(world, iid, connect):
    for number in range(3):
        world.note("alice", iid, f"{number}")
    mr = connect(world, world.token()).projects.get(300).mergerequests.get(iid)
    read = lambda: [each.body for each in mr.notes.list(iterator=True, sort="asc", per_page=2)]  # noqa: E731
    path = f"GET /api/v4/projects/300/merge_requests/{iid}/notes*"
    for fault, sees in ((faults.shrunk(), ["0", "2"]), (faults.doubled(), ["0", "0", "1", "1", "2"]),
                        (faults.backwards(), ["1", "0", "2"])):  # fmt: skip
        world.faults.add(path, fault)
        assert read() == sees
    assert read() == ["0", "1", "2"]


def test_other_hosts_and_other_clocks(world, iid, connect):
    """The client itself follows a link to another host, and takes the token along: who uses it must look."""
    forge = connect(world, world.token())
    mr = forge.projects.get(300).mergerequests.get(iid)
    for number in range(2):
        world.note("alice", iid, f"{number}")
    path, taken = f"GET /api/v4/projects/300/merge_requests/{iid}*", []

    def take(request):
        taken.append((request.line, request.secret))
        return Answer.of([])

    with Server(take) as elsewhere:
        world.faults.add(path, faults.headed(Link=f'<{elsewhere.url}/next>; rel="next"'))
        assert len(list(mr.notes.list(iterator=True, per_page=1))) == 1
        assert taken == [("GET /next?per_page=1", forge.private_token)]
        world.faults.add(path, faults.redirect(f"{elsewhere.url}/other"))
        assert mr.manager.gitlab.http_get(f"/projects/300/merge_requests/{iid}") == []
        world.faults.add(path, faults.pointing_at(elsewhere.url))
        assert mr.manager.get(iid).web_url.startswith(elsewhere.url)
    world.faults.add(path, faults.skewed(timedelta(minutes=9)))
    answer = requests.get(f"{world.api_url}{MR}", headers={"PRIVATE-TOKEN": forge.private_token}, timeout=30)
    assert parsedate_to_datetime(answer.headers["Date"]) == world.now + timedelta(minutes=9)
    world.faults.add(path, faults.silence(5))
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{world.api_url}{MR}", timeout=(30, 0.1))


def test_what_is_not_modelled_is_told_at_the_end(tmp_path, connect):
    world = GitlabWorld(tmp_path / "gitlab")
    forge = connect(world, world.token(role=MAINTAINER, scopes=("api",)))
    project = forge.projects.get(300)
    refused(lambda: project.labels.list(get_all=True), 501)
    refused(lambda: project.branches.get("main", strange=1), 501)
    world.push("root", "x", {"a": "1"})
    wanted = {"source_branch": "x", "target_branch": "main", "title": "t", "labels": "a"}
    refused(lambda: project.mergerequests.create(wanted), 501)
    world.faults.add("GET /nowhere", faults.cut())
    assert complaints(world) == [
        "GET /api/v4/projects/300/labels: this route is not modelled",
        "GET /api/v4/projects/300/repository/branches/main?strange=1: no query parameter strange is modelled",
        "POST /api/v4/projects/300/merge_requests: the body's labels is not modelled",
        "the fault on GET /nowhere was never met",
    ]


def test_an_answer_that_is_not_as_the_schema_has_it_is_told(tmp_path, connect):
    world = GitlabWorld(tmp_path / "gitlab")
    world.project.merge_method = 5
    connect(world, world.token()).projects.get(300)
    why = "$.merge_method: 5 is not one of ['merge', 'rebase_merge', 'ff']"
    assert complaints(world) == [f"GET /api/v4/projects/300: the answer is no project.project: {why}"]


def test_each_schema_refuses_a_field_more_and_a_field_less(world, iid):
    mr = world.mr(iid)
    shown = MergeRequestEntities(world).whole_merge_request(mr)
    assert faults_of(shown, "merge_request.whole") == []
    assert faults_of(shown | {"secret": 1}, "merge_request.whole")
    for name in ("sha", "merged_at", "author", "detailed_merge_status"):
        assert faults_of({key: value for key, value in shown.items() if key != name}, "merge_request.whole")


def test_every_route_has_a_line_in_the_table_of_permissions():
    assert {each.name.replace("/api/v4", "") for each in ROUTES.all} == set(NEEDS)


@pytest.mark.parametrize("name", sorted({each.respond.schema for each in ROUTES.all}))
def test_every_schema_that_a_route_names_is_there(name):
    for tier in ("free", "premium"):
        assert faults_of([5] if name.startswith("[") else 5, name.replace("{tier}", tier))


MR = "/projects/300/merge_requests/1"
JOB_MAY = {
    "/projects/300/repository/branches/main",
    "/projects/300/repository/commits/main",
    "/projects/300/merge_requests",
    MR,
    f"{MR}/notes",
    "/projects/300/repository/files/README.md/raw",
}
READS = [*sorted(JOB_MAY), "/projects/300", f"{MR}/approvals", f"{MR}/versions", f"{MR}/commits", f"{MR}/changes",
         f"{MR}/diffs", "/projects/300/pipelines", "/projects/300/repository/files/README.md"]  # fmt: skip
KNOWN = [f"{MR}/resource_state_events", "/projects/300/members/all", "/projects/300/members/all/1", "/groups/200/members/all",
         "/users/1", "/user", "/version", "/metadata", "/personal_access_tokens/self"]  # fmt: skip


def statuses(world, paths, **headers):
    return {path: requests.get(world.api_url + path, headers=headers, timeout=30).status_code for path in paths}


def test_a_job_s_token_reads_what_gitlab_lists_and_nothing_else(world, iid):
    token = world.token("job", user="alice")
    told = statuses(world, READS + KNOWN, **{"JOB-TOKEN": token})
    assert told == {path: 200 if path in JOB_MAY else 401 if path in KNOWN else 404 for path in READS + KNOWN}
    assert set(statuses(world, READS, **{"PRIVATE-TOKEN": token}).values()) == {401}
    world.remove_member(None, "alice")
    assert set(statuses(world, READS, **{"JOB-TOKEN": token}).values()) == {404}


def test_nobody_sees_a_private_project_and_reads_a_public_one(make):
    for visibility, read in (("private", 404), ("public", 200)):
        world = make(visibility=visibility)
        request_by(world, "alice")
        told = statuses(world, READS + KNOWN)
        assert told == dict.fromkeys(READS, read) | dict.fromkeys(KNOWN, 401)


def test_scopes_and_roles_decide(world, iid):
    for scopes, reads, own in ((("read_api",), 200, 200), (("api",), 200, 200), (("read_user",), 403, 200),
                               (("read_repository",), 403, 403)):  # fmt: skip
        token = world.token("personal", user="mia", scopes=scopes)
        assert statuses(world, [MR, "/user"], **{"PRIVATE-TOKEN": token}) == {MR: reads, "/user": own}
        assert statuses(world, ["/personal_access_tokens/self"], Authorization=f"Bearer {token}") == {
            "/personal_access_tokens/self": 200
        }
    protected = "/projects/300/protected_branches/main"
    for role, sees, code, settings in (
        (10, 200, 403, 403),
        (20, 200, 200, 403),
        (30, 200, 200, 403),
        (40, 200, 200, 200),
    ):
        token = world.token("project", role=role)
        assert statuses(world, ["/projects/300", MR, protected], **{"PRIVATE-TOKEN": token}) == {
            "/projects/300": sees,
            MR: code,
            protected: settings,
        }
    written = requests.post(f"{world.api_url}{MR}/notes", json={"body": "x"}, timeout=30,
                            headers={"PRIVATE-TOKEN": world.token("project", role=40)})  # fmt: skip
    assert (written.status_code, written.json()["error"]) == (403, "insufficient_scope")


def test_a_token_ends(world, iid):
    until = date(2026, 3, 3)
    token = world.token("project", expires_at=until)
    assert statuses(world, [MR], **{"PRIVATE-TOKEN": token}) == {MR: 200}
    world.advance(days=1)
    assert statuses(world, [MR], **{"PRIVATE-TOKEN": token}) == {MR: 401}
    token = world.token("personal", user="ben")
    world.block_user("ben")
    assert statuses(world, [MR], **{"PRIVATE-TOKEN": token}) == {MR: 401}
    world.unblock_user("ben")
    world.revoke_token(token)
    assert statuses(world, [MR], **{"PRIVATE-TOKEN": token}) == {MR: 401}
    assert statuses(world, [MR], **{"PRIVATE-TOKEN": "glpat-nothing"}) == {MR: 401}


def test_no_secret_is_kept_in_the_log(world, iid):
    token = world.token("project")
    statuses(world, [MR], **{"PRIVATE-TOKEN": token})
    assert token not in repr(world.requests) and world.requests[-1].path.endswith(MR)
    assert world.used == {token: 1} and world.called == {"GET /projects/{id}/merge_requests/{iid}": 1}


def test_the_age_of_the_last_good_run_can_be_asked(world, connect):
    for status in ("success", "failed"):
        world.run_pipeline(status=status)
        world.advance(hours=1)
    project = connect(world, world.token()).projects.get(300)
    (last,) = project.pipelines.list(ref="main", status="success", source="schedule", per_page=1, get_all=False)
    assert datetime.fromisoformat(last.updated_at) < datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_settings_are_told_where_the_tier_has_them(make, connect):
    for tier in ("free", "premium"):
        world = make(tier=tier)
        iid = request_by(world, "alice")
        project = connect(world, world.token("project", role=MAINTAINER)).projects.get(300)
        mr = project.mergerequests.get(iid)
        assert [each.name for each in project.protectedbranches.list(get_all=True)] == ["main"]
        if tier == "free":
            for call in (project.approvals.get, project.pushrules.get, mr.approval_state.get):
                refused(call, 404)
            continue
        world.set_push_rules(commit_committer_check=True)
        world.approval_rule("sre", 1, users=["ben"])
        world.approve("ben", iid)
        settings = project.approvals.get()
        assert (settings.reset_approvals_on_push, settings.merge_requests_author_approval) == (True, False)
        assert project.pushrules.get().commit_committer_check is True
        (state,) = mr.approval_state.get().rules
        assert (state["name"], state["approved"], [each["username"] for each in state["approved_by"]]) == (
            "sre",
            True,
            ["ben"],
        )
        assert [each.approvals_required for each in mr.approval_rules.list(get_all=True)] == [1]
        assert (
            mr.approvals.get().approvals_left == 0
            and "unprotect_access_levels" in project.protectedbranches.get("main").asdict()
        )
