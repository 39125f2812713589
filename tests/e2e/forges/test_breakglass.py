"""A Breakglass at each forge: recurring, narrowed to certain approvers, and without approval, with who merged it told."""

import pytest

from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.report.gate.formats import gate_written
from tests.e2e.breakglasses import OFFERS, UNASKED, WEEKDAYS, breakglass
from tests.e2e.forges.attacks import WHAT, names, refused
from tests.e2e.ledgers import entries
from tests.git.world import branch_of, path_of


@pytest.fixture
def stage(forge, tmp_path):
    with forge(tmp_path, more=OFFERS) as stage:
        yield stage


def looks(stage, form="text"):
    """What the gate says of the request's change."""
    return gate_written(form, gate(stage.sources(), str(stage.changes[WHAT]), now=stage.clock.now()))


def test_recurring_access_is_shown_and_granted(stage):
    stage.alice.requests(WHAT, breakglass(schedule=WEEKDAYS))
    shown = looks(stage)
    assert "cron 0 9 * * 1-5 in Europe/Berlin, 8h each, 10 times at most\n" in shown
    assert "and 5 more windows after them\n" in shown
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    assert decision.recurrence.since == decision.evidence.merged_at


def test_without_approval_who_merged_it_is_told(stage):
    stage.alice.requests(WHAT, breakglass(approval=UNASKED))
    assert "nobody: no approval was asked for, which offer/free allows\n" in looks(stage)
    stage.erin.merges(WHAT) if stage.provider == "github" else stage.ben.merges(WHAT)
    who = "erin" if stage.provider == "github" else "ben"
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    assert (decision.evidence.approvals, decision.evidence.approval_asked) == ((), False)
    assert decision.evidence.merged_by == f"{who} ({stage.number_of(who)})"
    decided = next(each for each in entries(stage) if each.kind == "decided")
    assert (decided.facts["approvalAsked"], decided.facts["mergedBy"]) == (False, decision.evidence.merged_by)
    assert names(stage) == {"inc-1"}


def test_somebody_else_s_bytes_under_no_approval_are_nobody_s(stage):
    stage.alice.requests(WHAT, breakglass(approval=UNASKED))
    more = breakglass(approval=UNASKED, more='  justification: "more"\n')
    stage.erin.commits({path_of(WHAT): more}, on=branch_of(WHAT))
    assert "no approval is asked for of what is its author's own alone" in looks(stage)
    stage.alice.merges(WHAT) if stage.provider == "github" else stage.ben.merges(WHAT)
    assert "ApprovalRequired" in refused(stage)


def test_an_approver_who_is_not_named_in_the_file(stage):
    stage.alice.requests(WHAT, breakglass(approval="{required: true, approvers: [dana@example.com]}"))
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_who_asked_approves_nothing_though_their_file_names_them(stage):
    stage.alice.requests(WHAT, breakglass(approval="{required: true, approvers: [alice@example.com, ben@example.com]}"))
    stage.ben.merges(WHAT)
    assert "ApprovalRequired" in refused(stage)
