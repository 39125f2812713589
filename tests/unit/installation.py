"""What install is given: policies, and a cluster that keeps what is applied to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.install.bundle import InstallInput
from gitops_breakglass.core.install.guard_denies import IDLE, idle_binding
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.flows.install import access_to, prepare
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.kube import LiveObject, key_of
from gitops_breakglass.model.policy import (
    Audience,
    ClusterAccess,
    Configuration,
    Escalation,
    KubernetesTarget,
    Offer,
    PolicySide,
    Rbac,
    ReconcilerKey,
)
from gitops_breakglass.model.rules import Discovery

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ACCOUNT = "system:serviceaccount:gitops-breakglass:"
NOBODY = Audience()
NAMESAKES = (
    "Objects of others whose names begin with bg- are there and stay as they are: bg-other, bg-theirs."
    " The guard lets nobody make more of them."
)
TRUST = TrustRoot("acme/access", "c" * 40, ("ssh-ed25519 AAAA",), "uid-of-the-cluster")
READS = (rule(["get", "list"], ["configmaps", "secrets"]),)
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "grants.access.gitops-breakglass.dev"},
    "spec": {
        "group": "access.gitops-breakglass.dev",
        "scope": "Namespaced",
        "names": {"plural": "grants"},
        "versions": [],
    },
}

UPSTREAM_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "breakglasses.access.cloudnimbus.io"},
    "spec": {
        "group": "access.cloudnimbus.io",
        "scope": "Namespaced",
        "names": {"plural": "breakglasses"},
        "versions": [{"name": "v1alpha1", "served": True, "subresources": {"status": {}}}],
    },
}


def given(**changes):
    whole = InstallInput(
        crds=(CRD,),
        reconciler=f"{ACCOUNT}reconciler",
        sweeper=f"{ACCOUNT}sweeper",
        ceiling=READS,
        longest=timedelta(hours=8),
        trust=TRUST,
    )
    return replace(whole, **changes)


def an_escalation(name="pod-shell", clusters=("prod-*",), hours=2):
    return Escalation(
        name=name,
        group="pod-shell",
        clusters=clusters,
        allowed=NOBODY,
        approvers=NOBODY,
        max_valid_for=timedelta(hours=hours),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=Location("policies/x.yaml", 1, 1),
    )


def an_offer(clusters=("prod-*",), hours=4):
    return Offer("on-call", clusters, NOBODY, NOBODY, timedelta(hours=hours), rules=READS)


def a_policy(*, escalations=(), offers=(), keys=("ssh-ed25519 AAAA",), findings=()):
    configuration = Configuration(
        provider=Provider.LOCAL,
        repository="acme/access",
        policy_approvers=NOBODY,
        reconciler_keys=tuple(ReconcilerKey("ci", each) for each in keys),
        offers=offers,
        clusters={"prod-1": ClusterAccess("prod-1", KubernetesTarget())},
    )
    return PolicySide("c" * 40, configuration, Identities(), escalations=escalations, findings=findings)


class FakeAdministrator:
    """A cluster that keeps what is applied, and whose guard is in force some looks after it was applied."""

    name = "prod-1"

    def __init__(self, *, objects=(), rbac=None, looks=0, pods=()):
        self.pods = dict(pods)
        self.objects = {key_of(each): each for each in objects}
        self.applied = []
        self.theirs = {}
        """What others added to specs, by key: applying leaves it there."""
        self.looks = looks
        self._rbac = rbac or Rbac()

    def uid(self):
        return "uid-of-the-cluster"

    def get(self, key):
        found = self.objects.get(key)
        return None if found is None else LiveObject(key, "uid", found)

    def rbac(self):
        return self._rbac

    def discovery(self):
        return Discovery()

    def pod_counts(self):
        return self.pods

    def apply(self, manifest):
        self.applied.append(manifest)
        established = {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
        is_crd = manifest["kind"] == "CustomResourceDefinition"
        self.objects[key_of(manifest)] = {**manifest, **(established if is_crd else {})}
        if theirs := self.theirs.get(key_of(manifest)):
            self.objects[key_of(manifest)]["spec"] = {**manifest["spec"], **theirs}

    def replace(self, live, manifest):
        self.theirs.pop(live.key)
        self.objects[live.key] = manifest

    def refusal(self, manifest):
        if manifest["kind"] == "ConfigMap":
            # The server begins to watch parameters when something is bound to them.
            return f"denied request: {IDLE}" if idle_binding() in self.applied else None
        assert manifest["metadata"]["name"].startswith("bg-")
        self.looks -= 1
        policies = [each for each in self.applied if each["kind"] == "ValidatingAdmissionPolicy"]
        return policies[-1]["spec"]["validations"][0]["message"] if self.looks < 0 else None


def prepared(administrator, policy=None, **crds):
    policy = policy or a_policy(offers=(an_offer(),))
    return prepare(administrator, access_to(policy, "prod-1"), policy=policy, crds=(CRD,))
