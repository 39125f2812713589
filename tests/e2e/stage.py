"""A whole installation in words: a real git repository, the local forge, a reconciler's key, and one cluster.

    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1"); stage.ben.approves("prod/inc-1"); stage.world.merge("prod/inc-1")
    stage.reconcile()
    stage.live()        # what gives access on the cluster now, by kind and namespace

The cluster is a folder of manifests with a simulated clock; `tests/cluster` does the same on a real API server.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.install import install_folder
from gitops_breakglass.flows.load import load_policy, load_request
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.decision import Denied, Granted, Pending, Unknown
from tests.git.world import World, keygen

START = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)

CONFIGURATION = """\
apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Configuration
forge:
  provider: local
  repository: acme/access
policyApprovers:
  users: [dana@example.com]
reconcilers:
  - name: ci
    publicKey: {key}
clusters:
  prod:
    {reached}
  edge:
    manifests: {{folder: out/edge}}
{more}
"""

CLUSTER = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: ClusterConfig
metadata:
  name: {name}
spec:
  environment: test
"""

POD_SHELL = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata:
  name: pod-shell-access
spec:
  escalatedGroup: pod-exec-access
  allowed:
    clusters: [prod]
    groups: [developers]
  approvers:
    groups: [team-leads]
  maxValidFor: 2h
  requestReason:
    mandatory: true
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: pod-exec-access
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [pods/exec]
    verbs: [create]
"""


class Stage:
    """People, repository, policy and cluster; alice and erin are developers, ben leads, dana approves policy."""

    def __init__(self, folder, *, policies=POD_SHELL, more="", groups=None, reached="manifests: {folder: out/prod}"):
        self.folder = folder
        self.world = World(folder)
        for name in ("alice", "erin", "ben", "dana", "mallory"):
            setattr(self, name, self.world.person(name))
        keygen("-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", str(folder / "reconciler"))
        self.public_key = " ".join((folder / "reconciler.pub").read_text().split()[:2])
        self.groups = groups or {"developers": ["alice", "erin"], "team-leads": ["ben"]}
        self.policy_files = {
            "breakglass.yaml": CONFIGURATION.format(key=self.public_key, more=more, reached=reached),
            "identities.yaml": self.identities(),
            "clusters/prod.yaml": CLUSTER.format(name="prod"),
            "clusters/edge.yaml": CLUSTER.format(name="edge"),
            "policies/shell.yaml": policies,
        }
        self.world.policy(self.policy_files)
        self.clock = SimulatedClock(START)
        self.cluster = ManifestsCluster("prod", folder / "out" / "prod", self.clock)
        self.install()

    def identities(self, **words):
        """Everybody but mallory, who has a key and is nobody."""
        mallory = self.world.people.pop("mallory")
        try:
            return self.world.identities(groups=self.groups, **words)
        finally:
            self.world.people["mallory"] = mallory

    def install(self):
        sources = self.sources()
        install_folder(self.cluster, policy=sources.policy_at(self.world.tip)[0])

    def sources(self, path=None):
        readers = {"loader": yamlfile.load, "catalog": schema_catalog()}
        forge = self.world.forge(path)
        return Sources(
            self.world.repository(path),
            forge,
            partial(load_policy, **readers),
            lambda file, content, blob: load_request(file, content, blob=blob, **readers),
        )

    @property
    def signer(self):
        return Ed25519Signer(self.folder / "reconciler")

    @property
    def hands(self):
        return Hands(self.cluster, self.signer, ThreadPool(4))

    def granted(self, what, *, author=None, approver=None, **words):
        """Request, approve, merge and reconcile; the uid of the request."""
        (author or self.alice).requests(what, **words)
        (approver or self.ben).approves(what, "go ahead")
        self.world.merge(what)
        decision = self.decision(self.reconcile(), what)
        assert isinstance(decision, Granted), decision

    def plan(self, path=None):
        return plan_cluster(self.cluster, self.sources(path), self.signer.verify)

    def reconcile(self, path=None, signer=None):
        """One run; its report of the cluster."""
        hands = Hands(self.cluster, signer or self.signer, ThreadPool(4))
        report = reconcile([hands], partial(self.sources, path))
        return report.clusters[0]

    def sweep(self):
        return sweep(self.cluster, ThreadPool(4))

    def passes(self, **duration):
        """Let time pass."""
        self.clock.sleep(timedelta(**duration).total_seconds())

    def live(self):
        """What gives access now, as `kind namespace`."""
        objects = self.cluster.read().objects
        return sorted(f"{each.key.kind} {each.key.namespace}".strip() for each in objects if is_grant_object(each))

    @staticmethod
    def decision(report, what):
        """The decision of a run on a request."""
        assert report.unreachable is None, report.unreachable
        found = [judged.decision for judged in report.plan.judged if str(judged.request) == what]
        assert found, (report.plan.findings, report.plan.unknown, report.plan.held)
        return found[0]

    @staticmethod
    def rules(decision):
        """The ids of the guards that did not let it pass."""
        match decision:
            case Denied():
                return [reason.rule for reason in (*decision.reasons, *decision.ignored)]
            case Pending() | Unknown():
                return [reason.rule for reason in decision.reasons]
        return []
