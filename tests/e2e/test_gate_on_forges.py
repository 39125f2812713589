"""The gate at GitHub and GitLab: its one comment, what it was shown by, what never merges, and closing what timed out."""

import json
from dataclasses import replace

import pytest

from gitops_breakglass.core.comment import digests_in, is_gate_comment
from gitops_breakglass.flows.close_timed_out import Closing, close_timed_out
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.status import proposed_status
from gitops_breakglass.model.decision import Denied, Granted
from gitops_breakglass.report.closing import closed_as_json, closed_as_text, closing_comment
from gitops_breakglass.report.gate.as_json import gate_as_json
from gitops_breakglass.report.gate.markdown import gate_as_markdown
from gitops_breakglass.report.gate.text import gate_as_text
from tests.contract.forge.words import STAGES
from tests.e2e.stage import POD_SHELL
from tests.forges import faults
from tests.git.world import path_of, session

WHAT = "prod/inc-1"
WIDER = POD_SHELL.replace("verbs: [get, list]", "verbs: [get, list, delete]")
NARROWED = (
    POD_SHELL
    + """\
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata:
  name: no-lists
spec:
  rules:
    - {apiGroups: [""], resources: [pods], verbs: [list]}
"""
)
NARROWED_MORE = NARROWED.replace("verbs: [list]}", "verbs: [list, get]}")


@pytest.fixture(params=STAGES)
def forge(request):
    """The class of a stage, for tests that begin with a policy of their own."""
    return STAGES[request.param]


@pytest.fixture
def stage(forge, tmp_path):
    with forge(tmp_path) as stage:
        stage.token = writing(stage)
        yield stage


def writing(stage):
    """A token that may comment, and close what somebody else opened."""
    if stage.provider == "github":
        return stage.world.token("app", contents="read", pull_requests="write", issues="write", members="read")
    return stage.world.token("project", scopes=("api",), role=40)


def asked(stage, what=WHAT):
    return gate(stage.sources(), str(stage.changes[what]), now=stage.clock.now())


def comments(stage, what=WHAT):
    """The texts on a change, whoever wrote them, oldest first."""
    number = stage.changes[what]
    if stage.provider == "github":
        return [each.body for each in stage.world.comments.values() if each.number == number]
    return [each.body for each in stage.world.mr(number).notes if not each.system]


def shown(stage):
    """The one comment that shows what the gate says; another one beside it fails the test."""
    (text,) = [each for each in comments(stage) if is_gate_comment(each)]
    return text


def says(stage, what=WHAT):
    proposal = asked(stage, what)
    stage.forge().comment(proposal.change, gate_as_markdown(proposal))
    return proposal


def states(stage):
    now = stage.clock.now()
    return {each.name: each.state for each in proposed_status(stage.sources(), ("prod",), now, {})}


def test_the_comment_is_one_and_is_what_the_decision_is_held_against(stage):
    stage.alice.requests(WHAT)
    waiting = says(stage)
    text = shown(stage)
    assert digests_in(text) == (waiting.shown.digest,)
    assert "### gitops-breakglass gate: not ready to merge\n" in text
    assert stage.proposed(WHAT).shown == (waiting.shown.digest,)
    stage.ben.approves(WHAT)
    assert says(stage).may_merge
    assert "### gitops-breakglass gate: ready to merge\n" in shown(stage)
    stage.ben.merges(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    assert decision.evidence.digest == waiting.shown.digest


def test_where_nothing_new_is_to_be_said_nothing_is_written(stage):
    stage.alice.requests(WHAT)
    says(stage)
    before = len(stage.world.server.requests)
    says(stage)
    asked_again = stage.world.server.requests[before:]
    assert [each for each in asked_again if each.method != "GET" and "graphql" not in each.path] == []


def test_a_policy_that_was_widened_after_it_was_shown_grants_nothing(stage):
    assert WIDER != POD_SHELL
    stage.alice.requests(WHAT)
    says(stage)
    stage.ben.approves(WHAT)
    stage.in_force({"policies/shell.yaml": WIDER})
    stage.ben.merges(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Denied)
    assert [each.rule for each in decision.reasons] == ["shown-otherwise"]


def test_a_policy_that_was_widened_and_shown_again_is_granted(stage):
    stage.alice.requests(WHAT)
    says(stage)
    stage.ben.approves(WHAT)
    stage.in_force({"policies/shell.yaml": WIDER})
    says(stage)
    stage.ben.merges(WHAT)
    assert isinstance(stage.decision(stage.reconcile(), WHAT), Granted)


@pytest.mark.parametrize("before, after", [(POD_SHELL, NARROWED), (NARROWED, POD_SHELL), (NARROWED, NARROWED_MORE)])
def test_a_deny_policy_that_came_went_or_changed_after_it_was_shown_grants_nothing(forge, tmp_path, before, after):
    with forge(tmp_path, policies=before) as stage:
        stage.token = writing(stage)
        stage.alice.requests(WHAT)
        digest = says(stage).shown.digest
        stage.ben.approves(WHAT)
        stage.in_force({"policies/shell.yaml": after})
        assert asked(stage).shown.digest != digest
        stage.ben.merges(WHAT)
        decision = stage.decision(stage.reconcile(), WHAT)
        assert isinstance(decision, Denied)
        assert [each.rule for each in decision.reasons] == ["shown-otherwise"]
        assert stage.live() == []


def test_a_deny_policy_that_was_shown_again_is_granted_by(forge, tmp_path):
    with forge(tmp_path) as stage:
        stage.token = writing(stage)
        stage.alice.requests(WHAT)
        says(stage)
        stage.ben.approves(WHAT)
        stage.in_force({"policies/shell.yaml": NARROWED})
        shown_again = says(stage).shown.digest
        stage.ben.merges(WHAT)
        decision = stage.decision(stage.reconcile(), WHAT)
        assert isinstance(decision, Granted)
        assert decision.evidence.digest == shown_again


@pytest.mark.threat("E13")
def test_e13_a_comment_that_a_stranger_planted_shows_nothing_and_is_not_written_over(stage):
    stage.alice.requests(WHAT)
    planted = gate_as_markdown(asked(stage)).replace("not ready", "ready")
    write = stage.world.comment if stage.provider == "github" else stage.world.note
    write("mallory", stage.changes[WHAT], planted)
    assert stage.proposed(WHAT).shown == ()
    proposal = says(stage)
    assert [each.strip() for each in comments(stage)] == [planted.strip(), gate_as_markdown(proposal).strip()]


def test_what_became_of_changes_that_never_merge(stage):
    for name in ("pending", "withdrawn", "rejected"):
        stage.alice.requests(f"prod/{name}")
    stage.world.close("alice", stage.changes["prod/withdrawn"])
    stage.world.close("ben", stage.changes["prod/rejected"])
    told = {"pending": "Pending", "withdrawn": "Withdrawn", "rejected": "Rejected"}
    assert states(stage) == told
    stage.alice.requests("prod/approved")
    stage.ben.approves("prod/approved")
    stage.world.clock.advance(hours=2)
    assert states(stage) == {**told, "pending": "ApprovalTimeout", "approved": "Pending"}
    stage.world.clock.advance(days=31)
    assert "withdrawn" not in states(stage)


def test_only_what_nobody_approved_in_time_is_closed_and_once(stage):
    stage.alice.requests("prod/late")
    stage.alice.requests("prod/approved")
    stage.ben.approves("prod/approved")
    stage.erin.proposes({"policies/view.yaml": "# nothing\n"})
    stage.world.clock.advance(hours=2)
    stage.alice.requests("prod/fresh")
    now = stage.clock.now()
    (dry,) = close_timed_out(stage.sources(), None, closing_comment, now=now)
    assert (str(dry.request), dry.result) == ("prod/late", Closing.WOULD_CLOSE)
    (done,) = close_timed_out(stage.sources(), stage.forge(), closing_comment, now=now)
    assert (str(done.request), done.result) == ("prod/late", Closing.CLOSED)
    (text,) = comments(stage, "prod/late")
    assert "nobody approved it within 1h after it was opened" in text
    assert close_timed_out(stage.sources(), stage.forge(), closing_comment, now=now) == ()
    assert comments(stage, "prod/late") == [text]
    assert states(stage) == {"late": "ApprovalTimeout", "approved": "Pending", "fresh": "Pending"}


def test_what_can_not_be_closed_is_told_and_the_rest_is(stage):
    stage.alice.requests("prod/late")
    stage.world.clock.advance(hours=2)
    stage.token = stage.usual_token()
    (failed,) = close_timed_out(stage.sources(), stage.forge(), closing_comment, now=stage.clock.now())
    assert failed.result is Closing.FAILED
    assert closed_as_text([failed]).startswith(f"{failed.change}  prod/late  failed: ")
    assert json.loads(closed_as_json([failed]))["changes"][0]["result"] == "failed"
    assert states(stage) == {"late": "ApprovalTimeout"}


def test_what_can_not_be_judged_now_is_told_and_left_open(stage):
    stage.alice.requests(WHAT)
    stage.world.clock.advance(hours=2)
    question = {"github": "GET /repos/*/reviews*", "gitlab": "GET /api/*/approvals*"}[stage.provider]
    stage.world.faults.add(question, faults.status(403), times=None)
    (unknown,) = close_timed_out(stage.sources(), stage.forge(), closing_comment, now=stage.clock.now())
    assert unknown.result is Closing.UNKNOWN
    stage.world.faults.planned.clear()
    assert stage.proposed(WHAT).closed_at is None
    assert comments(stage) == []


def test_what_a_pending_change_that_is_unreadable_asks_for_is_never_closed(stage):
    stage.alice.requests(WHAT, session("inc-1") + "  surprise: 1\n")
    stage.world.clock.advance(hours=2)
    assert close_timed_out(stage.sources(), stage.forge(), closing_comment, now=stage.clock.now()) == ()
    assert states(stage) == {"inc-1": "Rejected"}


def test_a_closing_comment_holds_no_words_of_others_outside_of_code(stage):
    stage.alice.requests(WHAT)
    proposal = asked(stage)
    hostile = replace(proposal, state=replace(proposal.state, why="@all ![x](y) `<b>`"))
    assert ": `` @all ![x](y) `<b>` ``, and" in closing_comment(hostile)


def test_a_change_that_only_deletes_requests_waits_for_nobody_and_is_not_told_as_a_request(stage):
    stage.granted(WHAT)
    stage.erin.commits({path_of(WHAT): None}, on="done")
    stage.erin.opens("done")
    proposal = asked(stage, "done")
    assert proposal.may_merge
    assert "\nthe end of prod/inc-1\n  ready to merge\n" in f"\n{gate_as_text(proposal)}"
    assert json.loads(gate_as_json(proposal))["ends"] == ["prod/inc-1"]
    assert states(stage) == {}
    assert close_timed_out(stage.sources(), stage.forge(), closing_comment, now=stage.clock.now()) == ()


@pytest.mark.parametrize("beside", ["policies/shell.yaml", "README.md"])
def test_a_deletion_with_anything_beside_it_waits(stage, beside):
    stage.granted(WHAT)
    stage.erin.commits({path_of(WHAT): None, beside: WIDER}, on="more")
    stage.erin.opens("more")
    assert not asked(stage, "more").may_merge


def test_a_request_with_a_deletion_beside_it_is_judged_as_the_request_that_it_is(stage):
    stage.granted(WHAT)
    stage.erin.commits({path_of(WHAT): None, path_of("prod/inc-2"): session("inc-2")}, on="both")
    stage.erin.opens("both")
    proposal = asked(stage, "both")
    assert (str(proposal.request), proposal.may_merge) == ("prod/inc-2", False)


def test_of_a_change_that_can_not_be_read_nobody_says_what_it_is_about(stage):
    stage.granted(WHAT)
    text = gate_as_text(asked(stage))
    assert text.startswith(f"change {stage.changes[WHAT]}\n  unknown\n")
    assert " is merged already\n      hint: name one that is open; `status` tells what became of it\n" in text
