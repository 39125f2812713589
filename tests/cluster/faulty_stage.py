"""A SeedStage whose objects can be disturbed: the guard lifted for a moment, a webhook or a policy that refuses."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gitops_breakglass.core.install.guard import BINDINGS_GUARD, ROLES_GUARD, WINDOWS
from gitops_breakglass.model.kube import REQUEST
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.pki import Authority
from tests.cluster.seed_stage import SeedStage
from tests.git.world import session

CLUSTER = "prod-cluster-1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
ROLES, BINDINGS = f"{RBAC}/clusterroles", f"{RBAC}/clusterrolebindings"
PODS = "/api/v1/namespaces/default/pods"
GUARDS = (ROLES_GUARD, BINDINGS_GUARD, WINDOWS)


class FaultyStage(SeedStage):
    """One installed cluster on which each of `people` may ask for a shell; Lead approves."""

    def __init__(self, folder: Path, people: list[str]) -> None:
        super().__init__(folder, CLUSTER, {"developers": people, "team-leads": ["lead"]})
        self.webhook: Webhook | None = None

    def ask(self, name: str, *, who: str | None = None, seconds: int = 30) -> None:
        """Request, approve and merge; who asks has the request's name unless said otherwise."""
        what = f"{CLUSTER}/{name}"
        self.world.person(who or name).requests(what, session(name, duration=f"{seconds}s"))
        self.world.person("lead").approves(what, "go ahead")
        self.world.merge(what)

    def may(self, who: str) -> bool:
        """Whether a real call of the subject passes that the grant alone allows."""
        status = self.users(f"{who}@example.com").status("GET", PODS)
        assert status in {200, 403}, status
        return status == 200

    def wait_until(self, moment: str) -> None:
        """Wait for the API server's clock to pass a moment."""
        end = datetime.fromisoformat(moment)
        while (now := self.now()) <= end:
            time.sleep(min(1.0, (end - now).total_seconds() + 0.1))

    # -- what is there

    def left(self, name: str) -> list[str]:
        """What is there of the grant of a request, by kind."""
        return [kind for kind, path in (("role", ROLES), ("binding", BINDINGS)) if self._named(path, name)]

    def role(self, name: str) -> str:
        """The path of the request's ClusterRole."""
        return self._path(ROLES, name)

    def binding(self, name: str) -> str:
        """The path of the request's ClusterRoleBinding."""
        return self._path(BINDINGS, name)

    def record(self, name: str) -> dict[str, Any]:
        """The record of a request."""
        return next(each for each in self.custom("grants") if each["spec"]["request"]["name"] == name)

    def uid(self, name: str) -> str:
        """The uid of a request, which all of its objects carry."""
        return str(self.record(name)["spec"]["request"]["uid"])

    def _path(self, path: str, name: str) -> str:
        (found,) = self._named(path, name)
        return f"{path}/{found['metadata']['name']}"

    def _named(self, path: str, name: str) -> list[dict[str, Any]]:
        """By name, since a label may be off; what follows the request's name is a hash without a hyphen."""
        items = self.admin.must("GET", path)["items"]
        return [each for each in items if each["metadata"]["name"].rpartition("-")[0] == f"bg-{name}"]

    # -- faults

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        """Take the guard on roles and bindings out of force, as only a cluster's administrator can, and put it back."""
        paths = [f"{ADMISSION}/validatingadmissionpolicybindings/{name}" for name in GUARDS]
        kept = [self.admin.must("GET", path) for path in paths]
        for path in paths:
            self.admin.must("DELETE", path)
        eventually(lambda: not self._is_guarded())
        try:
            yield
        finally:
            for each in kept:
                fresh = {**each, "metadata": {"name": each["metadata"]["name"], "labels": each["metadata"]["labels"]}}
                self.admin.must("POST", f"{ADMISSION}/validatingadmissionpolicybindings", fresh)
            eventually(self._is_guarded)

    def _is_guarded(self) -> bool:
        """Whether the guard on windows is in force, which comes last."""
        probe = {"metadata": {"name": "bg-probe"}, "rules": []}
        return self.admin.status("POST", f"{ROLES}?dryRun=All", probe) == 403

    def disturb(self, path: str, body: object) -> None:
        """Change an object as the administrator, as soon as the guard lets it pass."""
        eventually(lambda: self.admin.status("PATCH", path, body) == 200)
        settled(self.admin)

    def refuse_by_webhook(self, *requests: str, resources: list[str], operations: list[str]) -> str:
        """Have a webhook refuse these operations on what was made for the requests; its name, to lift it."""
        self.webhook = self.webhook or Webhook(self.server.folder)
        name = f"refuses-{requests[0]}"
        rule = {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "apiVersions": ["v1"],
            "resources": resources,
            "operations": operations,
        }
        webhook = {
            "name": f"{name}.example.com",
            "clientConfig": {"url": self.webhook.url, "caBundle": self.webhook.ca_bundle},
            "rules": [rule],
            "objectSelector": self._selector(requests),
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        path = f"{ADMISSION}/validatingwebhookconfigurations"
        self.admin.must("POST", path, {"metadata": {"name": name}, "webhooks": [webhook]})
        return f"{path}/{name}"

    def refuse_by_policy(self, *requests: str, resources: list[str], operations: list[str]) -> str:
        """Have an admission policy refuse these operations on what was made for the requests."""
        name = f"refuses-{requests[0]}"
        rule = {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "apiVersions": ["v1"],
            "resources": resources,
            "operations": operations,
        }
        matched = {"resourceRules": [rule], "objectSelector": self._selector(requests)}
        spec = {
            "failurePolicy": "Fail",
            "matchConstraints": matched,
            "validations": [{"expression": "false", "message": "nothing goes on a Sunday"}],
        }
        meta = {"metadata": {"name": name}}
        self.admin.must("POST", f"{ADMISSION}/validatingadmissionpolicies", {**meta, "spec": spec})
        path = f"{ADMISSION}/validatingadmissionpolicybindings"
        self.admin.must("POST", path, {**meta, "spec": {"policyName": name, "validationActions": ["Deny"]}})
        return f"{path}/{name}"

    def _selector(self, requests: tuple[str, ...]) -> dict[str, Any]:
        uids = [self.uid(each) for each in requests]
        return {"matchExpressions": [{"key": REQUEST, "operator": "In", "values": uids}]}

    def is_refused(self, path: str) -> bool:
        """Whether deleting an object would be refused, even to the administrator."""
        return self.admin.status("DELETE", f"{path}?dryRun=All") >= 400

    def close(self) -> None:
        """Stop everything."""
        if self.webhook is not None:
            self.webhook.close()
        super().close()


class Webhook:
    """A validating webhook on loopback that refuses whatever it is asked."""

    def __init__(self, folder: Path) -> None:
        certificate, key = Authority(folder).server(folder, "webhook")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusal)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_port}/refuse"
        self.ca_bundle = base64.b64encode((folder / "ca.crt").read_bytes()).decode()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Refusal(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"uid": review["request"]["uid"], "allowed": False, "status": {"message": "nothing goes on a Sunday"}}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
