"""A debug session on a cluster that is a folder, and one that can't be read; the whole way is in tests/cluster."""

import pytest

from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Denied
from tests.e2e.attacks import GRANTED, HONEST
from tests.e2e.stage import POD_SHELL, START, Stage
from tests.git.world import branch_of

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


def test_one_that_its_schema_refuses_can_not_be_read(stage):
    asks(stage, REQUEST.replace("requestedDuration", "duration"))
    proposal = gate(stage.sources(), branch_of(WHAT), now=START)
    assert isinstance(proposal.decision, Denied)
    assert stage.rules(proposal.decision) == ["unreadable-request"]


def test_there_is_none_on_a_cluster_that_is_a_folder_of_manifests(stage):
    asks(stage)
    stage.world.merge(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Denied)
    assert stage.rules(decision) == ["debug-not-offered"]
    assert stage.live() == []


def test_its_templates_are_judged_by_their_schemas_and_stop_nothing(tmp_path):
    stage = Stage(tmp_path, policies=POD_SHELL + TEMPLATES.replace("image:", "imag:"))
    policy, findings = stage.sources().policy_at(stage.world.tip)
    assert policy is not None
    assert [each.message for each in findings if each.is_error] == ["`spec.podSpec.containers[0]` has no field `imag`"]
    stage.granted(HONEST)
    assert stage.live() == GRANTED
