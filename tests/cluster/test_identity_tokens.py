"""E14: an API server that is configured as docs/oidc.md says takes the reconciler's identity token, and no other."""

import base64
import contextlib
import json
import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.pki import Authority
from tests.cluster.harness.server import ApiServer

PAGE = (Path(__file__).parents[2] / "docs" / "oidc.md").read_text(encoding="utf-8")
WORKFLOW = "acme/gitops-breakglass/.github/workflows/reconcile.yml@0123456789abcdef0123456789abcdef01234567"
AUDIENCE = "prod-cluster-1.example.com"
CLAIMS = {
    "github": {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": AUDIENCE,
        "sub": "repo:acme@1001/access@123456789:environment:breakglass",
        "repository": "acme/access",
        "repository_id": "123456789",
        "repository_owner_id": "1001",
        "ref": "refs/heads/main",
        "event_name": "schedule",
        "environment": "breakglass",
        "job_workflow_ref": WORKFLOW,
    },
    "gitlab": {
        "iss": "https://gitlab.example.com",
        "aud": AUDIENCE,
        "sub": "project_path:acme/access:ref_type:branch:ref:main",
        "project_id": "4711",
        "ref": "main",
        "ref_type": "branch",
        "ref_protected": "true",
        "pipeline_source": "schedule",
        "environment": "breakglass",
        "environment_protected": "true",
    },
}
# For each claim what somebody else's token would have there.
OTHERS = {
    "github": {
        "iss": "https://token.actions.example.com",
        "aud": "another-cluster.example.com",
        "repository_id": "1234567890",
        "repository_owner_id": "1002",
        "ref": "refs/heads/main-2",
        "event_name": "pull_request",
        "environment": "staging",
        "job_workflow_ref": WORKFLOW.replace("reconcile", "check"),
    },
    "gitlab": {
        "iss": "https://gitlab.com",
        "aud": "another-cluster.example.com",
        "project_id": "47110",
        "ref": "topic",
        "ref_type": "tag",
        "ref_protected": "false",
        "pipeline_source": "merge_request_event",
        "environment": "breakglass2",
        "environment_protected": "false",
    },
}
ONE_WRONG = [(forge, claim, value) for forge, others in OTHERS.items() for claim, value in others.items()]
ONE_MISSING = [(forge, claim) for forge, others in OTHERS.items() for claim in others]


def shown(name):
    return yaml.safe_load(re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)[1])


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Forge:
    """Both forges' issuers on one address: where their keys are, and tokens that they sign."""

    def __init__(self, folder):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        authority = Authority(folder)
        self.ca = authority.certificate_file.read_text()
        certificate, key = authority.server(folder, "issuer")
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(forge.answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, path):
        forge = path.split("/")[1]
        if path.endswith("/openid-configuration"):
            return {
                "issuer": CLAIMS[forge]["iss"],
                "jwks_uri": f"{self.url}/{forge}/keys",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        numbers = self.key.public_key().public_numbers()
        n, e = (encoded(each.to_bytes((each.bit_length() + 7) // 8, "big")) for each in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": n, "e": e}]}

    def token(self, claims, key=None):
        now = int(time.time())
        payload = {"iat": now, "nbf": now, "exp": now + 300, **claims}
        parts = [encoded(json.dumps(each).encode()) for each in ({"alg": "RS256", "kid": "1", "typ": "JWT"}, payload)]
        signed = (key or self.key).sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join([*parts, encoded(signed)])

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    forge = Forge(tmp_path_factory.mktemp("issuers"))
    yield forge
    forge.close()


@pytest.fixture(scope="module")
def server(forge, tmp_path_factory):
    """An API server with what the page shows, but for where the keys are: that is here, and not at the forge."""
    issuers = []
    for name in CLAIMS:
        (issuer,) = shown(name)["jwt"]
        issuer["issuer"] |= {
            "discoveryURL": f"{forge.url}/{name}/openid-configuration",
            "certificateAuthority": forge.ca,
        }
        issuers.append(issuer)
    folder = tmp_path_factory.mktemp("kube-apiserver")
    (folder / "authentication.yaml").write_text(json.dumps(shown("github") | {"jwt": issuers}))
    server = ApiServer.join(folder)
    # It looks the keys up as it starts, and again until it has them.
    eventually(
        lambda: all(user_of(server, forge.token(claims)) for claims in CLAIMS.values()),
        "the API server takes no identity token",
    )
    yield server
    server.leave(wait=True)


def user_of(server, token):
    """The name that the API server knows the bearer by, or None where it does not let them in."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    with contextlib.closing(Actor("job", server.url, server.ca, token=token)) as job:
        answer = job.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    if answer.status == 401:
        return None
    assert answer.status == 201
    return answer.body["status"]["userInfo"]["username"]


@pytest.mark.parametrize(
    "name, user", [("github", "github:123456789:breakglass"), ("gitlab", "gitlab:4711:breakglass")]
)
@pytest.mark.threat("E14")
def test_e14_the_job_that_reconciles_is_known_by_numbers(server, forge, name, user):
    assert user_of(server, forge.token(CLAIMS[name])) == user
    old = {"sub": "repo:acme/access:environment:breakglass"}
    assert user_of(server, forge.token(CLAIMS[name] | old)) == user


@pytest.mark.parametrize("name, claim, value", ONE_WRONG)
@pytest.mark.threat("E14")
def test_e14_a_token_with_one_claim_of_somebody_else_is_refused(server, forge, name, claim, value):
    assert user_of(server, forge.token(CLAIMS[name] | {claim: value})) is None


@pytest.mark.parametrize("name, claim", ONE_MISSING)
@pytest.mark.threat("E14")
def test_e14_a_token_without_one_of_the_claims_is_refused(server, forge, name, claim):
    assert user_of(server, forge.token({key: value for key, value in CLAIMS[name].items() if key != claim})) is None


@pytest.mark.threat("E14")
def test_e14_a_token_that_somebody_else_signed_or_that_is_over_is_refused(server, forge):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert user_of(server, forge.token(CLAIMS["github"], other)) is None
    assert user_of(server, forge.token(CLAIMS["github"] | {"exp": int(time.time()) - 60})) is None


def test_the_kubeconfig_of_the_page_takes_the_token_from_the_file_beside_it(server, forge, tmp_path):
    kubeconfig = shown("kubeconfig")
    kubeconfig["clusters"][0]["cluster"] = {"server": server.url, "certificate-authority": str(server.ca)}
    (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))
    target = KubernetesTarget(str(tmp_path / "kubeconfig"), "prod-cluster-1")
    (tmp_path / "token").write_text(forge.token(CLAIMS["github"]))
    with KubernetesCluster("prod-cluster-1", target) as cluster:
        assert cluster.now().year >= 2026
    (tmp_path / "token").write_text(forge.token(CLAIMS["github"] | {"ref": "refs/heads/topic"}))
    with KubernetesCluster("prod-cluster-1", target) as cluster, pytest.raises(BreakglassError):
        cluster.now()
