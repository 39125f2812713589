"""What a Breakglass says about its own approval, from the gate over the merge to the decision, with plain git."""

import pytest

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.gate.formats import gate_written
from gitops_breakglass.report.run_text import run_as_text
from gitops_breakglass.report.status import status_as_text
from tests.e2e.attacks import WHAT, in_force, judged_beside_an_honest_one, names, record_of, refused
from tests.e2e.breakglasses import OFFERS, UNASKED, WEEKDAYS, breakglass
from tests.e2e.ledgers import entries
from tests.e2e.stage import Stage
from tests.git.world import branch_of, path_of


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path, more=OFFERS)


def looks(stage, form="text"):
    """What the gate says of the request's branch."""
    return gate_written(form, gate(stage.sources(), branch_of(WHAT), now=stage.clock.now()))


def merged(stage, content, *approvers):
    stage.alice.requests(WHAT, content)
    for each in approvers:
        each.approves(WHAT)
    stage.world.merge(WHAT)


def test_recurring_access_is_shown_by_the_gate_and_granted_as_it_was_shown(stage):
    stage.alice.requests(WHAT, breakglass(schedule=WEEKDAYS))
    shown = looks(stage)
    assert "cron 0 9 * * 1-5 in Europe/Berlin, 8h each, 10 times at most\n" in shown
    assert "1. Tue 2026-03-10 08:00:00 UTC until Tue 2026-03-10 16:00:00 UTC (8h)\n" in shown
    assert "Tue 2026-03-10 09:00:00 CET until Tue 2026-03-10 17:00:00 CET (Europe/Berlin)\n" in shown
    assert "and 5 more windows after them\n" in shown
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    report = stage.reconcile()
    decision = stage.decision(report, WHAT)
    assert isinstance(decision, Granted)
    assert (decision.windows, decision.recurrence.max_activations) == ((), 10)
    assert stage.live() == []


def test_a_comment_says_the_same_a_minute_later(stage):
    stage.alice.requests(WHAT, breakglass(schedule=WEEKDAYS))
    stage.passes(minutes=1)
    first = looks(stage, "markdown")
    stage.passes(minutes=1)
    again = looks(stage, "markdown")
    assert [each for each in first.splitlines() if "before 2026" not in each] == [
        each for each in again.splitlines() if "before 2026" not in each
    ]


def test_without_approval_every_report_says_that_none_was_asked_for(stage):
    stage.alice.requests(WHAT, breakglass(approval=UNASKED))
    shown = looks(stage)
    assert "ready to merge\n" in shown and "needs no approval and is not merged yet" in shown
    assert "nobody: no approval was asked for, which offer/free allows\n" in shown
    stage.world.merge(WHAT)
    report = stage.reconcile()
    assert names(stage) == {"inc-1"}
    told = "approved by nobody: no approval was asked for\n"
    assert told in run_as_text(RunReport((report,)))
    assert told in status_as_text((cluster_status(stage.cluster, Ed25519Signer().verify),), (), only=None)
    evidence = read_unproved(record_of(stage)).statement.evidence
    assert (evidence["approvalAsked"], evidence["mergedBy"], evidence["approvals"]) == (False, "", [])
    decided = next(each for each in entries(stage) if each.kind == "decided")
    assert (decided.facts["approvalAsked"], decided.facts["mergedBy"], decided.facts["approvals"]) == (False, "", [])


def test_without_approval_nobody_gets_anything_by_a_branch_that_somebody_else_signed_along(stage):
    stage.alice.requests(WHAT, breakglass(approval=UNASKED))
    stage.erin.commits(
        {path_of(WHAT): breakglass(approval=UNASKED, more='  justification: "more"\n')}, on=branch_of(WHAT)
    )
    stage.world.merge(WHAT)
    assert set(refused(stage)) & {"ApprovalRequired", "author-unclear"}


@pytest.mark.parametrize(
    "approval",
    [
        "{required: true, approvers: [erin@example.com]}",
        "{required: true, approvers: [ben@example.com, mallory@example.com]}",
        "{required: true, approvers: [alice@example.com]}",
    ],
)
def test_approvers_in_the_file_who_are_not_the_offer_s_approve_nothing(stage, approval):
    merged(stage, breakglass(approval=approval), stage.erin, stage.alice)
    assert set(refused(stage)) & {"ApprovalRequired", "approvers-unknown"}


def test_approvers_in_the_file_narrow_who_may(stage):
    narrowed = breakglass(approval="{required: true, approvers: [dana@example.com]}")
    merged(stage, narrowed, stage.ben)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_an_empty_list_leaves_the_offer_s_approvers(stage):
    merged(stage, breakglass(approval="{required: true, approvers: []}"), stage.erin)
    assert "ApprovalRequired" in refused(stage) or "schema" in refused(stage)


def test_no_approval_where_the_offer_that_fits_asks_for_one(stage):
    merged(stage, breakglass(approval=UNASKED, schedule="{duration: 2h}"))
    assert "no-offer-fits" in refused(stage)


def test_no_approval_for_recurring_access_by_an_offer_that_has_none(stage):
    merged(stage, breakglass(approval=UNASKED, schedule=WEEKDAYS))
    assert "no-offer-fits" in refused(stage)


def test_a_second_offer_that_would_give_more_does_not_stand_in_for_the_first(stage):
    """One has the hours, the other asks for no approval; both together are no offer."""
    merged(stage, breakglass(approval=UNASKED, schedule="{duration: 8h}"))
    assert "no-offer-fits" in refused(stage)


def test_an_offer_that_asks_for_an_approval_since_the_merge(stage):
    merged(stage, breakglass(approval=UNASKED))
    text = stage.policy_files["breakglass.yaml"].replace("    approvalOptional: true\n", "")
    in_force(stage, {"breakglass.yaml": text})
    assert "no-offer-fits" in refused(stage)


def test_the_subject_who_approves_their_own(stage):
    merged(stage, breakglass(schedule=WEEKDAYS), stage.alice)
    assert "ApprovalRequired" in refused(stage)


@pytest.mark.parametrize(
    "subject",
    [
        "{kind: Group, name: developers}",
        "{kind: ServiceAccount, name: x, namespace: y}",
        "{kind: User, name: erin@example.com}",
    ],
)
def test_a_subject_that_is_not_the_author(stage, subject):
    merged(stage, breakglass(more=f"  subjects: [{subject}]\n"), stage.ben)
    decision = judged_beside_an_honest_one(stage)
    # What the schema refuses already is not even judged.
    assert decision is None or "subject-not-author" in stage.rules(decision)
