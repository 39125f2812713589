"""`doctor` and `identities check` at the fake forges: what a token shows, what is weak, and what somebody changed."""

import json

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.core.identity_findings import NOT_KNOWN
from gitops_breakglass.flows.doctor import Doctor
from gitops_breakglass.flows.identities import against_forge
from gitops_breakglass.model.doctor import Verdict
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.run_json import run_as_json
from gitops_breakglass.report.run_text import run_as_text

SETTINGS = {
    "default-branch",
    "branch-protected",
    "reviews-required",
    "stale-approvals",
    "last-push",
    "code-owners",
    "bots-approve",
    "merge-methods",
    "forge-clock",
    "last-run",
}
GOOD = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_last_push_approval": True,
    "require_code_owner_review": True,
}


class Opened:
    """The stage's repository, as `doctor` opens it."""

    def __init__(self, stage):
        self.stage = stage

    def sources(self):
        return self.stage.sources()

    def policy(self):
        return self.stage.sources().policy_at(self.stage.tip)[0]


def looked(stage):
    """What `doctor` says of the repository, by check."""
    doctor = Doctor(Opened(stage), "main", yamlfile.load, stage.clock.now)
    return {each.check: each for each in doctor.on_repository()}


def verdicts(found, verdict):
    return {name for name, each in found.items() if each.verdict is verdict}


def findings(stage):
    loaded = yamlfile.load(stage.identities().encode(), "identities.yaml")
    return [each for each in against_forge(loaded.documents[0], stage.forge()) if each.rule != "person-in-no-group"]


def test_everything_is_looked_at_and_accounts_are_as_they_are_written(stage):
    found = looked(stage)
    own = "environment" if stage.provider == "github" else "pipeline-variables"
    assert set(found) == {"clone", "policy-side", "forge", "owned-folders", "identities", *SETTINGS, own}
    for name in ("clone", "policy-side", "forge", "identities", "default-branch"):
        assert found[name].verdict is Verdict.OK, found[name]
    # The fake's clock stands in another year than the machine's.
    assert found["forge-clock"].verdict is Verdict.WARNING
    assert found["owned-folders"].verdict is Verdict.WARNING
    assert {each.about for each in found.values()} == {""}


def test_a_forge_that_is_down_is_not_known_and_nothing_more_is_asked(stage):
    stage.outage()
    found = looked(stage)
    assert set(found) == {"clone", "policy-side", "forge"}
    assert found["forge"].verdict is Verdict.UNKNOWN


def test_a_repository_as_it_should_be_is_clean_to_an_administrator_s_token(github):
    github.world.protect(rules={"pull_request": GOOD, "deletion": {}})
    github.world.workflow_ran("reconcile.yml")
    github.world.environment("breakglass", "protected")
    github.token = github.world.token("classic", "root")
    found = looked(github)
    assert verdicts(found, Verdict.OK) == set(found) - {"owned-folders", "forge-clock"}, found


@pytest.mark.parametrize(
    ("parameter", "check"),
    [
        ("required_approving_review_count", "reviews-required"),
        ("dismiss_stale_reviews_on_push", "stale-approvals"),
        ("require_last_push_approval", "last-push"),
        ("require_code_owner_review", "code-owners"),
    ],
)
def test_each_rule_that_is_left_out_is_missed(github, parameter, check):
    github.world.protect(rules={"pull_request": {**GOOD, parameter: type(GOOD[parameter])(0)}})
    github.world.workflow_ran("reconcile.yml")
    github.world.environment("breakglass", "protected")
    github.token = github.world.token("classic", "root")
    found = looked(github)
    assert verdicts(found, Verdict.OK) == set(found) - {"owned-folders", "forge-clock", check}


def test_jobs_that_may_approve_are_an_error(github):
    github.world.allow_actions_to_approve()
    github.token = github.world.token("classic", "root")
    assert looked(github)["bots-approve"].verdict is Verdict.ERROR


def test_what_a_job_s_token_does_not_show_is_not_known_with_the_permission_that_is_missing(github):
    github.token = github.world.token("actions", contents="read", pull_requests="read", metadata="read")
    found = looked(github)
    assert found["bots-approve"].verdict is Verdict.UNKNOWN
    assert "dministration" in (found["bots-approve"].hint or "")
    assert found["last-run"].verdict is Verdict.UNKNOWN
    assert "ctions" in (found["last-run"].hint or "")


def test_owners_are_read_from_the_default_branch(github):
    github.setup({".github/CODEOWNERS": "* @acme/security\n"})
    assert looked(github)["owned-folders"].verdict is Verdict.OK


def test_accounts_that_changed_are_told(github):
    assert findings(github) == []
    written = github.identities()
    github.world.rename_account("ben", "benedict")
    github.world.delete_account("erin")
    loaded = yamlfile.load(written.encode(), "identities.yaml")
    told = against_forge(loaded.documents[0], github.forge())
    assert sorted(each.rule for each in told if each.rule != "person-in-no-group") == [
        "account-gone",
        "renamed-account",
    ]


def test_accounts_that_changed_are_told_at_gitlab(tmp_path):
    from tests.forges.gitlab_stage import GitlabStage

    with GitlabStage(tmp_path) as stage:
        written = stage.identities()
        stage.world.rename_account("ben", "benedict")
        stage.world.delete_account("erin")
        loaded = yamlfile.load(written.encode(), "identities.yaml")
        told = against_forge(loaded.documents[0], stage.forge())
        assert sorted(each.rule for each in told if each.rule != "person-in-no-group") == [
            "account-gone",
            "renamed-account",
        ]


def test_a_team_is_seen_by_a_token_that_may_and_not_known_to_one_that_may_not(github):
    github.world.team("leads")
    github.world.add_member("leads", "ben")
    github.world.add_member("leads", "mallory")
    number = github.world.team_of("leads").id
    github.groups["team-leads"] = f"github: {{organization: {github.world.organisation.id}, team: {number}}}"
    (note,) = findings(github)
    assert (note.rule, "mallory" in note.message) == ("member-without-entry", True)
    github.token = github.world.token("actions", contents="read", pull_requests="read")
    assert {each.rule for each in findings(github)} == {"team-unread"}
    github.token = github.usual_token()
    github.in_force({"identities.yaml": github.identities()})
    assert looked(github)["teams"].verdict is Verdict.OK
    github.token = github.world.token("actions", contents="read", pull_requests="read", metadata="read")
    found = looked(github)["teams"]
    assert (found.verdict, "Members: read" in (found.hint or "")) == (Verdict.ERROR, True)
    github.token = github.usual_token()
    github.world.delete_team("leads")
    assert {each.rule for each in findings(github)} <= NOT_KNOWN


def test_a_forge_that_is_down_leaves_accounts_unknown(github):
    forge = github.forge()
    loaded = yamlfile.load(github.identities().encode(), "identities.yaml")
    github.outage()
    told = against_forge(loaded.documents[0], forge)
    assert {each.rule for each in told} - {"person-in-no-group"} == {"account-unread"}
    with pytest.raises(UnreachableError):
        forge.settings()


def test_a_run_tells_of_an_account_that_was_renamed_since(github):
    github.alice.requests("prod/inc-1")
    github.world.rename_account("ben", "benedict")
    github.approve("benedict", github.changes["prod/inc-1"], "go ahead")
    github.merge("benedict", github.changes["prod/inc-1"], "merge")
    report = github.reconcile()
    number = github.number_of("benedict")
    told = f"renamed-account: account {number} at github is called benedict, and in identities.yaml ben"
    assert told in [line.strip() for line in run_as_text(RunReport((report,))).splitlines()]
    (judged,) = json.loads(run_as_json(RunReport((report,))))["clusters"][0]["plan"]["judged"]
    assert (judged["decision"], [each["rule"] for each in judged["notes"]]) == ("granted", ["renamed-account"])


@pytest.mark.parametrize(
    ("branches", "verdict"),
    [
        (None, Verdict.WARNING),
        ("protected", Verdict.OK),
        (["main"], Verdict.OK),
        (["main", "release/*"], Verdict.WARNING),
        (["*"], Verdict.WARNING),
    ],
)
def test_an_environment_that_any_branch_may_use_is_a_warning(github, branches, verdict):
    github.token = github.world.token("classic", "root")
    assert looked(github)["environment"].verdict is Verdict.WARNING
    github.world.environment("breakglass", branches)
    assert looked(github)["environment"].verdict is verdict
    github.token = github.world.token("actions", contents="read", pull_requests="read", metadata="read")
    assert looked(github)["environment"].verdict is Verdict.UNKNOWN
