"""Aggregated roles of the policy side hold what a real controller manager fills the same documents in with."""

import pytest
import yaml

from gitops_breakglass.adapters.cluster.rbac import rbac_of
from gitops_breakglass.core.rbac.aggregate import with_gathered
from gitops_breakglass.core.rbac.algebra import canonical, from_manifest
from gitops_breakglass.core.read.rbac import read_role
from gitops_breakglass.model.kube import LiveObject, key_of
from tests.cluster.harness.becoming import eventually
from tests.unit.read.documents import document

ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
PLAIN = {
    "pods": ({"MARK": "in"}, "{apiGroups: [''], resources: [pods], verbs: [get, list]}"),
    "nodes": ({"MARK": "in", "tier": "infra"}, "{apiGroups: [''], resources: [nodes], verbs: [get]}"),
    "probes": ({"MARK": "in", "tier": "web"}, "{nonResourceURLs: [/healthz], verbs: [get]}"),
    "others": ({"MARK": "out"}, "{apiGroups: [''], resources: [secrets], verbs: [get]}"),
}
GATHERED = {
    "by-label": "{matchLabels: {MARK: in}}",
    "by-two-labels": "{matchLabels: {MARK: in, tier: web}}",
    "in": "{matchExpressions: [{key: MARK, operator: In, values: [in, out]}]}",
    "not-in": "{matchLabels: {MARK: in}, matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}",
    "exists": "{matchLabels: {MARK: in}, matchExpressions: [{key: tier, operator: Exists}]}",
    "lacks": "{matchLabels: {MARK: in}, matchExpressions: [{key: tier, operator: DoesNotExist}]}",
    "either": "{matchLabels: {MARK: out}}, {matchLabels: {MARK: in, tier: infra}}",
    "in-turn": "{matchLabels: {MARK: gathered}}",
    "none": "{matchLabels: {MARK: nobody}}",
}
HEAD = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: MARK-%s, labels: {%s}}, %s}"


def texts(mark):
    """Write every role, in their own corner of the cluster by a label of their own."""
    found = [
        HEAD % (name, ", ".join(f"{key}: {value}" for key, value in labels.items()), f"rules: [{rule}]")
        for name, (labels, rule) in PLAIN.items()
    ]
    found += [
        HEAD
        % (name, "MARK: gathered" if name == "by-label" else "", f"aggregationRule: {{clusterRoleSelectors: [{of}]}}")
        for name, of in GATHERED.items()
    ]
    return [each.replace("MARK", mark) for each in found]


@pytest.fixture
def mark(user, admin):
    mark = f"{user.fresh().name}-gather".replace(":", "-").replace("@", "-").replace(".", "-")[-40:].strip("-")
    yield mark
    for each in texts(mark):
        admin.status("DELETE", f"{ROLES}/{yaml.safe_load(each)['metadata']['name']}")


def test_the_controller_manager_fills_in_the_same_rules(admin, mark):
    written = texts(mark)
    for each in written:
        # A role that is there before what it gathers, and one that has rules of its own already.
        admin.must("POST", ROLES, {"rules": [], **yaml.safe_load(each)})
    ours = {
        role.name: canonical(role.rules)
        for role in with_gathered([read_role(document(each)).value for each in written])
    }

    def theirs():
        return {name: canonical(from_manifest(admin.must("GET", f"{ROLES}/{name}")["rules"])) for name in ours}

    eventually(lambda: theirs() == ours)
    live = [admin.must("GET", f"{ROLES}/{name}") for name in ours]
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    read = rbac_of([LiveObject(key_of({**head, **each}), "uid", {**head, **each}) for each in live])
    assert {role.name: canonical(role.rules) for role in read.roles} == ours
