"""Asking, revoking and being told at a forge, from the command line, in clones over HTTP with tokens of one's own."""

import re
import subprocess

import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.cli.main import main
from gitops_breakglass.core.plan.ownership import is_grant_object
from tests.contract.forge.words import STAGES
from tests.forges.clock import RealClock

ASK = (
    "prod",
    "inc-1",
    "--escalation",
    "pod-shell-access",
    "--duration",
    "30m",
    "--reason",
    "INC-1: <b>it</b> @ben ```",
)


@pytest.fixture(params=STAGES.values(), ids=STAGES)
def stage(request, tmp_path):
    """The cluster is a folder in the reconciler's clone, installed by the command."""
    with request.param(tmp_path, clock=RealClock()) as stage:
        assert run(stage, "install", "--cluster", "prod", "--apply").exit_code == 0
        yield stage


def run(stage, command, *words, clone=None, token=None, **env):
    name = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}[stage.provider]
    given = {name: stage.api_url, "GITOPS_BREAKGLASS_TOKEN": token or stage.token, **env}
    where = ["--repo", str(clone or stage.clone)]
    return CliRunner().invoke(main, [command, *where, *words], env=given, catch_exceptions=False)


def reconcile(stage, *words, token=None):
    key = str(stage.folder / "reconciler")
    return run(stage, "reconcile", "--cluster", "prod", "--key", key, *words, token=token)


def number_in(text):
    return int(re.search(r"https?://\S+/(\d+)", text)[1])


def asked(stage):
    """alice asks with --open; what she was told."""
    clone, token = stage.clone_of("alice")
    result = run(stage, "request", *ASK, "--open", clone=clone, token=token)
    assert result.exit_code == 0, result.output
    stage.changes["prod/inc-1"] = number_in(result.output)
    return result.output


def test_a_request_is_pushed_and_opened_in_the_requester_s_own_name(stage):
    told = asked(stage)
    address = re.search(r"https?://\S+", told)[0]
    assert told.splitlines()[-3:] == [
        f"  see {address}",
        "  have it approved there by ben",
        "  merge it there: the access begins with the merge",
    ]
    change = stage.proposed()
    assert (change.author, change.title) == (stage.alice.account, "Break-glass access: prod/inc-1")
    assert [(each.status, each.path) for each in change.files] == [("A", "requests/prod/inc-1.yaml")]
    body = stage.body_of("prod/inc-1")
    assert "It takes an approval by one of these: `ben`." in body
    assert "````text\napiVersion" in body


def test_a_forge_that_takes_no_token_leaves_nothing_half_done(stage):
    clone, _ = stage.clone_of("alice")
    result = run(stage, "request", *ASK, "--open", clone=clone, token="wrong-canary")
    assert result.exit_code in {2, 7}
    assert "wrong-canary" not in result.output
    assert stage.bare.head("breakglass/prod/inc-1") is None


def test_a_push_that_is_refused_says_what_is_left_in_the_clone_and_how_to_go_on(stage):
    clone, token = stage.clone_of("alice")
    subprocess.run(["git", "config", "remote.origin.pushurl", str(stage.folder / "nowhere")], cwd=clone, check=True)
    result = run(stage, "request", *ASK, "--open", clone=clone, token=token)
    assert (result.exit_code, result.stderr.startswith("error: git push failed: ")) == (2, True)
    assert result.stderr.endswith(
        "\n  hint: it takes git's own credentials for origin. The branch is in this clone: once you can, "
        "`git push origin breakglass/prod/inc-1` and open the change there; or drop it with "
        "`git branch -D breakglass/prod/inc-1`\n"
    )
    again = run(stage, "request", *ASK, "--open", clone=clone, token=token)
    assert "drop the branch if it was never merged: git branch -D breakglass/prod/inc-1\n" in again.stderr


def test_an_approval_that_would_be_a_tag_is_refused_since_it_is_given_at_the_forge(stage):
    asked(stage)
    clone, token = stage.clone_of("ben")
    result = run(stage, "approve", "prod/inc-1", clone=clone, token=token)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: approvals of this repository are given at {stage.provider.value}: a signed tag would not count\n"
        "  hint: approve the change there; `gitops-breakglass gate --change NUMBER` tells what it comes to\n"
    )


def test_somebody_whom_identities_yaml_does_not_know_is_told_so_before_anything_is_pushed(stage):
    clone, token = stage.clone_of("mallory")
    result = run(stage, "request", *ASK, "--open", clone=clone, token=token)
    assert result.exit_code == 2
    assert "identities.yaml knows nobody whose address is mallory@example.com" in result.stderr
    assert stage.bare.head("breakglass/prod/inc-1") is None


def test_what_was_decided_is_told_on_the_change_with_the_ledger_s_last_entry(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    token = stage.commenter()
    result = reconcile(stage, "--comment", token=token)
    assert result.exit_code == 0, result.output
    (comment,) = stage.comments_on("prod/inc-1")
    assert "gitops-breakglass: granted" in comment
    assert re.search(r"^    \d+:[0-9a-f]{64}$|\d+:[0-9a-f]{64}", comment, re.MULTILINE)
    assert "alice@example.com gets escalation/pod-shell-access" in comment
    assert reconcile(stage, "--comment", token=token).exit_code == 0
    assert len(stage.comments_on("prod/inc-1")) == 1


def test_what_is_not_on_record_is_not_told(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    # Without its key a run decides nothing, whatever it would have come to.
    result = run(stage, "reconcile", "--cluster", "prod", "--comment", token=stage.commenter())
    assert result.exit_code == 5, result.output
    assert stage.comments_on("prod/inc-1") == []


def test_a_comment_that_may_not_be_written_changes_nothing_but_is_told(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    result = reconcile(stage, "--comment")
    assert result.exit_code == 0, result.output
    assert "outcome-not-told" in result.stdout
    assert "granted" in result.stdout
    assert result.stderr == ""
    assert stage.comments_on("prod/inc-1") == []


def test_revoke_ends_the_access_at_once_and_opens_the_change_that_deletes_the_file(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    assert reconcile(stage).exit_code == 0
    clone, token = stage.clone_of("ben")
    far = run(stage, "revoke", "prod/inc-9", "--open", clone=clone, token=token)
    assert (far.exit_code, "the default branch has no requests/prod/inc-9.yaml" in far.stderr) == (2, True)
    (clone / "out").symlink_to(stage.clone / "out")
    none = run(stage, "revoke", "prod/inc-9", "--open", clone=clone, token=token)
    assert "nothing to end now: prod has no live request inc-9 (live requests there: inc-1)\n" in none.stderr
    assert (none.exit_code, "unreachable" in none.output) == (2, False)
    assert len(objects(stage)) == 2
    result = run(stage, "revoke", "prod/inc-1", "--open", "--reason", "over", clone=clone, token=token)
    assert result.exit_code == 0, result.output
    assert objects(stage) == []
    stage.changes["end"] = number_in(result.stderr)
    change = stage.proposed("end")
    assert (change.author, [(each.status, each.path) for each in change.files]) == (
        stage.ben.account,
        [("D", "requests/prod/inc-1.yaml")],
    )
    stage.ben.merges("end")
    assert reconcile(stage).exit_code == 0
    assert objects(stage) == []


def test_revoke_opens_the_change_though_the_cluster_can_not_be_reached_and_says_so(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    assert reconcile(stage).exit_code == 0
    clone, token = stage.clone_of("ben")
    result = run(stage, "revoke", "prod/inc-1", "--open", clone=clone, token=token)
    assert result.exit_code == 7
    assert "Opened http" in result.stderr
    stage.changes["end"] = number_in(result.stderr)
    stage.ben.merges("end")
    assert reconcile(stage).exit_code == 0
    assert objects(stage) == []


def objects(stage):
    """What gives access in the folder that the reconciler writes."""
    folder = ManifestsCluster("prod", stage.clone / "out" / "prod", SystemClock())
    return [each for each in folder.read().objects if is_grant_object(each)]


def test_status_tells_who_has_access_though_the_forge_is_down(stage):
    asked(stage)
    stage.ben.approves("prod/inc-1")
    stage.ben.merges("prod/inc-1")
    assert reconcile(stage).exit_code == 0
    before = run(stage, "status", "--cluster", "prod")
    stage.outage()
    result = run(stage, "status", "--cluster", "prod")
    assert result.exit_code == 7
    assert "\n  inc-1  Approved  alice@example.com\n" in result.stdout
    assert result.stdout.splitlines()[1:] == before.stdout.splitlines()[1:]
    assert result.stderr.startswith("error: ")


def test_status_does_not_tell_of_what_was_denied_that_it_ended(stage):
    asked(stage)
    stage.ben.merges("prod/inc-1")
    assert reconcile(stage).exit_code == 0
    told = run(stage, "status", "--cluster", "prod").stdout
    assert "\n  inc-1  Rejected\n      ApprovalRequired: " in told
    assert "ended at" not in told
