"""What the fake GitLab takes for granted, asked of a real one. It reads, and writes nothing.

    LIVE_GITLAB_PROJECT=4711 LIVE_GITLAB_TOKEN=glpat-… pytest -m live tests/live/test_gitlab.py

The project needs a merged merge request or two, with approvals, a push after the opening and a reset by a push among them.
The token is a project access token with `read_api` and `read_repository`; LIVE_GITLAB_API_URL is another GitLab than gitlab.com.
"""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.gitlab.facts import FactReader
from gitops_breakglass.adapters.forge.gitlab.forge import GitlabForge
from gitops_breakglass.adapters.forge.gitlab.log import Entry
from gitops_breakglass.adapters.forge.gitlab.people import People
from gitops_breakglass.adapters.forge.gitlab.problems import MERGE_REQUESTS
from gitops_breakglass.adapters.forge.gitlab.records import MergeRequest
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Provider

PROJECT, TOKEN = os.environ.get("LIVE_GITLAB_PROJECT"), os.environ.get("LIVE_GITLAB_TOKEN")
API_URL = os.environ.get("LIVE_GITLAB_API_URL", "https://gitlab.com/api/v4")
BRANCH = os.environ.get("LIVE_GITLAB_BRANCH", "main")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (PROJECT and TOKEN), reason="needs LIVE_GITLAB_PROJECT and LIVE_GITLAB_TOKEN"),
]


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    """The adapter over a fresh clone of the project."""
    access = ForgeAccess(ForgeIdentity(Provider.GITLAB, PROJECT, API_URL), BRANCH, TOKEN)
    clone = tmp_path_factory.mktemp("live") / "clone"
    subprocess.run(["git", "init", "--quiet", f"--initial-branch={BRANCH}", str(clone)], check=True)
    url = GitlabForge(GitRepository(clone), Heads(GitRepository(clone)), access).session.project_itself()
    subprocess.run(["git", "-C", str(clone), "remote", "add", "origin", url.text("http_url_to_repo")], check=True)
    repository = GitRepository(clone, branch=BRANCH, remote="origin")
    heads = Heads(repository, access)
    heads.update_default_branch()
    return GitlabForge(repository, heads, access)


@pytest.fixture(scope="module")
def merged(forge):
    """The newest merged merge requests, with all that the API tells of each."""
    path = f"{forge.session.project}/merge_requests"
    listed = forge.session.list(MERGE_REQUESTS, path, most=20, state="merged", target_branch=BRANCH)
    reader = FactReader(forge.session, People(forge.session))
    found = [reader.read(MergeRequest.of(each)) for each in listed]
    assert found, "the project has no merged merge request"
    return found


def test_every_approval_has_its_time_and_its_entry_in_the_log(merged):
    approvals = [(facts, each) for facts in merged for each in facts.approvals.approved_by]
    assert approvals, "no merged merge request was approved"
    for facts, each in approvals:
        entry = facts.log.approved(each.account)
        assert each.at is not None
        assert entry is not None
        assert abs(entry.at - each.at) < timedelta(minutes=10)


def test_every_push_after_the_opening_is_in_the_log(merged):
    several = [facts for facts in merged if len(facts.approvals.versions) > 1]
    assert several, "nothing was pushed to any of them after the opening"
    for facts in several:
        assert facts.log.entries(Entry.PUSHED)
        assert facts.log.pushers


def test_versions_have_their_patches(merged):
    assert all(each.is_ready for facts in merged for each in facts.approvals.versions)


def test_commits_of_older_versions_can_be_fetched_by_their_ids(forge, merged):
    wanted = [each.head for facts in merged for each in facts.approvals.versions]
    assert forge.heads.obtain(wanted) == {each: each for each in wanted}


def test_what_landed_is_found_again(forge, merged):
    tip = forge.repository.tip()
    landed = {facts.request.merge_commit or facts.request.squash_commit or facts.request.head for facts in merged}
    touches = [each for each in forge.repository.touches(tip, "") if each.commit in landed]
    found = forge.landed(touches, tip=tip, sights={}, now=datetime.fromtimestamp(0, UTC))
    assert touches
    assert all(isinstance(each, Change) for each in found.values()), found


def test_the_token_is_a_bot_and_accounts_are_found(forge, merged):
    people = People(forge.session)
    assert people.known(people.own()).bot
    author = merged[0].request.author
    assert forge.accounts([author])[author] == author


def test_settings_are_told_or_said_to_be_hidden(forge):
    settings = forge.settings()
    assert settings.name
    assert settings.default_branch == BRANCH
    assert abs(settings.skew) < timedelta(minutes=1), SystemClock().now()
