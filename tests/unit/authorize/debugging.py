"""Debug templates, bindings and sessions for decisions in the small world."""

from dataclasses import replace

from gitops_breakglass.adapters.yamlfile import load
from gitops_breakglass.core.authorize import Case, authorize
from gitops_breakglass.core.read.debug_session import read_debug_session
from gitops_breakglass.core.read.debug_side import read_debug_side
from gitops_breakglass.core.render.decision import Place
from gitops_breakglass.flows.denies import Look
from gitops_breakglass.flows.judge import ClusterFacts, judge
from gitops_breakglass.model.enforcement import DenyFacts
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, Rbac
from gitops_breakglass.model.rules import Discovery
from tests.unit.authorize.world import BLOB, ID, LANDING, NOW, change, policy, review

POD = """\
kind: DebugPodTemplate
metadata: {name: tools}
spec: {podSpec: {containers: [{name: tools, image: "tools:1"}]}}
"""
TEMPLATE = """\
kind: DebugSessionTemplate
metadata: {name: network, labels: {team: net}}
spec:
  mode: workload
  workloadType: Deployment
  podTemplateRef: tools
  allowed: {clusters: [prod], groups: [developers]}
  approvers: {groups: [leads]}
  constraints: {maxDuration: 4h, defaultDuration: 1h}
"""
BINDING = """\
kind: DebugSessionClusterBinding
metadata: {name: eu, namespace: teams}
spec:
  templateRef: {name: network}
  clusters: [prod]
"""
REQUEST = """\
kind: DebugSession
metadata: {name: inc-1}
spec:
  templateRef: network
"""


def side(*documents, template=TEMPLATE, **more):
    """Return a policy side with the template, its pod, and more documents."""
    text = "---\n".join([POD, template, *documents])
    findings = []
    debug = read_debug_side(load(text.encode(), "policies/debug.yaml").documents, (), findings)
    assert [each.message for each in findings if each.is_error] == []
    usual = policy(**more)
    access = {"prod": ClusterAccess("prod", KubernetesTarget())}
    return replace(usual, debug=debug, configuration=replace(usual.configuration, clusters=access))


def asked(more=""):
    """Return a request with more lines of its spec."""
    (document,) = load((REQUEST + more).encode(), ID.path).documents
    read = read_debug_session(document, ID)
    assert read.value is not None, read.findings
    return read.value


def decided(request, *sides, reviews=(), now=NOW, facts=None, **changes):
    """Return the decision on a merged change."""
    facts = facts or {}
    sides = sides or (side(),)
    return authorize(Case(request, change(*reviews, **changes), tuple(sides), facts=facts), now=now)


def namespaces(key):
    """Return every namespace, and nothing else."""
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}}
    return LiveObject(key, f"uid-of-{key.name}", manifest) if key.kind == "Namespace" else None


def judged(request, *sides, reviews=None, get=None, **changes):
    """Return what a run makes of a merged change on its cluster."""
    facts = ClusterFacts("uid-1", Rbac(), Discovery(()), Look(lambda _needs: DenyFacts()), get or namespaces)
    reviews = (review("ben"),) if reviews is None else reviews
    place = Place("1", "uid-1", "u" * 32, LANDING, BLOB, "")
    return judge(request, change(*reviews, **changes), sides or (side(),), (), facts, place, now=NOW)
