"""B7, B8 and C1 to C8 in CI: what a request may not ask for is refused by the gate, and not granted to whoever approves and merges it."""

import pytest

from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Granted
from tests.contract.forge.words import STAGES
from tests.git.world import session

WHAT = "prod/inc-1"
OFFER = """\
offers:
  - name: wide
    clusters: ["*"]
    allowed: {groups: [developers]}
    approvers: {groups: [team-leads]}
    clusterRoles: [pod-exec-access]
    namespaces: ["*"]
    rules:
      - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
    maxDuration: 8h
"""
BREAKGLASS = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {name: inc-1}
spec:
  schedule: {duration: 1h}
"""


def for_(subject):
    return session("inc-1") + f"  user: {subject}\n"


def rules(groups, resources, verbs, namespace="shop"):
    rule = f"{{apiGroups: [{groups}], resources: [{resources}], verbs: [{verbs}]}}"
    return f"{BREAKGLASS}  policy:\n    - {{namespace: {namespace}, rules: [{rule}]}}\n"


REFUSED = {
    "b7 a word that turns the line": ("yaml-control-character", session("inc-1", reason="INC-1 \\u202e yrtne")),
    "b7 a name with a letter of another alphabet": ("schema", for_("\u0430lice@example.com")),
    "b8 a name that leads elsewhere": ("schema", session("../../etc/inc-1")),
    "c1 somebody else's access": ("subject-not-author", for_("ben@example.com")),
    "c2 a group of the system": ("system-subject", for_("system:masters")),
    "c2 a user of kubeadm": ("system-subject", for_("kubeadm:cluster-admins")),
    "c3 any escalation": ("schema", session("inc-1", escalation='"*"')),
    "c4 a service account": ("system-subject", for_("system:serviceaccount:kube-system:default")),
    "c6 a way to more rights": (
        "nothing-to-grant",
        rules("rbac.authorization.k8s.io", "clusterroles", "bind, escalate"),
    ),
    "c8 our own objects": ("nothing-to-grant", rules("access.gitops-breakglass.dev", "grants", "get, update")),
}


@pytest.fixture(params=STAGES)
def stage(request, tmp_path):
    with STAGES[request.param](tmp_path, more=OFFER) as stage:
        yield stage


@pytest.mark.parametrize("row", REFUSED)
def test_b7_b8_c1_to_c8_the_gate_refuses_it_and_nobody_s_approval_grants_it(stage, row):
    rule, content = REFUSED[row]
    stage.alice.requests(WHAT, content)
    stage.ben.approves(WHAT)
    proposal = gate(stage.sources(), str(stage.changes[WHAT]), now=stage.clock.now())
    problems = proposal.effect.problems if proposal.effect else ()
    told = {each.rule for each in (*proposal.findings, *proposal.decision.reasons, *problems)}
    assert (proposal.may_merge, rule in told) == (False, True), told
    stage.ben.merges(WHAT)
    judged = stage.reconcile().plan.judged
    assert [each.request for each in judged if isinstance(each.decision, Granted)] == []
    assert stage.live() == []


def test_what_fits_the_offer_may_be_merged(stage):
    stage.alice.requests(WHAT, rules('""', "pods", "get"))
    stage.ben.approves(WHAT)
    assert gate(stage.sources(), str(stage.changes[WHAT]), now=stage.clock.now()).may_merge
