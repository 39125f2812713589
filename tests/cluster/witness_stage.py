"""What the witness cases act on: objects of grants and of others, made on the real API server, in words."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    GUARD_PARAMETERS,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    PARAMETERS_KIND,
    RBAC,
    RBAC_GROUP,
    REQUEST,
)
from gitops_breakglass.model.window import print_time
from tests.cluster.harness.actor import Actor, Answer
from tests.cluster.harness.becoming import eventually

RULES = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
OURS = f"/apis/{OUR_API}/namespaces/{NAMESPACE}"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"
ALICE = {"kind": "User", "apiGroup": RBAC_GROUP, "name": "alice@example.com"}


def in_hours(hours: float) -> str:
    return print_time(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours))


def ours(name: str = "", **changes: Any) -> dict[str, Any]:
    """Metadata of an object of a grant; a change that is None takes the field away."""
    whole: dict[str, Any] = {
        "name": name or f"bg-{uuid.uuid4().hex[:10]}",
        "labels": {MANAGED_BY: MANAGER, REQUEST: "0" * 32},
        "annotations": {EXPIRES_AT: in_hours(1), DECISION: "0" * 64},
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def ending(end: str) -> dict[str, Any]:
    return ours(annotations={EXPIRES_AT: end, DECISION: "0" * 64})


@dataclass
class Stage:
    """The identities, a namespace of the test's own with objects of others in it, and what is to be cleared away."""

    admin: Actor
    reconciler: Actor
    sweeper: Actor
    namespace: str
    later: list[Callable[[], object]] = field(default_factory=list)

    @property
    def rbac(self) -> str:
        return f"/apis/{RBAC}/namespaces/{self.namespace}"

    def remove_later(self, path: str) -> None:
        self.later.append(lambda: self.admin.request("DELETE", path))

    def close(self) -> None:
        for each in reversed(self.later):
            each()

    # -- bodies

    def role(self, metadata: Mapping[str, Any] | None = None, *, rules: object = None) -> dict[str, Any]:
        return {"metadata": metadata or ours(), "rules": RULES if rules is None else rules}

    def binding(
        self,
        metadata: Mapping[str, Any] | None = None,
        *,
        role: str | None = None,
        subjects: object = None,
        kind: str = "Role",
    ) -> dict[str, Any]:
        ref = {"apiGroup": RBAC_GROUP, "kind": kind, "name": role or self._own_role()}
        return {"metadata": metadata or ours(), "roleRef": ref, "subjects": [ALICE] if subjects is None else subjects}

    def _own_role(self) -> str:
        """Whoever binds must hold the rights of the Role, so it has to be there."""
        self.reconciler.request("POST", f"{self.rbac}/roles", self.role(ours("bg-own")))
        return "bg-own"

    def grant(self, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        made = metadata or ours()
        return {
            "apiVersion": OUR_API,
            "kind": "Grant",
            "metadata": made,
            "spec": {
                "request": {
                    "cluster": "prod-cluster-1",
                    "name": "inc-1",
                    "kind": "BreakglassSession",
                    "path": "requests/prod-cluster-1/inc-1.yaml",
                    "uid": "0" * 32,
                },
                "decision": {"payloadType": "t", "payload": "{}", "key": "ci", "signature": "AA=="},
                "inventory": [{"apiVersion": RBAC, "kind": "Role", "namespace": "shop", "name": "bg-x"}],
            },
        }

    def parameters(self, name: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What keeps this user from making config maps in the test's namespace."""
        rule = {
            "names": [],
            "exceptNames": [],
            "policy": "keep-out",
            "reason": "",
            "verbs": ["create"],
            "apiGroups": [""],
            "resources": ["configmaps"],
            "subresources": [""],
            "places": [self.namespace],
            "namePattern": "",
            "namespaces": {"patterns": [], "pattern": "", "terms": []},
        }
        spec = {"subject": {"kind": "User", "name": name}, "rules": [rule]}
        return {"apiVersion": OUR_API, "kind": PARAMETERS_KIND, "metadata": metadata or ours(), "spec": spec}

    # -- what is there

    def made_parameters(self, name: str) -> str:
        path = self._made(f"{OURS}/{GUARD_PARAMETERS}", self.parameters(name))
        self.remove_later(path)
        return path

    def made_role(self) -> str:
        return self._made(f"{self.rbac}/roles", self.role())

    def made_binding(self) -> str:
        return self._made(f"{self.rbac}/rolebindings", self.binding())

    def made_grant(self) -> str:
        path = self._made(f"{OURS}/grants", self.grant())
        self.remove_later(path)
        return path

    def page(self) -> dict[str, Any]:
        entry = {"payloadType": "text/plain", "payload": "x", "key": "x", "signature": "x"}
        return {"apiVersion": OUR_API, "kind": "LedgerPage", "metadata": ours(), "spec": {"entries": [entry]}}

    def made_page(self) -> str:
        path = self._made(f"{OURS}/ledgerpages", self.page())
        self.remove_later(path)
        return path

    def _made(self, collection: str, body: Mapping[str, Any]) -> str:
        return f"{collection}/{self.reconciler.must('POST', collection, body)['metadata']['name']}"

    def of_others(self, kind: str) -> str:
        return f"{self.rbac}/{kind}/bystander"

    def lets(self, identity: Actor, verb: str, resource: str, *, group: str, namespace: str = NAMESPACE) -> None:
        """Give an identity a right beyond what install gave it, as a careless administrator might."""
        name, base = f"careless-{uuid.uuid4().hex[:8]}", f"/apis/{RBAC}/namespaces/{namespace}"
        rules = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]
        self.admin.must("POST", f"{base}/roles", {"metadata": {"name": name}, "rules": rules})
        self.remove_later(f"{base}/roles/{name}")
        subjects = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": identity.name}]
        bound = self.binding({"name": name}, role=name, subjects=subjects)
        self.admin.must("POST", f"{base}/rolebindings", bound)
        self.remove_later(f"{base}/rolebindings/{name}")
        name_of, _, sub = resource.partition("/")
        asked = {"verb": verb, "group": group, "resource": name_of, "subresource": sub, "namespace": namespace}
        review = {"spec": {"user": identity.name, "resourceAttributes": asked}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        eventually(lambda: self.admin.must("POST", path, review)["status"]["allowed"], f"{identity.name}: {asked}")

    def patched(self, actor: Actor, path: str, **metadata: Any) -> Answer:
        return actor.request("PATCH", path, {"metadata": metadata})
