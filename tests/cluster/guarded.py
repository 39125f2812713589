"""Somebody whose calls deny policies refuse: made on the installed cluster as the reconciler makes it for a grant."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.core.render.guard import render_guard
from gitops_breakglass.model.enforcement import GuardRule
from gitops_breakglass.model.errors import GoneError
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.world import World
from tests.cluster.install_fixture import Installed

EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
REFUSED = "the guard: the deny policy keep-out keeps this from what was granted"


def a_rule(*verbs: str, resource: str = "configmaps", group: str = "", **more: object) -> GuardRule:
    """A rule on one resource, and on the resource itself unless `subresources` says otherwise."""
    whole = GuardRule("keep-out", tuple(verbs), (group,), (resource,), ("",))
    return replace(whole, **more)


def a_grant_for(subject: Subject, *rules: GuardRule) -> dict[str, object]:
    """The parameters of a grant of an hour, from now on."""
    now = datetime.now(UTC).replace(microsecond=0)
    window = Window(now, now + timedelta(hours=1))
    uid = uuid.uuid4().hex
    statement = Statement(
        repository="acme/access",
        cluster="prod-cluster-1",
        cluster_uid="u",
        request=RequestId("prod-cluster-1", "inc-1"),
        kind="BreakglassSession",
        uid=uid,
        path="requests/prod-cluster-1/inc-1.yaml",
        blob="b",
        landing="c",
        decided_at=now,
        outcome="granted",
        subject=subject,
        windows=(window,),
    )
    return render_guard(statement, window, rules, "0" * 64)


class Guarded:
    """The installed cluster with a namespace of the test's own, in which `person` may do everything."""

    def __init__(self, installed: Installed, world: World, cluster: KubernetesCluster) -> None:
        self.installed = installed
        self.world = world
        self.cluster = cluster
        self.namespace = world.namespace()
        self.person = installed.users.fresh()
        self._made: list[LiveObject] = []
        self.lets(self.person)

    def lets(self, person: Actor, namespace: str = "") -> None:
        self.world.grant(namespace or self.namespace, person.name, EVERYTHING)

    def denies(self, *rules: GuardRule, subject: Subject | None = None) -> LiveObject:
        """Refuse the person what the rules say, and wait until that is in force."""
        made = self.cluster.create(a_grant_for(subject or Subject("User", self.person.name), *rules))
        self._made.append(made)
        self.waits_for(made)
        return made

    def waits_for(self, made: LiveObject) -> None:
        eventually(lambda: self.cluster.in_force(made), f"{made.key} is not in force")

    def path(self, resource: str, name: str = "", *, api: str = "/api/v1", namespace: str = "") -> str:
        return f"{api}/namespaces/{namespace or self.namespace}/{resource}" + (f"/{name}" if name else "")

    def makes(self, *names: str, resource: str = "configmaps", namespace: str = "") -> None:
        """Make objects as the administrator."""
        for name in names:
            self.installed.admin.must("POST", self.path(resource, namespace=namespace), {"metadata": {"name": name}})

    def close(self) -> None:
        for made in self._made:
            with suppress(GoneError):
                self.cluster.delete(made)


@contextmanager
def guarded(installed: Installed, world: World) -> Iterator[Guarded]:
    """Give a test its own person and namespace; what is denied is allowed again afterwards."""
    with KubernetesCluster("prod-cluster-1", KubernetesTarget(str(installed.reconciler.kubeconfig))) as cluster:
        stage = Guarded(installed, world, cluster)
        try:
            yield stage
        finally:
            stage.close()
