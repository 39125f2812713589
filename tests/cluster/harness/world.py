"""A test's own corner of the cluster: namespaces of its own with others' objects lying about, which it must not touch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.running import running

BYSTANDER = "bystander"
_NOT_FOUND, _CONFLICT = 404, 409
_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class Seen(NamedTuple):
    """What tells whether an object was changed or replaced."""

    uid: str
    version: str


Snapshot = dict[str, Seen]


class World:
    """Makes uniquely named namespaces, pods and other objects as the cluster's admin, and clears them away."""

    def __init__(self, admin: Actor, node: str) -> None:
        """Make pods on this node."""
        self.admin = admin
        self.node = node
        self.namespaces: list[str] = []
        self.bystanders: list[str] = []
        self._made: list[str] = []

    def namespace(self, prefix: str = "test", labels: Mapping[str, str] | None = None) -> str:
        """Make a namespace of a unique name, with a Role, RoleBinding, ConfigMap, Secret and Pod of others in it."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        self.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": dict(labels or {})}})
        self.namespaces.append(name)
        # The controllers make it too, a moment later; pods can't wait for them.
        account = self.admin.status(
            "POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}}
        )
        assert account in {201, _CONFLICT}
        core, rbac = f"/api/v1/namespaces/{name}", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{name}"
        meta = {"metadata": {"name": BYSTANDER}}
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
        subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "bystander@example.com"}]
        ref = {"kind": "Role", "apiGroup": "rbac.authorization.k8s.io", "name": BYSTANDER}
        objects: dict[str, dict[str, Any]] = {
            f"{rbac}/roles": {**meta, "rules": rules},
            f"{rbac}/rolebindings": {**meta, "subjects": subjects, "roleRef": ref},
            f"{core}/configmaps": {**meta, "data": {"whose": "others"}},
            f"{core}/secrets": {**meta, "stringData": {"whose": "others"}},
        }
        for path, body in objects.items():
            self.admin.must("POST", path, body)
        self.pod(name, BYSTANDER)
        self.bystanders += [f"{path}/{BYSTANDER}" for path in [*objects, f"{core}/pods"]]
        return name

    def pod(
        self,
        namespace: str,
        name: str = "web-0",
        *,
        spec: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        running: bool = True,
    ) -> dict[str, Any]:
        """Make a pod with one container `main` on the kubelet's node, and set it running, as there is no scheduler."""
        whole = {
            "nodeName": self.node,
            "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": "example.com/app:1"}],
            **(spec or {}),
        }
        path = f"/api/v1/namespaces/{namespace}/pods"
        meta = {"name": name, "labels": dict(labels or {})}
        made = self.admin.must("POST", path, {"metadata": meta, "spec": whole})
        return self.run_pod(made) if running else made

    def run_pod(self, pod: Mapping[str, Any]) -> dict[str, Any]:
        """Say that a pod runs and is ready; one that a controller made is put onto the node first."""
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": self.node}
            self.admin.must("POST", f"{path}/binding", {"metadata": {"name": name}, "target": target})
        return self.admin.must("PATCH", f"{path}/status", {"status": running(pod)})

    def make(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object as the admin (a POST to a collection's path) and delete it after the test."""
        made = self.admin.must("POST", path, body)
        self.remove_later(f"{path}/{made['metadata']['name']}")
        return made

    def remove_later(self, path: str) -> None:
        """Delete this object after the test, whoever made it."""
        self._made.append(path)

    def grant(self, namespace: str, user: str, *rules: Mapping[str, Any], name: str | None = None) -> str:
        """Let a user do what the rules say in a namespace, by a Role and a RoleBinding of this name.

        Returns once the API server allows it: it hears of new bindings a moment after it has taken them.
        """
        name = name or f"grant-{uuid.uuid4().hex[:8]}"
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}
        ref = {"kind": "Role", "apiGroup": "rbac.authorization.k8s.io", "name": name}
        meta = {"metadata": {"name": name}}
        self.admin.must("POST", f"{path}/roles", {**meta, "rules": list(rules)})
        self.admin.must("POST", f"{path}/rolebindings", {**meta, "subjects": [subject], "roleRef": ref})
        for rule in rules:
            self._wait_until_allowed(namespace, user, rule)
        return name

    def _wait_until_allowed(self, namespace: str, user: str, rule: Mapping[str, Any]) -> None:
        resource, _, subresource = rule["resources"][0].partition("/")
        asked = {
            "namespace": namespace,
            "verb": rule["verbs"][0],
            "group": rule["apiGroups"][0],
            "resource": resource,
            "subresource": subresource,
            "name": next(iter(rule.get("resourceNames", ())), ""),
        }
        review = {"spec": {"user": user, "resourceAttributes": asked}}
        eventually(
            lambda: self.admin.must("POST", _REVIEWS, review)["status"]["allowed"],
            f"{user} is not allowed what was granted: {asked}",
        )

    def snapshot(self, *paths: str) -> Snapshot:
        """Note all bystanders, and the objects or lists at these paths too, as they are now."""
        seen: Snapshot = {}
        for path in [*self.bystanders, *paths]:
            answer = self.admin.request("GET", path)
            if answer.status == _NOT_FOUND:
                continue
            assert answer.status == 200, f"{path}: {answer.status} {answer.message}"
            for each in answer.body.get("items", [answer.body]):
                meta = each["metadata"]
                key = f"{path}/{meta.get('namespace', '')}/{meta['name']}" if "items" in answer.body else path
                seen[key] = Seen(meta["uid"], meta["resourceVersion"])
        return seen

    def untouched(self, before: Snapshot, *paths: str) -> None:
        """Assert that what a snapshot (of the same paths) noted is all there, the same and unchanged."""
        after = self.snapshot(*paths)
        changed = {path: (seen, after.get(path)) for path, seen in before.items() if after.get(path) != seen}
        assert not changed, f"objects of others were changed: {changed}"

    def close(self) -> None:
        """Delete all that was made; the cluster goes on with it in the background."""
        for path in reversed(self._made):
            self.admin.request("DELETE", path)
        for name in self.namespaces:
            self.admin.request("DELETE", f"/api/v1/namespaces/{name}")
