"""A debug session with all parts, made and ended by processes that die between any two calls to a real API server.

`python -m tests.cluster.debug_crashes` tries every place to die at; the tests try a sample.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.administrator import Administrator
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.debug.marked_objects import session_objects
from gitops_breakglass.core.debug.rights import rights_on
from gitops_breakglass.core.names import request_uid, session_name, session_object_name
from gitops_breakglass.core.record import DECISION_TYPE, digest_of, read_unproved, record_manifest
from gitops_breakglass.core.render.grant import inventory_of, render_resource, render_window
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.install import apply, prepare
from gitops_breakglass.flows.sweep import sweep
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, Part, PodOperations, SessionObject
from gitops_breakglass.model.debug_state import Remains
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import PREFIX, SESSION_VARIABLE, LiveObject, ObjectKey, key_of
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.debug_asked import CLUSTER, NODE, Place
from tests.cluster.debug_stage import DebugStage
from tests.cluster.dying import Dying
from tests.cluster.harness.becoming import eventually
from tests.cluster.install_fixture import ACCESS, a_policy_side
from tests.cluster.replay_stage import AtTime
from tests.cluster.stopping import StoppedError

REPOSITORY = "acme/access"
_SPEC = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 1}
_CONTAINER = {"name": "main", "image": "busybox:1.36"}


@dataclass(frozen=True)
class Scenario:
    """One session, approved and signed, of which nothing is on the cluster yet."""

    statement: Statement
    payload: str
    place: Place

    @property
    def debug(self) -> DebugGrant:
        """What the session makes."""
        assert self.statement.debug is not None
        return self.statement.debug


class Crashes:
    """A stage with an API server, on which sessions are made and ended by processes that die."""

    def __init__(self, folder: Path) -> None:
        self.stage = DebugStage(folder)
        # Templates that together ask for all that sessions can make.
        administrator = Administrator(CLUSTER, KubernetesTarget(str(self.stage.server.admin_kubeconfig)))
        built = prepare(administrator, ACCESS, policy=a_policy_side(), crds=crds()).bundle
        apply(administrator, built, clock=SystemClock())
        self.reconciler = KubernetesTarget(str(self.stage.reconciler_config))
        self.sweeper = KubernetesTarget(str(self.stage.sweeper.kubeconfig))
        self.signer = Ed25519Signer(folder / "signing-key")
        self._sessions = 0

    def scenario(self) -> Scenario:
        """A session of a name of its own, whose window began just now."""
        self._sessions += 1
        request = RequestId(CLUSTER, f"crash-{self._sessions}")
        uid = request_uid(REPOSITORY, request.path, f"{self._sessions:040x}")
        place = self.stage.place()
        pod = self.stage.admin.must("GET", place.target.path)
        start = self.stage.now()
        statement = Statement(
            repository=REPOSITORY,
            cluster=CLUSTER,
            cluster_uid="u",
            request=request,
            kind="DebugSession",
            uid=uid,
            path=request.path,
            blob="b" * 40,
            landing=f"{self._sessions:040x}",
            decided_at=start,
            outcome="granted",
            subject=Subject("User", "alice@example.com"),
            windows=(Window(start, start + timedelta(minutes=30)),),
            spec={"templateRef": "everything", "cluster": CLUSTER, "requestedBy": "alice@example.com"},
            debug=_grant(session_name(REPOSITORY, request), place, pod["metadata"]["uid"]),
        )
        return Scenario(statement, print_statement(statement), place)

    def makes(self, scenario: Scenario, lives: int) -> bool:
        """Make the session as far as the process lives; whether it lived to the end."""
        with Dying(CLUSTER, self.reconciler, lives) as cluster:
            try:
                self._make(scenario, cluster)
            except StoppedError:
                return False
            return True

    def sweeps(self, scenario: Scenario, lives: int | None = None, *, minutes: int = 31) -> bool:
        """Sweep so many minutes after the beginning; whether the process lived to the end."""
        at = scenario.statement.windows[0].start + timedelta(minutes=minutes)
        if lives is None:
            with KubernetesCluster(CLUSTER, self.sweeper) as cluster:
                self._sweep(cluster, at)
            return True
        with Dying(CLUSTER, self.sweeper, lives) as dying:
            try:
                self._sweep(dying, at)
            except StoppedError:
                return False
            return not dying.has_died

    def has_ended(self, scenario: Scenario) -> tuple[str, ...]:
        """Sweep until it says that the session has ended, and assert that nothing is left; how its containers stand."""
        eventually(lambda: self.sweeps(scenario) and not self.left(scenario), seconds=20)
        self.sweeps(scenario)
        assert self.left(scenario) == []
        pod = self.stage.admin.must("GET", scenario.place.target.path)
        there = [each["name"] for each in pod["spec"].get("ephemeralContainers", ())]
        record = self.record(scenario)
        if record is None:
            assert there == []
            return ()
        assert record.ended_at is not None
        assert [each.container for each in record.session.still_there] == there
        assert len(there) <= len(scenario.debug.injections)
        return tuple(each.state.value for each in self.remains(record))

    def remains(self, record: Record) -> Sequence[Remains]:
        """What the record says of ephemeral containers."""
        return record.session.remains

    def record(self, scenario: Scenario) -> Record | None:
        """The session's record as it lies there."""
        for each in self.stage.custom("grants"):
            if each["spec"]["request"]["uid"] == scenario.statement.uid:
                return read_unproved(LiveObject(key_of(each), each["metadata"]["uid"], each))
        return None

    def left(self, scenario: Scenario) -> list[str]:
        """What is on the cluster that the session made, but for its record and the resource beside it."""
        names = (scenario.debug.name, scenario.debug.namespace, f"{PREFIX}{scenario.statement.request.name}-")
        return sorted(
            path
            for path in self.stage.everything()
            if path.rpartition("/")[2].startswith(names) and "/grants" not in path and "/debugsessions" not in path
        )

    def close(self) -> None:
        """Stop everything."""
        self.stage.close()

    def _make(self, scenario: Scenario, cluster: ClusterWriter) -> None:
        """Make it in the order in which a run makes it."""
        statement, digest = scenario.statement, digest_of(scenario.payload)
        window = statement.windows[0]
        envelope = self.signer.sign(DECISION_TYPE, scenario.payload)
        cluster.create(record_manifest(statement, envelope, inventory_of(statement, digest)))
        resource = render_resource(statement, digest)
        assert resource is not None
        cluster.create(resource)
        for manifest in session_objects(statement, window, digest).values():
            cluster.create(manifest)
            if manifest["kind"] == "Namespace":
                # Controllers do so, a moment later.
                accounts = f"/api/v1/namespaces/{scenario.debug.namespace}/serviceaccounts"
                self.stage.admin.request("POST", accounts, {"metadata": {"name": "default"}})
        pods: dict[str, list[str]] = {}
        for each in scenario.debug.injections:
            pod = cluster.get(ObjectKey("v1", "Pod", each.namespace, each.pod))
            assert pod is not None
            cluster.inject(pod, each.container)
            pods.setdefault(each.namespace, []).append(each.pod)
        for each in (each for each in scenario.debug.objects if each.part is Part.POD):
            pods.setdefault(each.key.namespace, []).append(each.key.name)
        for manifest in render_window(statement, window, rights_on(scenario.debug, pods, "debug/everything"), digest):
            cluster.create(manifest)

    def _sweep(self, cluster: ClusterWriter, at: datetime) -> None:
        report = sweep(AtTime(cluster, at), ThreadPool())
        assert not report.unreachable, report.unreachable
        failed = [f"{each.key}: {each.error}" for each in report.outcomes if isinstance(each, Failed)]
        assert not failed, failed


def all_makings(crashes: Crashes, ns: Iterable[int]) -> int:
    """Die at each of these places while a session is made, then only sweep after its end; how many were tried."""
    tried = 0
    for n in ns:
        scenario = crashes.scenario()
        lived = crashes.makes(scenario, n)
        states = crashes.has_ended(scenario)
        assert set(states) <= {"still-there"}
        tried += 1
        if lived:
            break
    return tried


def all_endings(crashes: Crashes, ns: Iterable[int]) -> int:
    """Die at each of these places while a whole session is swept, then sweep again; how many were tried."""
    tried = 0
    for n in ns:
        scenario = crashes.scenario()
        assert crashes.makes(scenario, sys.maxsize)
        # The copies' own time is over, and the session goes on.
        crashes.sweeps(scenario, n, minutes=11)
        lived = crashes.sweeps(scenario, n)
        assert crashes.has_ended(scenario) == ("still-there",)
        tried += 1
        if lived:
            break
    return tried


def _grant(name: str, place: Place, pod_uid: str) -> DebugGrant:
    space = f"debug-{name.removeprefix(PREFIX)}"

    def called(what: str) -> dict[str, Any]:
        return {"name": session_object_name(name, what), "namespace": space}

    selected = {"gitops-breakglass.dev/session": name}
    template = {"metadata": {"labels": selected}, "spec": {**_SPEC, "containers": [_CONTAINER]}}
    workload = {"replicas": 2, "selector": {"matchLabels": selected}, "template": template}
    node = {**_SPEC, "nodeName": NODE, "containers": [_CONTAINER]}
    copy = {**_SPEC, "containers": [_CONTAINER], "restartPolicy": "Never"}

    def an_object(
        api: str, kind: str, what: str, part: Part, ttl: timedelta | None = None, **more: Any
    ) -> SessionObject:
        return SessionObject({"apiVersion": api, "kind": kind, "metadata": called(what), **more}, part, ttl=ttl)

    network = {"podSelector": {"matchLabels": selected}, "policyTypes": ["Ingress", "Egress"]}
    env = [{"name": SESSION_VARIABLE, "value": name}]
    container = {**_CONTAINER, "name": session_object_name(name, "debug-0"), "env": env}
    return DebugGrant(
        name=name,
        template="everything",
        binding="",
        namespace=space,
        operations=PodOperations(),
        objects=(
            SessionObject({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}, Part.NAMESPACE),
            an_object("v1", "ResourceQuota", "rq", Part.LIMIT, spec={"hard": {"pods": "50"}}),
            an_object("networking.k8s.io/v1", "NetworkPolicy", "np", Part.LIMIT, spec=network),
            an_object("v1", "ConfigMap", "settings", Part.AUXILIARY, data={"a": "b"}),
            an_object("apps/v1", "Deployment", "w", Part.WORKLOAD, spec=workload),
            an_object("v1", "Pod", "copy-0", Part.POD, timedelta(minutes=10), spec=copy),
            an_object("v1", "Pod", "node-0", Part.POD, spec=node),
        ),
        injections=(Injection(place.namespace, place.pod, pod_uid, container),),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        crashes = Crashes(Path(folder))
        try:
            print(f"{all_makings(crashes, range(sys.maxsize))} places to die at while a session is made", flush=True)
            print(f"{all_endings(crashes, range(sys.maxsize))} places to die at while it is swept")
        finally:
            crashes.close()
