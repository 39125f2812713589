"""A real API server's audit webhook, by the policy that docs/use.md shows: its events come in, and prove how far they go."""

from __future__ import annotations

import json
import shutil
import socket
from contextlib import closing
from pathlib import Path

from gitops_breakglass.adapters.audit_log.webhook import WebhookSource
from gitops_breakglass.adapters.cluster.connection import Call, Connection
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.use import Mark, Stage
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.pki import Authority
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users

POLICY = Path(__file__).parents[2] / "examples" / "audit" / "policy.yaml"
TOKEN = "the-api-server-knows-it"


def test_events_come_in_from_a_real_api_server_by_the_policy_of_the_docs(tmp_path: Path) -> None:
    folder = tmp_path / "kube-apiserver"
    folder.mkdir()
    shutil.copy(POLICY, folder / "audit-policy.yaml")
    authority = Authority(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sends = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "audit",
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority": str(authority.certificate_file),
                },
            }
        ],
        "users": [{"name": "audit", "user": {"token": TOKEN}}],
        "contexts": [{"name": "audit", "context": {"cluster": "audit", "user": "audit"}}],
        "current-context": "audit",
    }
    (folder / "audit-webhook.yaml").write_text(json.dumps(sends))
    source = WebhookSource(f"127.0.0.1:{port}", TOKEN, *authority.server(folder, "receiver"))
    server = ApiServer.join(folder)
    try:
        with closing(source), closing(Users(server, tmp_path)) as users:
            with closing(Connection("prod", KubernetesTarget(str(server.admin_kubeconfig)))) as connection:
                answer = connection.call(Call("get", "GET", "/api/v1/namespaces/kube-system", "read a namespace"))
            assert answer.audit_id and answer.date
            eventually(lambda: answer.audit_id in ids(source))
            _, coverage = source.read(Mark(answer.date, answer.audit_id))
            assert coverage.pending == ()
            with users.admin.watch("/api/v1/namespaces/default/pods"):
                eventually(lambda: any(is_watch(each) for each in source.read(None)[0].calls))
            # The policy leaves nodes and controllers out.
            assert not [each for each in source.read(None)[0].calls if each.user == "system:apiserver"]
    finally:
        server.leave(wait=True)


def ids(source):
    return {each.audit_id for each in source.read(None)[0].calls}


def is_watch(call):
    return call.user == "test-admin" and call.target.verb == "watch" and call.stage is Stage.STARTED
