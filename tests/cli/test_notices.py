"""`reconcile` tells people at a forge, by a web server and by a mail server, all of them real but for the forge."""

import json
import logging
import time
from pathlib import Path

import jsonschema
import pytest

from gitops_breakglass.cli.notices import Herald
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.outcome import ClusterReport, RunReport, Skipped
from gitops_breakglass.model.plan import ClusterPlan
from tests.cli.test_at_forges import reconcile, run
from tests.contract.forge.words import STAGES
from tests.contract.notify.servers import Hook, Post
from tests.forges.clock import RealClock

WHAT = "prod/inc-1"
KEY = ObjectKey("v1", "Pod", "shop", "x")
TOLD = """\
notifications:
  comments: {{}}
  webhook: {{url: '{url}{path}', events: [granted, ended, could-not-end]}}
  smtp:
    host: localhost
    port: {port}
    security: none
    from: bg@example.com
    approvers: true
    events: [granted]
"""
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "output" / "notice.schema.json").read_text())
SECRETS = {
    "GITOPS_BREAKGLASS_WEBHOOK_SECRET": "canary-webhook-secret",
    "GITOPS_BREAKGLASS_SMTP_USERNAME": "canary-smtp-user",
    "GITOPS_BREAKGLASS_SMTP_PASSWORD": "canary-smtp-password",
}


@pytest.fixture
def servers():
    with Hook() as hook, Post() as post:
        yield hook, post


@pytest.fixture(params=STAGES.values(), ids=STAGES)
def stage(request, tmp_path, servers):
    hook, post = servers
    more = TOLD.format(url=hook.url, path="canary-path", port=post.port)
    with request.param(tmp_path, clock=RealClock(), more=more) as stage:
        assert run(stage, "install", "--cluster", "prod", "--apply").exit_code == 0
        yield stage


def granted(stage, **words):
    stage.alice.requests(WHAT, **words)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)


def test_a_run_comments_posts_and_mails_and_the_next_one_repeats_nothing(stage, servers):
    hook, post = servers
    granted(stage)
    token = stage.commenter()
    first = reconcile(stage, "--comment", token=token)
    assert first.exit_code == 0, first.output
    assert "notice-" not in first.output
    assert reconcile(stage, token=token).exit_code == 0
    sticky, new = stage.comments_on(WHAT)
    assert "gitops-breakglass: granted" in sticky
    assert new.splitlines()[1:4] == ["### gitops-breakglass: access granted", "", "`prod/inc-1`"]
    (posted,), (mailed,) = hook.got, post.got
    notice = json.loads(posted.body)
    jsonschema.validate(notice, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert (notice["event"], notice["subject"], notice["approvers"]) == ("granted", "alice@example.com", ["ben"])
    assert mailed.recipients == ["ben@example.com"]


@pytest.mark.threat("E13")
def test_a_planted_comment_keeps_nobody_from_being_told(stage):
    granted(stage)
    token = stage.commenter()
    plan = json.loads(run(stage, "plan", "--cluster", "prod", "--format", "json").stdout)
    uid = next(iter(json.dumps(plan).split('"uid": "')[1:]))[:32]
    {"github": lambda: stage.world.comment, "gitlab": lambda: stage.world.note}[stage.provider]()(
        "mallory", stage.changes[WHAT], f"<!-- gitops-breakglass:notice {uid}/granted -->\nAll is well.\n"
    )
    reconcile(stage, token=token)
    assert len({each.splitlines()[0] for each in stage.comments_on(WHAT)}) == 1
    assert [each.splitlines()[1] for each in stage.comments_on(WHAT)] == [
        "All is well.",
        "### gitops-breakglass: access granted",
    ]


@pytest.mark.threat("E10")
@pytest.mark.parametrize("answer", [204, 500, "cut"])
def test_no_secret_of_a_channel_is_said_or_written(stage, servers, caplog, answer):
    hook, post = servers
    hook.answer = answer
    post.says = {} if answer == 204 else {"MAIL": "535 canary-said-by-the-server canary-smtp-password"}
    granted(stage)
    key = str(stage.folder / "reconciler")
    with caplog.at_level(logging.DEBUG):
        words = ("reconcile", "--cluster", "prod", "--key", key, "--format", "json")
        # A server that does not ask for a password is not given one.
        result = run(stage, *words, **{**SECRETS, "GITOPS_BREAKGLASS_SMTP_USERNAME": ""})
        again = run(stage, *words, **SECRETS)
    assert (result.exit_code, again.exit_code) == (0, 0)
    said = [result.output, again.output, caplog.text, *stage.comments_on(WHAT)]
    records = [each.read_text() for each in (stage.clone / "out").rglob("*.yaml")]
    everything = "".join([*said, *records, *(each.text for each in post.got)])
    assert "canary-" not in everything
    # The token may not comment, at least.
    assert "notice-" in result.output
    assert SECRETS["GITOPS_BREAKGLASS_WEBHOOK_SECRET"] not in "".join(f"{each.headers}{each.body}" for each in hook.got)


def test_a_dead_channel_delays_no_grant_and_fails_no_run(stage, servers):
    hook, _ = servers
    hook.answer = "slow"
    granted(stage)
    begun = time.monotonic()
    result = reconcile(stage, token=stage.commenter())
    assert (result.exit_code, time.monotonic() - begun < 60) == (0, True)
    assert "notice-unsure" in result.output
    hook.answer = 204
    assert "notice-" not in reconcile(stage, token=stage.commenter()).output
    assert len(hook.got) == 1


def test_a_cluster_that_can_t_be_asked_again_is_told_and_fails_no_run(stage, servers):
    hook, _ = servers
    granted(stage)
    report = reconcile(stage, token=stage.commenter())
    assert (report.exit_code, len(hook.got)) == (0, 1)

    def nowhere():
        raise AssertionError("no forge is asked")

    herald = Herald(stage.clone, stage.folder / "reconciler", nowhere)
    side = stage.sources().policy_at(stage.tip)[0]
    plan = ClusterPlan("prod", stage.clock.now(), side=side)
    gone = ClusterReport("prod", at=stage.clock.now(), plan=plan, outcomes=(Skipped(KEY, "1" * 32, "x"),))
    (stage.clone / "out" / "prod").rename(stage.clone / "out" / "elsewhere")
    (finding,) = herald.tell(RunReport((gone,)), {}, wait=10)
    assert finding.rule == "notice-not-sent"
    assert finding.message.startswith("prod: people could not be told of what became of grants: ")
    assert herald.tell(RunReport(()), {}, wait=10) == ()
