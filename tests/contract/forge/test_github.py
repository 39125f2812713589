"""What is GitHub's own: the repository by its number, forks, teams, the comment, and how it is set up."""

import subprocess
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.forge.github.connection import Limits, Line
from gitops_breakglass.adapters.forge.github.unanswered import Unanswered
from gitops_breakglass.core.comment import head_of
from gitops_breakglass.model.change import Change, Unread
from gitops_breakglass.model.errors import RefusedError, UnreachableError, UsageError
from gitops_breakglass.model.identity import Provider, Team
from tests.forges import faults
from tests.forges.github_stage import QUICK, GithubStage
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC = path_of(WHAT)
CANARY = "canary-1b3f"
SHOWN = "a" * 64


@pytest.fixture
def stage(tmp_path):
    with GithubStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def asked(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    return stage


def called(stage, since=0):
    return [f"{each.method} {each.path}" for each in stage.world.requests[since:] if not each.path.startswith("/git/")]


@pytest.mark.parametrize("kind", ["actions", "app", "fine", "classic"])
def test_what_landed_is_told_to_every_kind_of_token(asked, kind):
    asked.world.account("robot")
    asked.token = asked.world.token(kind, **({"login": "robot"} if kind in {"fine", "classic"} else {}))
    change = asked.landed()
    assert isinstance(change, Change), change
    assert [each.account for each in change.reviews] == [asked.ben.account]


@pytest.mark.parametrize(
    ("without", "hint"),
    [("pull_requests", "Pull requests: read"), ("contents", "Contents: read")],
)
def test_a_token_that_lacks_a_permission_is_told_which(asked, without, hint):
    usual = {"pull_requests": "read", "contents": "read", "metadata": "read"}
    asked.token = asked.world.token("app", **{name: each for name, each in usual.items() if name != without})
    try:
        told = asked.landed()
    except UnreachableError as error:
        told = error
    assert hint in told.hint


def test_a_new_request_takes_nine_calls_and_none_when_it_is_looked_at_again(asked):
    forge, before = asked.forge(), len(asked.world.requests)
    change = asked.landed(forge=forge)
    own = "/repos/acme/access"
    assert called(asked, before) == [
        f"GET /repositories/{asked.repository_id}",
        f"GET {own}/commits/{change.landing}/pulls",
        f"GET {own}/pulls/1",
        f"GET {own}/issues/1/events",
        f"GET {own}/pulls/1/commits",
        "POST /graphql",
        f"GET {own}/pulls/1/reviews",
        f"GET {own}/activity",
        f"GET {own}/issues/1/comments",
    ]
    before = len(asked.world.requests)
    asked.landed(forge=forge)
    assert called(asked, before) == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"id": 4711}, "acme/access is not the repository"),
        ({"default_branch": "trunk"}, "the default branch of acme/access is trunk"),
        ({"archived": True}, "acme/access is archived"),
    ],
)
def test_another_repository_than_the_one_that_is_meant_is_not_reached(asked, edit, said):
    asked.world.faults.add("GET /repositories/*", faults.edited(lambda value: {**value, **edit}))
    with pytest.raises(UnreachableError, match=said):
        asked.landed()


def test_a_number_that_is_nobodys_is_not_reached(asked):
    asked.repository_id = 987654321
    with pytest.raises(UnreachableError, match="404"):
        asked.landed()


def test_a_head_that_is_not_the_one_that_was_reviewed_is_not_known(asked):
    asked.bare.move("refs/pull/1/head", asked.installed)
    assert asked.landed() == Unread("the head of #1 moved while it was read", "the next run reads it again")


def test_a_merge_whose_event_names_another_commit_is_none(asked):
    def elsewhere(events):
        return [{**each, "commit_id": asked.installed} if each["event"] == "merged" else each for each in events]

    asked.world.faults.add("GET /repos/*/issues/*/events*", faults.edited(elsewhere))
    assert asked.landed().message.startswith("GitHub knows no pull request whose merge made the commit")


def test_a_pull_request_for_another_branch_is_none_of_ours(asked):
    asked.world.faults.add(
        "GET /repos/*/pulls/1", faults.edited(lambda pull: {**pull, "base": {**pull["base"], "ref": "staging"}})
    )
    assert asked.landed().message.startswith("GitHub knows no pull request")


def test_a_commit_that_the_forge_does_not_list_has_nobody(asked):
    """One list is another commit's, or both are: git has one of which nobody has said whose it is."""

    def other(commits):
        return [{**each, "sha": asked.installed} for each in commits]

    def other_too(answer):
        (node,) = answer["data"]["repository"]["pullRequest"]["commits"]["nodes"]
        node["commit"]["oid"] = asked.installed
        return answer

    asked.world.faults.add("GET /repos/*/pulls/1/commits*", faults.edited(other), times=2)
    assert "it has commits that GraphQL does not know" in asked.landed().message
    asked.world.faults.add("POST /graphql", faults.edited(other_too))
    assert asked.landed().message.startswith("GitHub does not list the commit")


def test_a_commit_behind_a_squash_is_not_of_it(stage):
    """Though GitHub names the pull request for it, something else landed in between."""
    stage.setup({INC: session("inc-1")})
    behind = stage.tip
    stage.setup({"README.md": "in between\n"})
    stage.erin.requests("prod/inc-2")
    for duration in ("30m", "45m"):
        stage.erin.commits({path_of("prod/inc-2"): session("inc-2", duration=duration)}, on=branch_of("prod/inc-2"))
    stage.ben.merges("prod/inc-2", "squash")
    named = [{"number": 1, "merged_at": "2026-03-02T09:01:00Z"}]
    stage.world.faults.add(f"GET /repos/*/commits/{behind}/pulls*", faults.edited(lambda _: named), times=None)
    assert stage.landed().message.startswith("GitHub knows no pull request whose merge made the commit")


@pytest.fixture
def over(stage):
    """The approved commit was pushed over by the same content, and git serves no commit that no ref leads to."""
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.push("alice", branch_of(WHAT), {INC: session("inc-1")}, on="main", force=True, message="the same")
    stage.ben.merges(WHAT)
    stage.bare.git("config", "uploadpack.allowAnySHA1InWant", "false")
    # By the newest protocol every server gives any commit.
    subprocess.run(["git", "config", "protocol.version", "0"], cwd=stage.clone, check=True)
    return stage


def test_what_was_reviewed_and_pushed_over_is_had_from_the_forge_itself(over):
    (review,) = over.landed().reviews
    assert review.blob == over.bare.blob(over.tip, INC)


def test_what_was_reviewed_and_is_gone_is_no_content(over):
    over.world.faults.add("GET /repos/*/contents/*", faults.status(404))
    (review,) = over.landed().reviews
    assert review.blob is None


def test_a_reviewed_commit_that_can_t_be_asked_for_now_is_not_known(over):
    over.world.faults.add("GET /repos/*/contents/*", faults.status(403))
    assert isinstance(over.landed(), Unread)


def test_whose_account_an_e_mail_is_says_the_forge(stage):
    stage.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT), author=stage.world.who("ben").noreply)
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    assert [each.accounts for each in stage.proposed().commits] == [(stage.ben.account,)]


def test_whose_account_a_co_author_is_says_the_forge(stage):
    noreply = stage.world.who("ben").noreply.email
    stage.alice.requests(WHAT, message=f"Ask\n\nCo-authored-by: B <{noreply}>")
    assert [each.accounts for each in stage.proposed().commits] == [(stage.alice.account, stage.ben.account)]


def test_what_is_committed_in_the_browser_is_its_author_s_alone(stage):
    stage.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT), committer=stage.world.who("web-flow"))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    assert [each.accounts for each in stage.proposed().commits] == [(stage.alice.account,)]


def test_who_pushed_by_force_is_known_by_the_events_too(stage):
    first = stage.alice.requests(WHAT)
    stage.ben.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    stage.world.push("ben", branch_of(WHAT), commit=first, force=True)
    stage.world.faults.add("GET /repos/*/activity*", faults.edited(lambda log: []))
    assert stage.proposed().pushers == (stage.ben.account,)


def test_a_log_of_pushes_is_read_to_its_end(stage):
    stage.erin.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    for number in range(100):
        stage.alice.commits({INC: session("inc-1", reason=f"INC-{number}")}, on=branch_of(WHAT))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    assert stage.proposed().pushers == (stage.alice.account, stage.erin.account)


def counting(name):
    """GraphQL's answer with one more in a count than there are."""

    def more(answer):
        connection = answer["data"]["repository"]["pullRequest"][name]
        connection["totalCount"] += 1
        return answer

    return faults.edited(more)


@pytest.mark.parametrize("name", ["reviews", "commits"])
def test_a_count_of_graphql_that_is_not_what_came_is_not_known(asked, name):
    asked.world.faults.add("POST /graphql", counting(name))
    assert f"it counts 2 {name} and has 1" in asked.landed().message


@pytest.mark.parametrize(
    ("kind", "said"),
    [("FORBIDDEN", "did not let"), ("RATE_LIMITED", "rate limit is used up"), ("ODD", "it came with errors")],
)
def test_graphql_that_answers_with_errors_is_not_known(asked, kind, said):
    asked.world.faults.add("POST /graphql", faults.edited(lambda told: {**told, "errors": [{"type": kind}]}))
    assert said in asked.landed().message


def test_an_answer_that_is_never_ready_is_not_waited_for(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(202))
    assert "it is not ready to" in asked.landed().message


@pytest.mark.parametrize("code", [403, 429, 503])
def test_a_forge_that_asks_to_wait_for_long_is_not_waited_for(asked, code):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(code, Retry_After=3))
    assert "rate limit" in asked.landed().message


def test_a_short_wait_is_waited_for(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(503))
    assert isinstance(asked.landed(), Change)


def test_a_forge_that_goes_down_is_not_asked_about_the_rest(stage):
    for number in range(5):
        stage.setup({path_of(f"prod/inc-{number}"): session(f"inc-{number}")})
    touches = stage.repository_now().touches(stage.tip)
    stage.world.faults.add("GET /repos/*/commits/*/pulls*", faults.status(503), times=None)
    forge, before = stage.forge(), len(stage.world.requests)
    told = forge.landed(touches, tip=stage.tip, sights={}, now=stage.clock.now())
    assert all(isinstance(each, Unread) for each in told.values())
    assert len(set(called(stage, before))) == 2


def pushed_by(stage):
    change = stage.landed()
    assert isinstance(change, Change), change
    return change.pushed_by_author_only


def test_whose_pushes_they_are_is_known_from_the_creation_of_the_branch(stage):
    stage.alice.requests(WHAT)
    stage.alice.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    stage.ben.merges(WHAT)
    assert pushed_by(stage) is True


@pytest.mark.parametrize("merger", ["ben", "alice"])
def test_a_push_of_somebody_else_is_known_whoever_merges(stage, merger):
    stage.alice.requests(WHAT)
    stage.erin.commits({INC: session("inc-1", duration="30m")}, on=branch_of(WHAT))
    stage.merge(merger, stage.changes[WHAT], "merge")
    assert pushed_by(stage) is False


@pytest.mark.parametrize("kept", [(), (0,), (0, 2)], ids=["empty", "cut", "gap"])
def test_a_log_that_does_not_reach_back_proves_nothing(stage, kept):
    stage.alice.requests(WHAT)
    for duration in ("30m", "45m"):
        stage.alice.commits({INC: session("inc-1", duration=duration)}, on=branch_of(WHAT))
    stage.ben.merges(WHAT)
    stage.world.faults.add("GET /repos/*/activity*", faults.edited(lambda log: [log[each] for each in kept]))
    assert pushed_by(stage) is None


def test_pushes_to_a_fork_are_nobodys_to_know_and_a_merge_by_the_author_is_theirs(stage):
    """A branch of the same name in the repository itself is another one."""
    fork = stage.world.fork("alice")
    stage.erin.commits({"README.md": "another branch\n"}, on="fork-1")
    for number, merger in ((1, "ben"), (2, "alice")):
        path, name = path_of(f"prod/fork-{number}"), f"fork-{number}"
        stage.world.push("alice", name, {path: session(name)}, repository=fork)
        stage.world.merge(merger, stage.world.open_pr("alice", name, name, fork=fork))
    assert [stage.landed(f"prod/fork-{number}").pushed_by_author_only for number in (1, 2)] == [None, True]
    assert stage.landed("prod/fork-1").pushers == ()


def team(stage, name="leads"):
    return Team(Provider.GITHUB, str(stage.world.team_of(name).id), str(stage.world.organisation.id))


def test_a_team_has_its_members_and_those_of_the_teams_below_it(stage):
    stage.world.team("leads")
    stage.world.team("night", parent="leads")
    stage.world.add_member("leads", "ben")
    stage.world.add_member("night", "dana")
    stage.world.invite("leads", "erin")
    leads = team(stage)
    assert stage.forge().members([leads]) == {leads: {stage.ben.account, stage.dana.account}}


def test_a_team_with_more_members_than_a_page_is_read_to_its_end(stage):
    stage.world.team("leads")
    for number in range(101):
        stage.world.account(f"lead-{number}")
        stage.world.add_member("leads", f"lead-{number}")
    (members,) = stage.forge().members([team(stage)]).values()
    assert len(members) == 101


@pytest.mark.parametrize("fault", [faults.shrunk(), faults.status(404), faults.truncated()])
def test_a_team_of_which_not_all_is_read_is_not_known(stage, fault):
    stage.world.team("leads")
    stage.world.add_member("leads", "ben")
    stage.world.faults.add("GET /organizations/*/members*", fault)
    (members,) = stage.forge().members([team(stage)]).values()
    assert isinstance(members, Unread)


def test_a_team_that_is_not_there_is_not_an_empty_one(stage):
    gone = Team(Provider.GITHUB, "4711", str(stage.world.organisation.id))
    found = stage.forge().members([gone, other := Team(Provider.GITLAB, "1")])
    assert found[gone].hint.endswith("Members: read (of the organisation; GITHUB_TOKEN can't have it)")
    assert isinstance(found[other], Unread)


@pytest.fixture(params=["actions", "app", "fine"])
def writer(request, stage):
    """A stage whose token may write, of each kind."""
    stage.world.account("robot")
    stage.token = stage.world.token(
        request.param,
        **({"login": "robot"} if request.param == "fine" else {}),
        contents="read", pull_requests="write", issues="write", metadata="read",
    )  # fmt: skip
    return stage


def comments(stage):
    return [each.body for each in stage.world.comments.values()]


def test_there_is_one_comment_and_it_is_changed_in_its_place(writer):
    writer.alice.requests(WHAT)
    forge = writer.forge()
    forge.comment("#1", f"{head_of(None)}one")
    forge.comment("#1", f"{head_of(SHOWN)}two")
    assert comments(writer) == [f"{head_of(SHOWN)}two"]
    assert writer.proposed().shown == (SHOWN,)


def test_a_comment_that_says_so_already_is_left_alone(writer):
    writer.alice.requests(WHAT)
    forge = writer.forge()
    forge.comment("1", f"{head_of(None)}one\n")
    before = len(writer.world.requests)
    forge.comment("1", f"{head_of(None)}one")
    assert not [each for each in called(writer, before) if each.startswith(("POST /repos", "PATCH"))]


def test_a_comment_with_our_mark_by_somebody_else_is_theirs(writer):
    writer.alice.requests(WHAT)
    planted = f"{head_of('b' * 64)}all is well"
    writer.world.comment("mallory", 1, planted)
    writer.forge().comment("#1", f"{head_of(SHOWN)}one")
    assert comments(writer) == [planted, f"{head_of(SHOWN)}one"]
    assert writer.proposed().shown == (SHOWN,)


def test_a_comment_whose_answer_was_lost_is_not_written_twice(writer):
    writer.alice.requests(WHAT)
    writer.world.faults.add("POST /repos/*/comments", faults.lost(faults.status(502)))
    text = f"{head_of(None)}one"
    with pytest.raises(UnreachableError):
        writer.forge().comment("#1", text)
    writer.forge().comment("#1", text)
    assert comments(writer) == [text]


def test_a_token_that_may_not_write_is_refused_with_what_it_lacks(stage):
    stage.alice.requests(WHAT)
    with pytest.raises(RefusedError) as refused:
        stage.forge().comment("#1", f"{head_of(None)}one")
    assert "write" in refused.value.hint


def test_a_pull_request_is_opened_once(stage):
    stage.token = stage.world.token("fine", "alice", contents="write", pull_requests="write", metadata="read")
    stage.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    first = stage.forge().open(branch_of(WHAT), title="INC-1", body="Connections time out")
    assert stage.forge().open(branch_of(WHAT), title="INC-1", body="Connections time out") == first
    (pull,) = stage.world.pulls.values()
    assert (pull.title, pull.body, pull.base) == ("INC-1", "Connections time out", "main")
    with pytest.raises(RefusedError):
        stage.forge().open("nothing", title="x", body="x")


def test_one_whose_answer_was_lost_is_found(stage):
    stage.token = stage.world.token("fine", "alice", contents="write", pull_requests="write", metadata="read")
    stage.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    stage.world.faults.add("POST /repos/*/pulls", faults.lost(faults.status(502)))
    assert stage.forge().open(branch_of(WHAT), title="INC-1", body="x").endswith("/pull/1")
    assert len(stage.world.pulls) == 1


def test_a_pull_request_is_closed_once_and_told_why(writer):
    writer.alice.requests(WHAT)
    for _ in range(2):
        writer.forge().close("#1", "It timed out.")
    assert (writer.world.pull(1).open, comments(writer)) == (False, ["It timed out."])
    assert writer.proposed().closed_at is not None


def test_what_is_no_number_is_no_pull_request(stage):
    with pytest.raises(UsageError):
        stage.forge().comment("main", "x")


def test_a_pull_request_is_found_by_its_branch_too(stage):
    stage.alice.requests(WHAT)
    forge = stage.forge()
    found = forge.proposed(branch_of(WHAT), tip=stage.tip, sights={}, now=stage.clock.now())
    assert found.id == "#1"
    assert isinstance(forge.proposed("nothing", tip=stage.tip, sights={}, now=stage.clock.now()), Unread)


def test_a_pull_request_that_is_merged_is_not_proposed_any_more(asked):
    assert asked.proposed().message == "#1 is merged, or does not go to main"


STRICT = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_last_push_approval": True,
    "require_code_owner_review": True,
    "required_review_thread_resolution": False,
    "allowed_merge_methods": ["squash"],
}


def test_a_repository_that_is_well_set_up(stage):
    stage.token = stage.world.token(
        "app", metadata="read", contents="read", administration="read", actions="read", pull_requests="read"
    )
    stage.world.protect("main", {"pull_request": STRICT})
    stage.world.workflow_ran("reconcile.yml")
    settings = stage.forge().settings()
    assert (settings.name, settings.default_branch) == ("acme/access", "main")
    assert (settings.protected, settings.reviews_required, settings.stale_approvals_dismissed) == (True, True, True)
    assert (settings.last_push_needs_approval, settings.owners_required) == (True, True)
    assert settings.bots_may_approve is False
    assert settings.merge_methods == ("squash",)
    assert settings.last_success == stage.world.clock.now
    assert isinstance(settings.skew, timedelta)


def test_a_repository_that_nobody_has_set_up(stage):
    stage.token = stage.world.token("app", metadata="read", contents="read", administration="read", actions="read")
    stage.world.allow_actions_to_approve()
    settings = stage.forge().settings()
    assert (settings.protected, settings.reviews_required, settings.stale_approvals_dismissed) == (False, False, False)
    assert (settings.last_push_needs_approval, settings.owners_required) == (False, False)
    assert settings.bots_may_approve is True
    assert isinstance(settings.merge_methods, Unread)


@pytest.mark.parametrize("methods", [{"merge", "squash", "rebase"}, {"squash"}])
def test_ways_to_merge_are_what_repository_and_rules_both_allow(stage, methods):
    stage.world.methods = methods
    stage.token = stage.world.token("classic", "root")
    stage.world.protect("main", {"pull_request": {**STRICT, "allowed_merge_methods": ["merge", "squash"]}})
    assert set(stage.forge().settings().merge_methods) == methods - {"rebase"}


def test_what_the_token_of_a_job_does_not_see_of_the_settings_is_said(stage):
    stage.token = stage.world.token("actions", contents="read", pull_requests="read", metadata="read")
    settings = stage.forge().settings()
    assert (settings.protected, settings.reviews_required) == (False, False)
    assert "Administration: read" in settings.bots_may_approve.hint
    assert "Actions: read" in settings.last_success.hint


def test_nothing_that_github_says_of_an_error_is_repeated(asked):
    asked.world.faults.add("GET /repos/*/pulls/1", faults.status(403, {"message": CANARY}))
    change = asked.landed()
    assert CANARY not in f"{change}"
    assert asked.token not in f"{change} {asked.forge().__dict__} {asked.access()}"


def test_a_request_that_would_go_elsewhere_is_not_sent():
    line = Line("https://api.example.com", Limits())
    for url in ("https://other.example.com/x", "http://api.example.com/x", "https://api.example.com:444/x"):
        with pytest.raises(Unanswered, match="would go to another host"):
            line.send("GET", url, {}, None)


def test_a_token_goes_nowhere_without_tls(asked):
    asked.api_url = "http://github.example.com"
    with pytest.raises(UsageError, match="unencrypted"):
        asked.landed()


def test_the_limits_of_tests_are_those_of_runs_but_shorter():
    assert (Limits().reserve, Limits().most_new) == (QUICK.reserve, QUICK.most_new)
