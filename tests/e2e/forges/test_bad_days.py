"""A37 to A39: what GitHub does not answer, or answers in part, grants nothing; what is over ends all the same."""

import re

import pytest

from gitops_breakglass.adapters.forge.github.connection import Limits
from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, unknown
from tests.e2e.forges.questions import ASKED, knows_nothing
from tests.forges import faults
from tests.forges.github_stage import QUICK, GithubStage
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


@pytest.fixture
def asked(github):
    asks_and_gets(github)
    return github


def test_a37_an_approval_on_the_second_page_counts_and_a_later_one_that_takes_it_back_too(github):
    github.alice.requests(WHAT)
    for number in range(100):
        github.world.review("erin", github.changes[WHAT], "COMMENTED", f"{number}")
    github.ben.approves(WHAT)
    github.ben.merges(WHAT)
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_a37_a_request_for_changes_on_the_second_page_counts(github):
    github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    for number in range(99):
        github.world.review("erin", github.changes[WHAT], "COMMENTED", f"{number}")
    github.world.review("ben", github.changes[WHAT], "CHANGES_REQUESTED", "wait")
    github.alice.merges(WHAT)
    assert github.rules(github.decision(github.reconcile(), WHAT))[0] == "changes-requested"


def test_a37_more_commits_than_the_forge_lists(github):
    many = [({f"requests/prod/{number}.txt": "x\n"}, f"{number}") for number in range(250)]
    gone = {f"requests/prod/{number}.txt": None for number in range(250)}
    github.world.push_all("alice", branch_of(WHAT), [*many, ({**gone, PATH: session("inc-1")}, "ask")])
    github.alice.opens(branch_of(WHAT), what=WHAT)
    github.ben.approves(WHAT)
    github.ben.merges(WHAT, "squash")
    assert "has 251 commits, of which GitHub lists 250" in unknown(github)


@pytest.mark.parametrize("fault", [faults.shrunk(), faults.doubled()], ids=["shrinks", "doubles"])
@pytest.mark.parametrize("what", ["reviews", "commits"])
def test_a37_a_list_that_is_not_what_was_counted(asked, what, fault):
    asked.world.faults.add(ASKED[what], fault)
    knows_nothing(asked)


def test_a37_pages_in_another_order_are_the_same(asked):
    asked.world.faults.add(ASKED["reviews"], faults.backwards())
    assert isinstance(asked.decision(asked.reconcile(), WHAT), Granted)


def test_a38_a_token_that_is_used_up(asked):
    asked.granted("prod/inc-2", reason="INC-2")
    asked.alice.requests("prod/inc-3", reason="INC-3")
    asked.ben.approves("prod/inc-3")
    asked.ben.merges("prod/inc-3")
    asked.world.exhaust(asked.token)
    report = asked.reconcile()
    assert (code(report), names(asked)) == (7, {"inc-1", "inc-2"})
    asked.passes(hours=1)
    assert code(asked.reconcile()) == 7
    assert asked.live() == []


def test_a38_the_last_calls_are_left_for_others(asked):
    asked.world.tokens[asked.token].remaining = 100
    decision = asked.decision(asked.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert decision.reasons[0].message == "the token has 99 calls left, and 100 are kept for others"


def test_a38_a_flood_is_taken_in_parts_and_by_lot(github):
    for number in range(1, 6):
        github.setup({path_of(f"prod/flood-{number}"): session(f"flood-{number}")})
    asks_and_gets(github)
    repository = github.repository_now()
    touches = repository.touches(github.tip)
    few = Limits(**{**vars(QUICK), "most_new": 2})
    seen = set()
    for _ in range(20):
        github.passes(minutes=5)
        forge = github.forge(limits=few)
        told = forge.landed(touches, tip=github.tip, sights={}, now=github.clock.now())
        over = [each for each in told.values() if getattr(each, "message", "").startswith("one run asks about 2")]
        assert len(over) == 4
        seen |= {path for path, each in told.items() if each not in over}
    assert seen == {touch.path for touch in touches}


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(500),
        faults.status(503),
        faults.status(429, Retry_After=3600),
        faults.status(403, Retry_After=3600),
        faults.status(401),
        faults.status(403),
        faults.status(404),
        faults.status(409),
        faults.status(202),
        faults.page_of_html(),
        faults.page_of_html(502),
        faults.truncated(),
        faults.cut(),
        faults.edited(lambda value: []),
        faults.edited(lambda value: [1]),
        faults.edited(lambda value: None),
        faults.redirect("/elsewhere"),
    ],
    ids=[
        "500",
        "503",
        "429",
        "limit",
        "401",
        "403",
        "404",
        "409",
        "202",
        "html",
        "html502",
        "truncated",
        "cut",
        "empty",
        "number",
        "null",
        "redirect",
    ],
)
def test_a39_whatever_is_answered_in_place_of_the_repository(asked, fault):
    asked.world.faults.add("GET /repositories/*", fault, times=None)
    knows_nothing(asked)


@pytest.mark.parametrize("what", ASKED)
def test_a39_each_question_that_fails_leaves_it_open(asked, what):
    asked.world.faults.add(ASKED[what], faults.status(503), times=None)
    knows_nothing(asked)


@pytest.mark.parametrize("what", ASKED)
def test_a39_each_question_that_may_not_be_asked_leaves_it_open_and_names_the_permission(asked, what):
    asked.world.faults.add(ASKED[what], faults.status(403), times=None)
    decision = asked.decision(asked.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert "give the token the permission" in decision.reasons[0].hint


@pytest.mark.parametrize("fault", [faults.silence(), faults.trickle(0.01)], ids=["silence", "trickle"])
def test_a39_an_answer_that_takes_too_long(tmp_path, fault):
    with GithubStage(tmp_path) as stage:
        asks_and_gets(stage)
        stage.world.faults.add(ASKED["reviews"], fault, times=None)
        short = Limits(**{**vars(QUICK), "timeout": 2, "deadline": 8, "retries": 0})
        change = stage.landed(forge=stage.forge(limits=short))
        assert re.match(r"GitHub did not answer GET \S+/pulls/1/reviews", change.message)


def test_a39_what_fails_for_one_request_leaves_the_others(asked):
    asked.erin.requests("prod/inc-2", reason="INC-2")
    asked.ben.approves("prod/inc-2")
    asked.ben.merges("prod/inc-2")
    asked.world.faults.add(ASKED["reviews"], faults.truncated(), times=None)
    asked.reconcile()
    assert names(asked) == {"inc-2"}


def test_a39_while_the_forge_is_down_what_is_over_ends(asked):
    asked.reconcile()
    assert names(asked) == {"inc-1"}
    asked.alice.requests("prod/inc-2", reason="INC-2")
    asked.ben.approves("prod/inc-2")
    asked.ben.merges("prod/inc-2")
    asked.outage()
    asked.passes(hours=1)
    assert code(asked.reconcile()) == 7
    assert asked.live() == []
    asked.world.faults.clear()
