"""A cluster as an administrator has installed it, with a broad ceiling: fixtures `installed`, `installed_world`.

It is an API server beside the bare one: on this one the guard lets no test make objects of grants by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.administrator import Administrator
from gitops_breakglass.core.install.bundle import Bundle
from gitops_breakglass.core.install.trust_root import trust_root
from gitops_breakglass.flows.install import apply, prepare
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.kube import NAMESPACE, RBAC, RBAC_GROUP
from gitops_breakglass.model.policy import (
    Audience,
    ClusterAccess,
    Configuration,
    KubernetesTarget,
    Offer,
    PolicySide,
    ReconcilerKey,
)
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.locks import locked
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World
from tests.cluster.witness_stage import Stage
from tests.debug_side import EVERYTHING, a_debug_side

CLUSTER = "prod-cluster-1"
LONGEST = timedelta(days=14)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

BEFORE = "before-install"
NAMESAKE = f"/apis/{RBAC}/namespaces/{BEFORE}/rolebindings/bg-namesake"
"""A binding of others that has our prefix: since the guard is there nobody can make one any more."""

ACCESS = ClusterAccess(CLUSTER, KubernetesTarget())


def a_policy_side(*, longest: timedelta = LONGEST, roles: frozenset[str] = frozenset({"cluster-admin"})) -> PolicySide:
    """Return a policy side whose one offer is all that `cluster-admin` may, but what is never granted."""
    offer = Offer("everything", ("*",), Audience(), Audience(), longest, cluster_roles=roles)
    configuration = Configuration(
        provider=Provider.LOCAL,
        repository="acme/access",
        policy_approvers=Audience(users=frozenset({"dana@example.com"})),
        reconciler_keys=(ReconcilerKey("ci", KEY),),
        offers=(offer,),
        clusters={CLUSTER: ACCESS},
    )
    return PolicySide("c" * 40, configuration, Identities((), ()), debug=a_debug_side(*EVERYTHING))


@dataclass(frozen=True)
class Installed:
    """What was installed, and the two identities that it made, each with a kubeconfig."""

    server: ApiServer
    users: Users
    """`installed.users("alice@example.com")` is Alice on this cluster."""
    administrator: Administrator
    bundle: Bundle
    uid: str
    """The cluster's."""
    reconciler: Actor
    sweeper: Actor

    @property
    def admin(self) -> Actor:
        return self.users.admin

    def pin(self, trust: TrustRoot) -> None:
        """Put another trust root in the place of the one that is there, as an administrator may."""
        self.administrator.apply(trust_root(trust))


def administrator_of(server: ApiServer) -> Administrator:
    """Return the cluster as the test's administrator reaches it."""
    return Administrator(CLUSTER, KubernetesTarget(kubeconfig=str(server.admin_kubeconfig)))


def install_once(server: ApiServer, administrator: Administrator) -> Bundle:
    """Install unless another test process has; return what was installed."""
    policy = a_policy_side()
    with locked(server.folder / "install.lock"):
        built = prepare(administrator, ACCESS, policy=policy, crds=crds()).bundle
        # By the cluster, not by the folder: when the last test process that used it has left, it starts anew.
        done = server.folder / f"installed-{administrator.uid()}"
        if not done.exists():
            _make_namesake(server)
            apply(administrator, built, clock=SystemClock())
            done.touch()
    return built


def _make_namesake(server: ApiServer) -> None:
    collection, _, name = NAMESAKE.rpartition("/")
    ref = {"apiGroup": RBAC_GROUP, "kind": "Role", "name": "any"}
    with server.admin() as admin:
        admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": BEFORE}})
        admin.must("POST", collection, {"metadata": {"name": name}, "roleRef": ref})


@contextmanager
def installation(folder: Path, *, wait: bool) -> Iterator[Installed]:
    """Start or join the API server of the folder and install on it; `wait` until it has ended where nobody else can use it."""
    server = ApiServer.join(folder / "kube-apiserver")
    people = folder / f"users-{uuid.uuid4().hex[:8]}"
    people.mkdir()
    users = Users(server, people)
    with administrator_of(server) as administrator:
        bundle = install_once(server, administrator)
        reconciler, sweeper = (users.service_account(NAMESPACE, name) for name in ("reconciler", "sweeper"))
        yield Installed(server, users, administrator, bundle, administrator.uid(), reconciler, sweeper)
    users.close()
    server.leave(wait=wait)


@contextmanager
def staged(installed: Installed) -> Iterator[Stage]:
    """Give a stage in a namespace of its own, and clear both away."""
    world = World(installed.admin, "nowhere")
    stage = Stage(installed.admin, installed.reconciler, installed.sweeper, world.namespace())
    yield stage
    stage.close()
    world.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Iterator[Installed]:
    """Give the one installed cluster of the run, shared between all test processes."""
    alone = worker == "main"
    base = tmp_path_factory.getbasetemp()
    with installation((base if alone else base.parent) / "installed", wait=False) as installed:
        yield installed


@pytest.fixture(scope="session")
def installed_kubelet(installed: Installed, tmp_path_factory: pytest.TempPathFactory, worker: str) -> Iterator[Kubelet]:
    """Run a kubelet of this test process's own on the installed cluster."""
    kubelet = Kubelet(installed.server, installed.users, tmp_path_factory.mktemp("kubelet"), f"node-{worker}")
    yield kubelet
    kubelet.close()


@pytest.fixture
def installed_world(installed: Installed, installed_kubelet: Kubelet) -> Iterator[World]:
    """Give the test its own namespaces on the installed cluster, with objects of others lying about."""
    world = World(installed.admin, installed_kubelet.node)
    yield world
    world.close()
