"""A debug session is read, judged by its schema, and granted by nothing: not as it is proposed, and not once it is merged."""

import pytest

from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.status import cluster_status, proposed_status
from gitops_breakglass.model.decision import Denied, Unknown
from gitops_breakglass.model.finding import Severity
from tests.e2e.attacks import GRANTED, HONEST
from tests.e2e.stage import POD_SHELL, START, Stage
from tests.git.world import branch_of, path_of

WHAT = "prod/look"
REQUEST = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata:
  name: look
spec:
  templateRef: network
  requestedDuration: 30m
  reason: "INC-1: packets are lost"
"""
TEMPLATES = """\
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugPodTemplate
metadata:
  name: tools
spec:
  podSpec:
    containers: [{name: tools, image: "tools:1"}]
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSessionTemplate
metadata:
  name: network
spec:
  mode: workload
  podTemplateRef: tools
  allowed: {clusters: [prod], groups: [developers]}
  approvers: {groups: [team-leads]}
"""


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path, policies=POD_SHELL + TEMPLATES)


def asks(stage, content=REQUEST):
    stage.alice.requests(WHAT, content)
    stage.ben.approves(WHAT)


def told(findings):
    return [(each.rule, each.severity, each.location.path) for each in findings]


def test_a_proposed_one_is_unknown_with_a_warning_and_may_not_be_merged(stage):
    asks(stage)
    proposal = gate(stage.sources(), branch_of(WHAT), now=START)
    assert isinstance(proposal.decision, Unknown)
    assert stage.rules(proposal.decision) == ["not-judged-yet"]
    assert told(proposal.findings) == [("not-judged-yet", Severity.WARNING, path_of(WHAT))]
    assert not proposal.may_merge
    (status,) = proposed_status(stage.sources(), ["prod"], START, {})
    assert (status.name, status.state) == ("look", "Unknown")
    assert status.notes == (
        "asked for in breakglass/prod/look",
        "a debug session can't be judged by this version yet",
    )


def test_one_that_its_schema_refuses_can_not_be_read(stage):
    asks(stage, REQUEST.replace("requestedDuration", "duration"))
    proposal = gate(stage.sources(), branch_of(WHAT), now=START)
    assert isinstance(proposal.decision, Denied)
    assert stage.rules(proposal.decision) == ["unreadable-request"]


def test_a_merged_one_stays_unknown_run_after_run_and_holds_nobody_else_up(stage):
    asks(stage)
    stage.world.merge(WHAT)
    stage.alice.requests(HONEST)
    stage.ben.approves(HONEST)
    stage.world.merge(HONEST)
    planned = {str(judged.request): judged.decision for judged in stage.plan().judged}
    assert stage.rules(planned[WHAT]) == ["not-judged-yet"]
    for _ in range(2):
        report = stage.reconcile()
        assert isinstance(stage.decision(report, WHAT), Unknown)
        assert told(report.plan.findings) == [("not-judged-yet", Severity.WARNING, path_of(WHAT))]
        assert stage.live() == GRANTED
        stage.passes(minutes=5)
    recorded = cluster_status(stage.cluster, stage.signer.verify).requests
    assert [each.name for each in recorded] == [HONEST.partition("/")[2]]


def test_its_templates_are_judged_by_their_schemas_and_stop_nothing(tmp_path):
    stage = Stage(tmp_path, policies=POD_SHELL + TEMPLATES.replace("image:", "imag:"))
    policy, findings = stage.sources().policy_at(stage.world.tip)
    assert policy is not None
    assert [each.message for each in findings if each.is_error] == ["`spec.podSpec.containers[0]` has no field `imag`"]
    stage.granted(HONEST)
    assert stage.live() == GRANTED
