"""A folder in which debug sessions end: pods linger, others have pods, and what is deleted is noted, or refused."""

from datetime import UTC, datetime, timedelta

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.names import request_uid
from gitops_breakglass.core.record import DECISION_TYPE, digest_of, record_manifest
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.grant import Envelope, Statement
from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    RBAC,
    REQUEST,
    LiveObject,
    ObjectKey,
    key_of,
)
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window, print_time

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OVER, OPEN = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
KINDS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Role": RBAC,
    "RoleBinding": RBAC,
}


class Cluster(ManifestsCluster):
    """A folder in whose pods linger, in which others have pods, and whose deletions are noted, refused, or followed by more."""

    def __init__(self, folder):
        self.clock = SimulatedClock(NOW)
        super().__init__("prod", folder, self.clock)
        self.initialise()
        self.deleted = []
        self.refuses = set()
        self.confirms = True
        self.others = []
        self.after = {}

    def delete(self, live):
        if live.key.kind in self.refuses:
            msg = f"{live.key} stays"
            raise RefusedError(msg)
        self.deleted.append(f"{live.key.kind} {live.key.name}")
        if live.key.kind == "Pod" and not self.confirms:
            there = self.get(live.key)
            metadata = {**there.manifest["metadata"], "deletionTimestamp": print_time(NOW)}
            self.replace(there, {**there.manifest, "metadata": metadata})
        else:
            super().delete(live)
        for manifest in self.after.pop(live.key.kind, ()):
            owner = [{"kind": live.key.kind, "uid": live.uid, "controller": True}]
            self.create({**manifest, "metadata": {**manifest["metadata"], "ownerReferences": owner}})

    def pods(self, namespace):
        theirs = (ObjectKey("v1", "Pod", place, name) for place, name in self.others if place == namespace)
        return (*super().pods(namespace), *(LiveObject(key, "u", {"metadata": {}}) for key in theirs))

    def names(self):
        return sorted(f"{live.key.kind} {live.key.name}" for live in self.read().objects if live.key.kind != "Grant")


class Session:
    """A session of a person with its record; `made` writes objects of it."""

    def __init__(self, cluster, name="net", *, end=OVER, namespace="debug", debug=None):
        self.cluster, self.name, self.end, self.namespace = cluster, name, end, namespace
        path = f"requests/prod/{name}.yaml"
        self.uid = request_uid("acme/access", path, "a" * 40)
        self.statement = Statement(
            repository="acme/access",
            cluster="prod",
            cluster_uid="uid-1",
            request=RequestId("prod", name),
            kind="DebugSession",
            uid=self.uid,
            path=path,
            blob="b" * 40,
            landing="a" * 40,
            decided_at=NOW - timedelta(hours=2),
            outcome="granted",
            subject=Subject("User", "alice@example.com"),
            windows=(Window(NOW - timedelta(hours=2), end),),
            debug=debug,
        )
        self.payload = print_statement(self.statement)

    def recorded(self, *inventory):
        envelope = Envelope(DECISION_TYPE, self.payload, "key", "signature")
        keys = [key_of(self.manifest(kind, name)) for kind, name in inventory]
        self.record = key_of(record_manifest(self.statement, envelope, keys))
        self.cluster.create(record_manifest(self.statement, envelope, keys))
        return self

    def manifest(self, kind, what="", *, end=None, **more):
        name = what if kind == "Namespace" else f"bg-{self.name}{f'-{what}' if what else ''}"
        place = {} if kind == "Namespace" else {"namespace": self.namespace}
        marks = {EXPIRES_AT: print_time(end or self.end), DECISION: digest_of(self.payload)}
        labels = {MANAGED_BY: MANAGER, REQUEST: self.uid}
        return {
            "apiVersion": KINDS.get(kind, "v1"),
            "kind": kind,
            "metadata": {"name": name, **place, "labels": labels, "annotations": marks},
            **more,
        }

    def makes(self, kind, what="", **more):
        return self.cluster.create(self.manifest(kind, what, **more))

    def status(self):
        return self.cluster.get(self.record).manifest.get("status") or {}


def swept(cluster):
    return sweep(cluster, ThreadPool(1)).outcomes


def told(outcomes, kind):
    """What the outcomes of one kind say, by name."""
    return [f"{each.key.name}: {each.why}" for each in outcomes if isinstance(each, kind)]


def without_labels(cluster, live):
    bare = {**live.manifest["metadata"], "labels": {}, "annotations": {}}
    # The list of a folder is of what is labelled.
    cluster.replace(live, {**live.manifest, "metadata": bare})
