"""Debug sessions from statements that are signed here, on a folder whose pods can be injected into and whose controllers are the test."""

from dataclasses import replace

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.cluster.injecting import added
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.core.debug.rights import bounds_of
from gitops_breakglass.core.names import request_uid, session_name
from gitops_breakglass.core.record import DECISION_TYPE, digest_of, record_manifest
from gitops_breakglass.core.render.grant import inventory_of
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.load import load_policy, load_request
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, Part, PodOperations, SessionObject
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import key_of
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window
from tests.debug_side import a_debug_side, a_template
from tests.e2e.stage import START, Stage
from tests.git.world import path_of

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
  invitedParticipants: [ben@example.com]
"""
SOURCE = "debug-template/network"
NAME = session_name("acme/access", RequestId("prod", "look"))
PLACE = "debug"
ALICE, BEN = Subject("User", "alice@example.com"), Subject("User", "ben@example.com")
MARK = {
    "apiGroups": ["guard.gitops-breakglass.dev"],
    "resources": ["podrules"],
    "resourceNames": ["session"],
    "verbs": ["hold"],
}


def thing(kind, what, api="v1", *, place=PLACE, **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": f"{NAME}-{what}", "namespace": place}, **more}


def deployment(what="pods", image="tools:1", replicas=1):
    labels = {"gitops-breakglass.dev/session": NAME}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "tools", "image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return SessionObject(thing("Deployment", what, "apps/v1", spec=spec), Part.WORKLOAD)


def quota(**more):
    spec = {"hard": {"limits.cpu": "1000m", "pods": "2"}}
    return SessionObject(thing("ResourceQuota", "quota", spec=spec), Part.LIMIT, **more)


def config(what="config", part=Part.AUXILIARY, **more):
    return SessionObject(thing("ConfigMap", what, data={"a": "b"}), part, **more)


def copy(what="copy", **more):
    spec = {"containers": [{"name": "main", "image": "app:1"}]}
    return SessionObject(thing("Pod", what, spec=spec), Part.POD, **more)


def injection(pod="web-0", uid="", place="shop", image="busybox:1"):
    return Injection(place, pod, uid, {"name": f"{NAME}-eph", "image": image, "command": ["sh"], "stdin": True})


class Cluster(ManifestsCluster):
    """A folder that lets containers be added to its pods, and in which `control` does what controllers do."""

    def __init__(self, *args):
        super().__init__(*args)
        self.calls = []
        self.refuses = {}
        self.made = 0

    def create(self, manifest):
        key = key_of(manifest)
        self.calls.append(f"create {key}")
        if (problem := self.refuses.get(key.kind)) is not None:
            raise problem
        return super().create(manifest)

    def inject(self, pod, container):
        self.calls.append(f"inject {container['name']} {pod.key}")
        there = added(self.name, pod, container, self.get(pod.key))
        if there is not None:
            return there
        now = self.get(pod.key)
        spec = now.manifest["spec"]
        containers = [*(spec.get("ephemeralContainers") or ()), dict(container)]
        return self.replace(now, {**now.manifest, "spec": {**spec, "ephemeralContainers": containers}})

    def in_force(self, live, *, within=0.0):
        return True

    def pod(self, name="web-0", place="shop"):
        """A running pod of others."""
        spec = {"containers": [{"name": "main", "image": "app:1"}]}
        manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": place}, "spec": spec}
        return super().create(manifest)

    def control(self, *, uid=None, count=1):
        """Make a ReplicaSet and pods for every Deployment, as its controllers do; the names of the pods."""
        names = []
        for live in self.read().objects:
            if live.key.kind != "Deployment":
                continue
            template = live.manifest["spec"]["template"]
            self.made += 1
            name = f"{live.key.name}-{self.made}"
            owned = self._owned("ReplicaSet", name, live.key.namespace, uid or live.uid, template["metadata"])
            made = super().create({"apiVersion": "apps/v1", **owned, "spec": {"template": template}})
            for number in range(count):
                pod = self._owned("Pod", f"{name}-{number}", live.key.namespace, made.uid, template["metadata"])
                super().create({"apiVersion": "v1", **pod, "spec": template["spec"]})
                names.append(f"{name}-{number}")
        return names

    def _owned(self, kind, name, place, owner, metadata):
        references = [{"kind": "x", "uid": owner, "controller": True}]
        return {"kind": kind, "metadata": {**metadata, "name": name, "namespace": place, "ownerReferences": references}}

    def say(self, live, **status):
        self.replace_status(live.key, {**self.get(live.key).manifest, "status": status})


class MadeStage(Stage):
    """A stage with one signed session on it; `debug` is what it makes."""

    def __init__(self, folder, debug, *, source=SOURCE, **more):
        self.debug, self.source = a_debug_side(template()), source
        # There are sessions on no folder; what a run makes of them on one is what is looked at.
        super().__init__(folder, reached="kubernetes: {context: prod}", **more)
        self.cluster = Cluster("prod", folder / "out" / "prod", self.clock)
        # A run that has seen the repository: without a checkpoint a record is one whose checkpoint was taken away.
        self.reconcile()
        self.alice.requests(WHAT, REQUEST)
        self.landing = self.world.merge(WHAT)
        self.sign(debug)

    def sources(self, path=None):
        readers = {"loader": yamlfile.load, "catalog": schema_catalog()}

        def policy(entries, *, commit):
            side, findings = load_policy(entries, commit=commit, **readers)
            return replace(side, debug=self.debug), findings

        def request(file, content, blob):
            return load_request(file, content, blob=blob, **readers)

        return Sources(self.world.repository(path), self.world.forge(path), policy, request)

    def sign(self, debug, *, hours=1):
        """Write the record of the session as a run of the reconciler would."""
        path = path_of(WHAT)
        self.statement = Statement(
            repository="acme/access",
            cluster="prod",
            cluster_uid=self.cluster.read().uid,
            request=RequestId("prod", "look"),
            kind="DebugSession",
            uid=request_uid("acme/access", path, self.landing),
            path=path,
            blob=self.world.blob(self.landing, path),
            landing=self.landing,
            decided_at=START,
            outcome="granted",
            subject=ALICE,
            windows=(Window(START, START.replace(hour=START.hour + hours)),),
            scopes=bounds_of(debug, self.source),
            evidence={"author": "alice", "source": self.source, "policy": [self.world.tip]},
            debug=debug,
        )
        payload = print_statement(self.statement)
        self.digest = digest_of(payload)
        manifest = record_manifest(
            self.statement, self.signer.sign(DECISION_TYPE, payload), inventory_of(self.statement, self.digest)
        )
        self.record = key_of(ManifestsCluster.create(self.cluster, manifest).manifest)

    def things(self):
        """All that is there of the session but for record and upstream resource, as `Kind what`."""
        return sorted(
            f"{live.key.kind} {live.key.name.removeprefix(f'{NAME}-')}"
            for live in self.cluster.read().objects
            if live.key.kind
            not in {"Grant", "DebugSession", "Checkpoint", "TrustRoot", "Role", "RoleBinding", "LedgerPage"}
        )

    def rights(self):
        """By namespace the names that Roles have pods by."""
        return {
            live.key.namespace: sorted(
                {
                    name
                    for rule in live.manifest["rules"]
                    if rule["resources"] != MARK["resources"]
                    for name in rule["resourceNames"]
                }
            )
            for live in self.cluster.read().objects
            if live.key.kind == "Role"
        }

    def people(self):
        """Who is bound, by namespace."""
        return sorted(
            f"{live.key.namespace} {live.manifest['subjects'][0]['name']}"
            for live in self.cluster.read().objects
            if live.key.kind == "RoleBinding"
        )

    def status(self):
        return (self.cluster.get(self.record).manifest.get("status") or {}).get("session") or {}

    def own(self, kind, what):
        (found,) = [
            each for each in self.cluster.read().objects if each.key.kind == kind and each.key.name == f"{NAME}-{what}"
        ]
        return found


def template(**spec):
    """The template of the session: for developers and those who lead them."""
    return a_template("network", **{"clusters": ("prod",), "groups": ("developers", "team-leads"), **spec})


def session(*objects, injections=(), participants=(BEN,), **more):
    return DebugGrant(
        name=NAME,
        template="network",
        binding="",
        namespace=PLACE,
        operations=PodOperations(),
        participants=participants,
        objects=tuple(objects),
        injections=tuple(injections),
        **more,
    )


def told(report):
    """What a run said that went wrong, or is in the way."""
    failed = [
        f"{each.key.kind}: {getattr(each, 'error', None) or each.why}"
        for each in report.outcomes
        if hasattr(each, "error") or hasattr(each, "why")
    ]
    return [*failed, *(f"{each.key.kind}: {each.why}" for each in report.plan.conflicts)]
