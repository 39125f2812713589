"""What both fake forges stand on does what it says."""

from datetime import timedelta

import pytest
import requests

from tests.forges import faults
from tests.forges.bare import Bare, Name, Refused
from tests.forges.clock import BEGINNING, Clock
from tests.forges.plumbing import Answer, Request, Routes, Server

ALICE, BEN = Name("Alice", "alice@example.com"), Name("Ben", "ben@example.com")


@pytest.fixture
def bare(tmp_path):
    made = Bare(tmp_path / "access.git", Clock())
    made.commit("main", {"a": "1\n", "b": "1\n"}, who=ALICE)
    return made


@pytest.fixture
def head(bare):
    made = bare.commits("topic", [({"c": "1\n"}, "one"), ({"c": "2\n", "a": None}, "two")], who=BEN, on="main")
    bare.commit("main", {"b": "2\n"}, who=ALICE)
    return made[-1]


def test_commits_are_what_they_were_told_to_be(bare, head):
    stored = bare.stored(head)
    assert (stored.author, stored.message, stored.authored) == (BEN, "two", int(BEGINNING.timestamp()))
    assert bare.differences(stored.parents[0], head) == [("D", "a", None), ("M", "c", None)]
    link = bare.commit("main", {"l": ("120000", "a")}, who=ALICE, date=5)
    assert bare.git("ls-tree", link, "l").startswith("120000") and bare.stored(link).authored == 5


def test_any_path_can_be_committed_and_on_no_branch_at_all(bare):
    odd = ['a "quoted" name', "a\nline", "a\\b", " spaces ", "ünïcode", "::error::x"]
    before = bare.git("for-each-ref")
    made = bare.commit(None, dict.fromkeys(odd, "x\n"), who=ALICE, on="main")
    assert sorted(bare.git("ls-tree", "-z", "--name-only", made, strip=False).split("\0")[:-1]) == sorted(
        [*odd, "a", "b"]
    )
    assert bare.commit(None, {odd[1]: None}, who=ALICE, parents=[made]) and bare.git("for-each-ref") == before


def test_a_merge_has_both_and_an_evil_one_more(bare, head):
    before = bare.head("main")
    made = bare.merge("main", head, who=ALICE, committer=BEN, message="Merge")
    assert (bare.stored(made).parents, bare.head("main")) == ((before, head), made)
    assert (bare.content(made, "b"), bare.content(made, "c"), bare.blob(made, "a")) == (b"2\n", b"2\n", None)
    bare.move("main", before)
    evil = bare.merge("main", head, who=ALICE, committer=BEN, message="Merge", edit={"c": "evil\n"})
    assert (bare.stored(evil).parents, bare.content(evil, "c"), bare.content(evil, "b")) == (
        (before, head), b"evil\n", b"2\n",
    )  # fmt: skip


def test_squash_and_rebase_make_new_commits(bare, head):
    before = bare.head("main")
    squashed = bare.squash("main", head, who=BEN, committer=ALICE, message="Both")
    assert bare.stored(squashed).parents == (before,)
    bare.move("main", before)
    one, two = bare.rebase("main", head, committer=ALICE)
    assert (bare.stored(one).message, bare.stored(two).message, bare.stored(two).parents) == ("one", "two", (one,))
    assert (bare.stored(two).author, bare.stored(two).tree) == (BEN, bare.stored(squashed).tree)
    assert bare.has(one, two) and not bare.has(head, two)


def test_what_conflicts_is_refused(bare, head):
    bare.commit("main", {"c": "3\n"}, who=ALICE)
    for merge in (bare.merge, bare.squash):
        with pytest.raises(Refused, match="conflict"):
            merge("main", head, who=ALICE, committer=ALICE, message="x")


@pytest.fixture
def server():
    plan = faults.Faults()
    routes = Routes()

    @routes.add("GET /list")
    def everything(request):
        return Answer.of([{"id": 1, "url": f"http://{request.headers['host']}/1"}, {"id": 2}],
                         Date="Mon, 02 Mar 2026 09:00:00 GMT")  # fmt: skip

    @routes.add("POST /list")
    def more(request):
        made.append(request.json)
        return Answer.of(request.json, 201)

    def respond(request):
        route, values = routes.find(request)
        return plan.around(request, lambda request: route.respond(request, **values))

    made = []
    with Server(respond) as running:
        running.faults, running.made = plan, made
        yield running


def get(server):
    return requests.get(f"{server.url}/list", timeout=30)


def test_faults_change_the_next_answer_and_no_other(server):
    honest = get(server).json()
    one, two = honest
    for fault, sees in {
        faults.edited(lambda page: [*page, 3]): [one, two, 3],
        faults.without("url"): [{"id": 1}, two],
        faults.shrunk(): [one],
        faults.doubled(): [one, one, two, two],
        faults.backwards(): [two, one],
        faults.pointing_at("http://evil.example"): [{"id": 1, "url": "http://evil.example/1"}, two],
    }.items():
        server.faults.add("GET /list", fault)
        assert get(server).json() == sees
        assert get(server).json() == honest
    server.faults.add("GET /list", faults.skewed(timedelta(minutes=10)))
    assert get(server).headers["Date"] == "Mon, 02 Mar 2026 09:10:00 GMT"
    server.faults.add("GET /list", faults.headed(X_Limit=0), times=2, skip=1)
    assert [get(server).headers.get("X-Limit") for _ in range(4)] == [None, "0", "0", None]


def test_answers_that_are_none(server):
    server.faults.add("GET /list", faults.status(429, Retry_After=9))
    refused = get(server)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "9")
    server.faults.add("GET /list", faults.page_of_html(502))
    assert get(server).text.startswith("<!DOCTYPE html>")
    server.faults.add("GET /list", faults.cut())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(server)
    server.faults.add("GET /list", faults.truncated())
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get(server).json()
    server.faults.add("GET /list", faults.silence(5))
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{server.url}/list", timeout=(30, 0.1))
    server.faults.add("GET /list", faults.trickle(0.01))
    assert len(get(server).json()) == 2


def test_what_is_lost_was_done_all_the_same(server):
    for fault in (faults.status(502), faults.lost(faults.status(502))):
        server.faults.add("POST /list", fault)
        assert requests.post(f"{server.url}/list", json=1, timeout=30).status_code == 502
    assert server.made == [1]


def test_a_fault_that_nobody_meets_is_told(server):
    server.faults.add("GET /other", faults.cut())
    assert server.faults.unmet == ["the fault on GET /other was never met"]


def test_an_error_of_the_fake_is_a_complaint_and_no_secret_is_kept(server):
    headers = {"Authorization": "Bearer s3cret", "X-Other": "kept"}
    assert requests.get(f"{server.url}/nowhere", headers=headers, timeout=30).status_code == 500
    assert "GET /nowhere: the fake failed" in server.complaints[0]
    (seen,) = server.requests
    assert seen.headers["x-other"] == "kept" and "s3cret" not in repr(seen)


def test_who_asks_is_found_in_every_header():
    for name, value in (("authorization", "token x"), ("authorization", "Bearer x"), ("private-token", "x"),
                        ("job-token", "x"), ("authorization", "Basic YTp4")):  # fmt: skip
        assert Request("GET", "/", (), {name: value}).secret == "x"
    assert Request("GET", "/", (), {}).secret is None
