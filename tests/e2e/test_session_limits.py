"""How many sessions at a time, end to end: what counts on this cluster and on others, and when."""

import pytest

from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.decision import Granted, Unknown
from gitops_breakglass.model.unread import Unread
from tests.e2e.attacks import GRANTED, HONEST, in_force, names
from tests.e2e.stage import POD_SHELL, Stage
from tests.e2e.test_who_counts import CORP, signing_in, with_spec
from tests.git.world import path_of

EVERYWHERE = POD_SHELL.replace("clusters: [prod]", "clusters: [prod, edge]")
ONE_EACH = with_spec("sessionLimitsOverride: {maxActiveSessionsPerUser: 1}", policies=EVERYWHERE)
TWO_IN_ALL = with_spec("sessionLimitsOverride: {maxActiveSessionsTotal: 2}", policies=EVERYWHERE)


def lands(stage, what, *, author=None, **words):
    """Ask, approve and merge as it should be, without a run."""
    (author or stage.alice).requests(what, **{"reason": f"{what}: needed", **words})
    stage.ben.approves(what)
    return stage.world.merge(what)


def deleted(stage, what):
    """Delete a request's file on the default branch: it is revoked."""
    stage.world.policy({path_of(what): None}, message="Done")


def outcome(stage, what):
    """Run: `granted`, or the rules by which it is not."""
    decision = stage.decision(stage.reconcile(), what)
    return "granted" if isinstance(decision, Granted) else stage.rules(decision)


FULL = ["session-limit"]


def test_a_second_session_while_the_first_one_holds_beside_somebody_else_s(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    stage.granted("prod/first", reason="INC-1: down")
    lands(stage, "prod/inc-1")
    stage.erin.requests(HONEST, reason="INC-9: honest")
    stage.ben.approves(HONEST)
    stage.world.merge(HONEST)
    report = stage.reconcile()
    assert isinstance(stage.decision(report, HONEST), Granted)
    (reason,) = stage.decision(report, "prod/inc-1").reasons
    assert (reason.rule, reason.message) == (
        "session-limit",
        "1 is the most sessions at a time that alice may have, and there are prod/first until 2026-03-10 04:00:00 UTC",
    )
    assert names(stage) == {"first", "honest"}


@pytest.mark.parametrize("runs_between", [True, False])
def test_a_late_run_decides_what_punctual_ones_would_have(tmp_path, runs_between):
    stage = Stage(tmp_path, policies=ONE_EACH)
    for what in ("prod/a", "prod/b", "prod/c"):
        lands(stage, what)
        if runs_between:
            stage.reconcile()
    stage.reconcile()
    assert names(stage) == {"a"}


def test_there_is_room_again_once_the_first_window_is_over(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    stage.granted("prod/first", reason="INC-1: down")
    stage.passes(minutes=59)
    lands(stage, "prod/too-early")
    assert outcome(stage, "prod/too-early") == FULL
    stage.passes(minutes=1)
    lands(stage, "prod/in-time")
    assert outcome(stage, "prod/in-time") == "granted"


def test_there_is_room_again_once_the_first_file_is_deleted_though_no_run_has_seen_it(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    stage.granted("prod/first", reason="INC-1: down")
    deleted(stage, "prod/first")
    lands(stage, "prod/second")
    assert outcome(stage, "prod/second") == "granted"
    assert names(stage) == {"second"}


def test_a_session_that_waits_for_its_start_counts(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    text = (
        "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: BreakglassSession\nmetadata: {name: planned}\n"
        'spec: {escalation: pod-shell-access, requestReason: x, scheduledStartTime: "2026-04-10T03:00:00Z"}\n'
    )
    stage.alice.requests("prod/planned", text)
    stage.ben.approves("prod/planned")
    stage.world.merge("prod/planned")
    assert outcome(stage, "prod/planned") == "granted"
    stage.passes(days=20)
    lands(stage, "prod/now")
    assert outcome(stage, "prod/now") == FULL


def test_an_escalation_has_so_many_sessions_of_all_its_users_on_all_clusters(tmp_path):
    stage = Stage(tmp_path, policies=TWO_IN_ALL)
    lands(stage, "edge/a")
    lands(stage, "prod/b", author=stage.erin)
    assert outcome(stage, "prod/b") == "granted"
    lands(stage, "prod/c", author=stage.erin)
    assert outcome(stage, "prod/c") == FULL


def test_a_session_on_a_cluster_that_nobody_asks_counts_until_it_must_be_over(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/far", duration="30m")
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == FULL
    stage.passes(minutes=29)
    lands(stage, "prod/b")
    assert outcome(stage, "prod/b") == FULL
    stage.passes(minutes=1)
    lands(stage, "prod/c")
    assert outcome(stage, "prod/c") == "granted"


def test_a_session_elsewhere_counts_until_its_file_is_deleted(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/far")
    deleted(stage, "edge/far")
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == "granted"


def test_what_landed_elsewhere_long_ago_does_not_count_though_its_file_stays(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/far")
    for _ in range(4):
        stage.reconcile()
        stage.passes(days=15)
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == "granted"


def test_what_landed_elsewhere_before_this_cluster_was_installed_counts_while_it_may_last(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/far")
    stage.install()
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == FULL
    stage.passes(hours=1)
    lands(stage, "prod/b")
    assert outcome(stage, "prod/b") == "granted"


def test_a_session_elsewhere_that_somebody_else_wrote_does_not_count(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/erins", author=stage.erin)
    stage.mallory.requests("edge/forged", reason="in the name of alice")
    stage.world.merge("edge/forged")
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == "granted"


def test_a_session_elsewhere_counts_though_its_author_has_another_key_by_now(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    lands(stage, "edge/far")
    fresh = stage.world.person("alices-new-key")
    del stage.world.people["alices-new-key"]
    in_force(stage, {"identities.yaml": stage.identities(keys={"alice": [fresh.public_key]})})
    stage.reconcile()
    fresh.requests("prod/a", reason="INC-1: with the new key")
    stage.ben.approves("prod/a")
    stage.world.merge("prod/a")
    assert outcome(stage, "prod/a") == FULL


def test_what_was_denied_on_this_cluster_does_not_count(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    stage.alice.requests("prod/unapproved", reason="INC-1: nobody approved")
    stage.world.merge("prod/unapproved")
    stage.reconcile()
    lands(stage, "prod/a")
    assert outcome(stage, "prod/a") == "granted"


def test_a_provider_s_limit_holds_for_those_who_sign_in_there(tmp_path):
    limited = CORP.replace("  oidc:\n", "  sessionLimits: {maxActiveSessionsPerUser: 1}\n  oidc:\n")
    stage = Stage(tmp_path, policies=EVERYWHERE + limited)
    people = signing_in(stage, alice=["corp"])
    stage.erin.commits({"identities.yaml": people}, on="policy/people")
    stage.dana.approves_policy("policy/people")
    stage.world.merge(None, branch="policy/people")
    for author in (stage.alice, stage.erin):
        for number in (1, 2):
            lands(stage, f"prod/{author.name}-{number}", author=author)
    stage.reconcile()
    assert names(stage) == {"alice-1", "erin-1", "erin-2"}


def test_a_session_before_it_that_can_not_be_judged_yet_leaves_it_open_and_nothing_else(tmp_path):
    stage = Stage(tmp_path, policies=ONE_EACH)
    sources = stage.sources()

    class Forgetful:
        """A forge that can't read one change."""

        def __getattr__(self, name):
            return getattr(sources.forge, name)

        def landed(self, touches, **words):
            changes = sources.forge.landed(touches, **words)
            lost = Unread("the forge is down")
            return {path: lost if path == path_of("prod/lost") else change for path, change in changes.items()}

    lands(stage, "prod/lost")
    lands(stage, "prod/a")
    forgetful = type(sources)(sources.repository, Forgetful(), sources.read_policy, sources.read_request)
    report = reconcile([stage.hands], lambda: forgetful).clusters[0]
    assert isinstance(stage.decision(report, "prod/a"), Unknown)
    assert stage.live() == []
    report = stage.reconcile()
    assert stage.rules(stage.decision(report, "prod/a")) == FULL
    assert stage.live() == GRANTED
