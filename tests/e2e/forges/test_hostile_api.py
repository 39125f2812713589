"""A40 and A41: an API that leads elsewhere, or that is not the one any more, grants nothing and gets no token."""

import subprocess
import sys

import pytest

from tests.e2e.forges.attacks import asks_and_gets, names
from tests.e2e.forges.questions import ASKED, PULL, knows_nothing
from tests.forges import faults
from tests.forges.plumbing import Answer, Server


@pytest.fixture
def asked(github):
    asks_and_gets(github)
    return github


def test_a40_addresses_in_answers_are_not_followed(asked):
    with Server(lambda request: Answer.of([])) as elsewhere:
        for route in ("GET *", "POST *"):
            asked.world.faults.add(route, faults.pointing_at(elsewhere.url), times=None)
        asked.reconcile()
        assert elsewhere.requests == []
    assert names(asked) == {"inc-1"}


@pytest.mark.parametrize("code_of_it", [301, 302, 307, 308])
@pytest.mark.parametrize("what", ["pull", "reviews"])
def test_a40_redirects_are_not_followed(asked, what, code_of_it):
    with Server(lambda request: Answer.of([])) as elsewhere:
        asked.world.faults.add(ASKED[what], faults.redirect(f"{elsewhere.url}/x", code_of_it), times=None)
        knows_nothing(asked)
        assert elsewhere.requests == []


def test_a40_a_redirect_on_the_same_host_loses_no_page(asked):
    asked.world.faults.add(ASKED["reviews"], faults.redirect(f"{asked.api_url}{PULL}/reviews", 301), times=None)
    knows_nothing(asked)


def test_a40_without_assertions_nothing_is_asked():
    program = (
        "from gitops_breakglass.adapters.forge.access import ForgeAccess\n"
        "from gitops_breakglass.adapters.forge.github.connection import Limits\n"
        "from gitops_breakglass.adapters.forge.github.session import Session\n"
        "from gitops_breakglass.adapters.forge.github.unanswered import Need\n"
        "from gitops_breakglass.model.forge import ForgeIdentity\n"
        "from gitops_breakglass.model.identity import Provider\n"
        "access = ForgeAccess(ForgeIdentity(Provider.GITHUB, '1', 'http://127.0.0.1:1'), 'main', 'secret')\n"
        "Session(access, Limits()).get('/user', Need.NOTHING)\n"
    )
    ended = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=False)
    assert "UsageError: Python was started with -O" in ended.stderr


NEEDED = [
    ("candidates", "number"),
    ("candidates", "merged_at"),
    ("pull", "number"),
    ("pull", "user"),
    ("pull", "created_at"),
    ("pull", "merged_at"),
    ("pull", "closed_at"),
    ("pull", "head"),
    ("pull", "base"),
    ("pull", "commits"),
    ("pull", "title"),
    ("pull", "html_url"),
    ("events", "event"),
    ("events", "actor"),
    ("events", "commit_id"),
    ("reviews", "id"),
    ("reviews", "user"),
    ("reviews", "state"),
    ("reviews", "commit_id"),
    ("reviews", "body"),
    ("commits", "sha"),
    ("commits", "author"),
    ("commits", "committer"),
    ("pushes", "actor"),
    ("pushes", "after"),
    ("pushes", "activity_type"),
    ("pushes", "timestamp"),
    ("edits", "data"),
]


@pytest.mark.parametrize(("what", "field"), NEEDED, ids="-".join)
def test_a41_a_field_that_vanished_is_not_an_empty_one(asked, what, field):
    asked.world.faults.add(ASKED[what], faults.without(field))
    change = asked.landed()
    assert f"it has no `{field}`" in change.message


@pytest.mark.parametrize(
    "field",
    ["lastEditedAt", "createdViaEmail", "editor", "fullDatabaseId", "totalCount", "hasNextPage", "authors", "oid"],
)
def test_a41_nor_in_graphql(asked, field):
    def less(value):
        if isinstance(value, list):
            return [less(each) for each in value]
        if isinstance(value, dict):
            return {name: less(each) for name, each in value.items() if name != field}
        return value

    asked.world.faults.add(ASKED["edits"], faults.edited(less))
    assert f"it has no `{field}`" in asked.landed().message


def test_a41_every_call_asks_for_the_version_that_it_was_written_for(asked):
    before = len(asked.world.requests)
    asked.reconcile()
    calls = [each for each in asked.world.requests[before:] if not each.path.startswith("/git/")]
    assert {each.headers["x-github-api-version"] for each in calls} == {"2022-11-28"}
    assert len(calls) == 9


def test_a_run_with_nothing_new_asks_nothing(asked):
    asked.reconcile()
    before = len(asked.world.requests)
    asked.reconcile()
    assert asked.world.requests[before:] == []
