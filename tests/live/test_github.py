"""What the fake GitHub takes for granted, asked of the real one. It reads, and writes nothing.

    LIVE_GITHUB_REPOSITORY=123456789 LIVE_GITHUB_TOKEN=github_pat_… pytest -m live tests/live/test_github.py

The repository needs merged pull requests from branches of its own, some of them with reviews. The token may read contents and
pull requests; LIVE_GITHUB_API_URL is another GitHub than github.com, LIVE_GITHUB_BRANCH another default branch than main.
"""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.github.connection import Limits
from gitops_breakglass.adapters.forge.github.forge import GithubForge
from gitops_breakglass.adapters.forge.github.people import read_me
from gitops_breakglass.adapters.forge.github.place import find_repository
from gitops_breakglass.adapters.forge.github.pulls import pull_of, read_life
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.forge import PUBLIC, ForgeIdentity
from gitops_breakglass.model.identity import Provider

REPOSITORY, TOKEN = os.environ.get("LIVE_GITHUB_REPOSITORY"), os.environ.get("LIVE_GITHUB_TOKEN")
API_URL = os.environ.get("LIVE_GITHUB_API_URL", PUBLIC[Provider.GITHUB])
BRANCH = os.environ.get("LIVE_GITHUB_BRANCH", "main")
NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""Only a name for the run: GitHub has a clock of its own."""

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (REPOSITORY and TOKEN), reason="needs LIVE_GITHUB_REPOSITORY and LIVE_GITHUB_TOKEN"),
]


@pytest.fixture(scope="module")
def access():
    return ForgeAccess(ForgeIdentity(Provider.GITHUB, REPOSITORY, API_URL), BRANCH, TOKEN)


@pytest.fixture(scope="module")
def session(access):
    return Session(access, Limits())


@pytest.fixture(scope="module")
def place(session, access):
    return find_repository(session, access)


@pytest.fixture(scope="module")
def repository(session, access, place, tmp_path_factory):
    """A fresh clone."""
    clone = tmp_path_factory.mktemp("live") / "clone"
    subprocess.run(["git", "init", "--quiet", f"--initial-branch={BRANCH}", str(clone)], check=True)
    url = session.get(place.path, Need.METADATA).text("clone_url")
    subprocess.run(["git", "-C", str(clone), "remote", "add", "origin", url], check=True)
    repository = GitRepository(clone, branch=BRANCH, remote="origin")
    Heads(repository, access).update_default_branch()
    return repository


@pytest.fixture(scope="module")
def merged(session, place):
    """The newest merged pull requests, with their events."""
    pages = session.page_by_page(f"{place.path}/pulls", Need.PULLS, state="closed", base=BRANCH)
    numbers = [each.number("number") for each in next(pages) if each.has("merged_at")][:10]
    assert numbers, "the repository has no merged pull request"
    pulls = [pull_of(session.get(f"{place.path}/pulls/{number}", Need.PULLS)) for number in numbers]
    return [(pull, read_life(session, place, pull.number)) for pull in pulls]


@pytest.fixture(scope="module")
def landed(merged, repository, access):
    """What the adapter tells of everything that those merges brought."""
    ends = {commit for _, life in merged for commit, _ in life.merges}
    tip = repository.tip()
    touches = [each for each in repository.touches(tip, "") if each.commit in ends]
    forge = GithubForge(repository, Heads(repository, access), access)
    return forge.landed(touches, tip=tip, sights={}, now=NOW)


def test_the_event_of_a_merge_names_a_commit_of_the_default_branch(merged, repository):
    tip = repository.tip()
    for pull, life in merged:
        assert [repository.is_on_line(commit, tip) for commit, _ in life.merges] == [True], pull


def test_what_landed_is_found_again(landed):
    assert landed
    assert all(isinstance(each, Change) for each in landed.values()), landed


def test_reviews_are_told_after_the_merge_as_before(landed):
    reviews = [(change, each) for change in landed.values() for each in change.reviews]
    assert reviews, "no merged pull request was reviewed"
    assert all(each.account and each.submitted_at for _, each in reviews)
    assert any(each.submitted_at <= change.merged_at for change, each in reviews)


def test_the_log_of_pushes_reaches_back(landed):
    assert any(change.pushers for change in landed.values())
    assert any(change.pushed_by_author_only is not None for change in landed.values())


def test_whose_the_token_is_can_be_known(session):
    assert read_me(session).isdecimal()


def test_accounts_are_found_by_their_numbers(landed, repository, access):
    author = next(change.author for change in landed.values() if change.author)
    forge = GithubForge(repository, Heads(repository, access), access)
    assert forge.accounts([author])[author].login == author.login


def test_settings_are_told_or_said_to_be_hidden(repository, access):
    settings = GithubForge(repository, Heads(repository, access), access).settings()
    assert settings.default_branch == BRANCH
    assert abs(settings.skew) < timedelta(minutes=1)
