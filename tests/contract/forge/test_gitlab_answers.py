"""What GitLab does not answer, or not as it should, is not known; and what a run asks of it."""

import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.gitlab.forge import GitlabForge
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.forges.gitlab_stage import QUICK, GitlabStage
from tests.forges.plumbing import Answer, Server
from tests.git.world import path_of

WHAT = "prod/inc-1"
PROJECT = "GET /api/v4/projects/300"
MR = f"{PROJECT}/merge_requests/1"
CANDIDATES = f"{PROJECT}/repository/commits/*/merge_requests*"
ROUTES = {
    "candidates": CANDIDATES,
    "approvals": f"{MR}/approvals",
    "versions": f"{MR}/versions*",
    "notes": f"{MR}/notes*",
    "users": "GET /api/v4/users/*",
}
FAULTS = {
    "401": faults.status(401),
    "403": faults.status(403),
    "409": faults.status(409),
    "429": faults.status(429, Retry_After=3600),
    "500": faults.status(500),
    "502": faults.page_of_html(502),
    "503": faults.status(503),
    "html": faults.page_of_html(),
    "html that claims to be JSON": faults.Fault(
        lambda request, answer: Answer(200, b"<html>", {"Content-Type": "application/json"}), instead=True
    ),
    "cut": faults.cut(),
    "half": faults.truncated(),
    "redirect": faults.redirect("https://gitlab.example.com/api/v4/user"),
    "text": faults.edited(lambda value: "nothing"),
    "null": faults.edited(lambda value: None),
    "number": faults.edited(lambda value: 7),
    "texts": faults.edited(lambda value: ["a", "b"]),
    "object": faults.edited(lambda value: {"message": "hello"}),
}


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A stage on which a request has landed as it should; tests only put faults in the way and take them off."""
    with GitlabStage(tmp_path_factory.mktemp("gitlab")) as stage:
        stage.alice.requests(WHAT)
        stage.ben.approves(WHAT)
        stage.ben.merges(WHAT)
        assert isinstance(stage.landed(), Change)
        yield stage


@pytest.fixture
def stage(tmp_path):
    with GitlabStage(tmp_path) as stage:
        yield stage


def asked(stage, route, fault, **options):
    """What is told of the request while something is wrong, which has to be met."""
    stage.world.faults.add(route, fault, times=None)
    try:
        return stage.landed(forge=stage.forge(**options))
    finally:
        unmet, _ = stage.world.faults.unmet, stage.world.faults.clear()
        assert not unmet


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_that_is_none_is_not_known_and_says_what_to_do(landed, caplog, capfd, route, fault):
    caplog.set_level(logging.DEBUG)
    found = asked(landed, ROUTES[route], FAULTS[fault])
    assert isinstance(found, Unread)
    assert found.message
    assert found.hint
    told = f"{found} {caplog.text} {capfd.readouterr()}"
    assert landed.token not in told


@pytest.mark.parametrize("fault", [each for each in FAULTS if each != "texts"])
def test_without_the_project_nothing_is_known(landed, fault):
    with pytest.raises(UnreachableError) as error:
        asked(landed, PROJECT, FAULTS[fault])
    assert error.value.hint
    assert landed.token not in error.value.in_one_line()


@pytest.mark.parametrize("route", [PROJECT, ROUTES["notes"]])
@pytest.mark.parametrize("fault", [faults.silence(30), faults.trickle(0.2)], ids=["silent", "a byte now and then"])
def test_an_answer_that_takes_too_long_is_not_known(landed, route, fault):
    limits = replace(QUICK, read=1.5, deadline=4)
    if route == PROJECT:
        with pytest.raises(UnreachableError):
            asked(landed, route, fault, limits=limits)
    else:
        assert isinstance(asked(landed, route, fault, limits=limits), Unread)


NEEDED = {
    "candidates": (
        *(
            "id",
            "iid",
            "state",
            "author",
            "created_at",
            "merged_at",
            "merge_user",
            "target_branch",
            "target_project_id",
        ),
        *("sha", "merge_commit_sha", "squash_commit_sha", "detailed_merge_status", "title", "web_url"),
        *("closed_at", "closed_by"),
    ),
    "approvals": ("approved_by",),
    "versions": ("id", "head_commit_sha", "base_commit_sha", "created_at"),
    "notes": ("id", "author", "body", "created_at", "updated_at", "system"),
    "users": ("id", "username", "bot"),
}


@pytest.mark.parametrize(("route", "field"), [(route, field) for route, fields in NEEDED.items() for field in fields])
def test_a_field_that_vanished_makes_it_unknown(landed, route, field):
    assert isinstance(asked(landed, ROUTES[route], faults.without(field)), Unread)


@pytest.mark.parametrize("field", ["user", "id", "username", "state"])
def test_an_approval_without_whose_it_is_makes_it_unknown(landed, field):
    def less(value):
        for each in value["approved_by"]:
            (each if field == "user" else each["user"]).pop(field)
        return value

    assert isinstance(asked(landed, ROUTES["approvals"], faults.edited(less)), Unread)


@pytest.mark.parametrize("time", ["yesterday", "2026-03-02T09:00:00", 5, True, None])
def test_a_time_that_is_none_makes_it_unknown(landed, time):
    def other(value):
        value["approved_by"][0]["approved_at"] = time
        return value

    assert isinstance(asked(landed, ROUTES["approvals"], faults.edited(other)), Unread)


def test_more_than_a_page_of_notes_is_read_to_its_end(stage):
    stage.alice.requests(WHAT)
    for number in range(230):
        stage.world.note("erin", 1, f"note {number}")
    stage.ben.approves(WHAT, "the last word")
    stage.ben.merges(WHAT)
    assert [each.body for each in stage.landed().reviews] == ["the last word"]
    assert stage.world.calls[f"{MR}/notes".replace("/api/v4", "").replace("300", "{id}").replace("1", "{iid}")] == 3
    stage.world.faults.add(f"{MR}/notes*page=2*", faults.shrunk())
    assert "announced" in stage.landed().message


def test_notes_that_gitlab_counts_and_does_not_show_are_missed_by_nobody(landed):
    landed.world.note("erin", 1, "mentioned in issue hidden/project#1")
    whole = landed.landed()
    assert asked(landed, ROUTES["notes"], faults.edited(lambda notes: notes[:-1])) == whole


@pytest.mark.parametrize("route", ["candidates", "versions"])
def test_any_other_list_that_is_shorter_than_it_was_counted_is_not_known(landed, route):
    landed.world.faults.add(ROUTES[route], faults.headed(X_Total="2"), times=None)
    assert "2 entries were announced" in landed.landed().message
    landed.world.faults.clear()


def test_a_list_that_is_longer_than_it_was_counted_is_not_known(landed):
    assert isinstance(asked(landed, ROUTES["notes"], faults.headed(X_Total="1")), Unread)


@pytest.mark.parametrize("route", ["candidates", "versions", "notes"])
def test_entries_that_come_twice_make_it_unknown(landed, route):
    assert isinstance(asked(landed, ROUTES[route], faults.doubled()), Unread)


def test_entries_that_come_twice_in_a_page_of_the_right_length_make_it_unknown(landed):
    instead = faults.edited(lambda notes: [notes[0], *notes[:-1]])
    assert isinstance(asked(landed, ROUTES["notes"], instead), Unread)


@pytest.mark.parametrize("route", ["notes", "versions"])
def test_the_order_in_which_entries_come_says_nothing(landed, route):
    assert asked(landed, ROUTES[route], faults.backwards()) == landed.landed()


def test_a_wait_that_is_too_long_is_not_waited(landed):
    limits = replace(QUICK, longest_wait=1.0)
    fault = faults.status(429, Retry_After=2)
    landed.world.faults.add(ROUTES["notes"], fault)
    assert "asks to wait 2 s" in landed.landed(forge=landed.forge(limits=limits)).message
    landed.world.faults.clear()


def test_a_short_wait_that_gitlab_asks_for_is_waited(landed):
    landed.world.faults.add(ROUTES["notes"], faults.status(429, Retry_After=0))
    assert isinstance(landed.landed(), Change)
    landed.world.faults.clear()


@pytest.mark.parametrize(
    "link",
    [
        "{elsewhere}/api/v4/projects/300/merge_requests/1/notes?page=2",
        "{elsewhere}/elsewhere?page=2",
        # An address that begins as ours does: all before the @ is a name and a password.
        "{ours}@{place}/api/v4/projects/300/merge_requests/1/notes?page=2",
    ],
)
def test_a_next_page_at_another_place_is_not_asked_with_the_token(landed, link):
    with Server(lambda request: Answer.of([])) as elsewhere:
        place = elsewhere.url.removeprefix("http://")
        url = link.format(elsewhere=elsewhere.url, ours=landed.world.url, place=place)
        asked(landed, ROUTES["notes"], faults.headed(Link=f'<{url}>; rel="next"'))
        assert not elsewhere.requests


def test_an_answer_without_an_end_is_not_read_to_it(landed):
    large = faults.edited(lambda value: [*value, {"id": 1, "more": "x" * 30_000}])
    found = asked(landed, ROUTES["notes"], large, limits=replace(QUICK, largest=20_000))
    assert "more than 20000 bytes" in found.message


def test_a_merge_that_has_no_time_is_not_known(landed):
    without = faults.edited(lambda value: [{**each, "merged_at": None} for each in value])
    assert "when !1 was merged" in asked(landed, ROUTES["candidates"], without).message


def test_a_head_that_moved_meanwhile_is_not_known(stage):
    stage.alice.requests(WHAT)
    other = stage.bare.head("main")
    stage.world.faults.add(MR, faults.edited(lambda value: {**value, "sha": other}))
    assert "moved while it was read" in stage.proposed().message


def test_while_gitlab_checks_a_merge_request_nothing_is_known(stage):
    stage.alice.requests(WHAT)
    stage.world.faults.add(
        MR, faults.edited(lambda value: {**value, "detailed_merge_status": "approvals_syncing"}), times=None
    )
    assert "still computing" in stage.proposed().message
    stage.world.faults.clear()
    stage.world.faults.add(MR, faults.edited(lambda value: {**value, "detailed_merge_status": "checking"}))
    assert isinstance(stage.proposed(), Change)


def test_a_head_that_can_t_be_fetched_may_ask_for_something(stage):
    stage.alice.commits({"policies/more.yaml": "a: 1\n"}, on="more")
    stage.alice.opens("more")
    assert stage.forge().unmerged(since=stage.world.now) == ()
    stage.world.push("alice", "more", {"policies/more.yaml": "a: 2\n"})
    stage.bare.move("refs/merge-requests/1/head", None)
    assert stage.forge().unmerged(since=stage.world.now) == ("!1",)


def test_a_redirect_is_not_followed_anywhere(landed):
    with Server(lambda request: Answer.of({})) as elsewhere:
        found = asked(landed, ROUTES["approvals"], faults.redirect(f"{elsewhere.url}/api/v4/user"))
        assert isinstance(found, Unread)
        assert not elsewhere.requests
    before = len(landed.world.requests)
    asked(landed, ROUTES["approvals"], faults.redirect(f"{landed.world.url}/api/v4/user", 307))
    assert not any(each.path.endswith("/user") for each in landed.world.requests[before:])


def test_a_token_is_not_sent_without_tls_but_to_this_machine(landed):
    identity = ForgeIdentity(landed.provider, "300", "http://gitlab.example.com/api/v4")
    access = replace(landed.access(), identity=identity)
    repository = landed.repository()
    forge = GitlabForge(repository, Heads(repository, access), access, QUICK)
    with pytest.raises(UnreachableError, match="https"):
        landed.landed(forge=forge)


def test_a_forge_that_nobody_listens_at_is_unreachable(landed):
    identity = ForgeIdentity(landed.provider, "300", "http://127.0.0.1:9/api/v4")
    access = replace(landed.access(), identity=identity)
    repository = landed.repository()
    with pytest.raises(UnreachableError, match="can't be reached"):
        landed.landed(forge=GitlabForge(repository, Heads(repository, access), access, QUICK))


@pytest.mark.parametrize("repository_id", ["4711", "acme/access", ""])
def test_another_project_is_not_this_one(landed, repository_id):
    access = replace(landed.access(), identity=replace(landed.access().identity, repository=repository_id))
    repository = landed.repository()
    with pytest.raises(UnreachableError):
        landed.landed(forge=GitlabForge(repository, Heads(repository, access), access, QUICK))


@pytest.mark.parametrize("change", [{"id": 301}, {"default_branch": "master"}, {"default_branch": None}])
def test_a_project_that_is_not_the_one_that_is_meant_is_unreachable(landed, change):
    with pytest.raises(UnreachableError):
        asked(landed, PROJECT, faults.edited(lambda value: {**value, **change}))


def test_a_new_request_takes_seven_calls_and_what_is_known_none(landed):
    landed.world.forget_calls()
    forge = landed.forge()
    assert landed.landed(forge=forge) == landed.landed(forge=forge)
    assert landed.world.calls == Counter(
        {
            "GET /users/{user}": 2,
            "GET /projects/{id}": 1,
            "GET /projects/{id}/repository/commits/{sha}/merge_requests": 1,
            "GET /projects/{id}/merge_requests/{iid}/approvals": 1,
            "GET /projects/{id}/merge_requests/{iid}/versions": 1,
            "GET /projects/{id}/merge_requests/{iid}/notes": 1,
        }
    )


def test_a_run_with_nothing_new_asks_nothing(stage):
    stage.granted(WHAT)
    stage.world.forget_calls()
    stage.reconcile()
    assert not stage.world.calls


def test_another_run_asks_again(landed):
    forge = landed.forge()
    landed.landed(forge=forge)
    landed.world.forget_calls()
    touches = forge.repository.touches(landed.tip)
    forge.landed(touches, tip=landed.tip, sights={}, now=landed.clock.now() + timedelta(minutes=1))
    assert landed.world.calls["GET /projects/{id}"] == 1
    assert landed.world.calls["GET /projects/{id}/merge_requests/{iid}/approvals"] == 1


def test_all_questions_of_one_run_share_its_time(landed):
    forge = landed.forge(limits=replace(QUICK, deadline=4.0))
    touches = forge.repository.touches(landed.tip)[:1]
    told = {"tip": landed.tip, "sights": {}, "now": landed.clock.now()}
    assert isinstance(forge.landed(touches, **told)[path_of(WHAT)], Change)
    time.sleep(4.1)
    assert "within 4 s" in forge.proposed("1", **told).message
    later = {**told, "now": told["now"] + timedelta(minutes=1)}
    assert "merged already" in forge.proposed("1", **later).message


def test_files_that_landed_together_are_asked_about_once(stage):
    stage.alice.commits({path_of(f"prod/inc-{number}"): f"a: {number}\n" for number in range(3)}, on="many")
    stage.alice.opens("many")
    stage.ben.merges("many")
    stage.world.forget_calls()
    forge = stage.forge()
    found = forge.landed(forge.repository.touches(stage.tip), tip=stage.tip, sights={}, now=stage.clock.now())
    assert len(found) == 3
    assert stage.world.calls["GET /projects/{id}/repository/commits/{sha}/merge_requests"] == 1


def test_a_flood_of_merges_is_asked_about_bit_by_bit_and_none_waits_for_ever(stage):
    whats = [f"prod/inc-{number}" for number in range(5)]
    for what in whats:
        stage.alice.requests(what)
        stage.ben.merges(what)
    seen = set()
    for minute in range(5):
        forge = stage.forge(limits=replace(QUICK, landings=2))
        now = stage.clock.now() + timedelta(minutes=minute)
        touches = forge.repository.touches(stage.tip)
        found = forge.landed(touches, tip=stage.tip, sights={}, now=now)
        told = {path for path, change in found.items() if isinstance(change, Change)}
        assert len(told) == 2
        seen |= told
    assert seen == {path_of(what) for what in whats}


def test_making_the_forge_asks_nothing(landed):
    before = len(landed.world.requests)
    landed.adapter(landed.repository(), Heads(landed.repository()), replace(landed.access(), token=None))
    assert len(landed.world.requests) == before


def test_neither_forge_nor_session_shows_the_token(landed):
    forge = landed.forge()
    landed.landed(forge=forge)
    shown = f"{forge!r} {forge.access!r} {forge.session!r} {vars(forge)!r}"
    assert landed.token not in shown
