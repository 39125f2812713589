"""Users of the test cluster: those with a token, any others by a client certificate, and service accounts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.harness import programs
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.pki import Authority
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.tokens import TOKEN_USERS, user_token

_CREATED, _CONFLICT = 201, 409


class Users:
    """Makes actors; call it with a user name, and with groups if the user has any."""

    def __init__(self, server: ApiServer, folder: Path) -> None:
        """Keep kubeconfigs and certificates in this folder."""
        self.server = server
        self.admin = server.admin()
        self._folder = folder
        self._authority = Authority(server.folder)
        self._made: dict[tuple[str, tuple[str, ...]], Actor] = {}

    def __call__(self, name: str, groups: Iterable[str] = ()) -> Actor:
        """Return this user: by token if the name has one and no groups are asked for, else by certificate."""
        key = (name, tuple(groups))
        if key not in self._made:
            by_token = name in TOKEN_USERS and not key[1]
            self._made[key] = self._by_token(name, user_token(name)) if by_token else self._by_certificate(*key)
        return self._made[key]

    def fresh(self, prefix: str = "someone", groups: Iterable[str] = ()) -> Actor:
        """Return a user that no other test knows: rights on the whole cluster, given to it, disturb nobody."""
        return self(f"{prefix}-{uuid.uuid4().hex[:8]}@example.com", groups)

    def service_account(self, namespace: str, name: str, *, seconds: int = 3600) -> Actor:
        """Return a service account acting with a requested token, making the account if it isn't there."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        made = self.admin.request("POST", path, body)
        assert made.status in {_CREATED, _CONFLICT}, made.message
        token = self.service_account_token(namespace, name, seconds=seconds)
        return self._by_token(f"system:serviceaccount:{namespace}:{name}", token)

    def service_account_token(self, namespace: str, name: str, *, seconds: int = 3600) -> str:
        """Request a token of a service account that exists."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        }
        token: str = self.admin.must("POST", path, request)["status"]["token"]
        return token

    def anonymous(self) -> Actor:
        """Return a caller without any identity."""
        return self._keep(("", (uuid.uuid4().hex,)), Actor("anonymous", self.server.url, self.server.ca))

    def close(self) -> None:
        """Close all actors."""
        for actor in [self.admin, *self._made.values()]:
            actor.close()

    def _by_token(self, name: str, token: str) -> Actor:
        config = self._write(uuid.uuid4().hex, {"token": token})
        actor = Actor(name, self.server.url, self.server.ca, token=token, kubeconfig=config)
        return self._keep((name, (token,)), actor)

    def _by_certificate(self, name: str, groups: Iterable[str]) -> Actor:
        stem = uuid.uuid4().hex
        certificate, key = self._authority.client(self._folder, stem, name, groups)
        config = self._write(stem, {"client-certificate": str(certificate), "client-key": str(key)})
        return Actor(name, self.server.url, self.server.ca, certificate=(certificate, key), kubeconfig=config)

    def _keep(self, key: tuple[str, tuple[str, ...]], actor: Actor) -> Actor:
        self._made[key] = actor
        return actor

    def _write(self, stem: str, user: dict[str, str]) -> Path:
        path = self._folder / f"{stem}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(programs.kubeconfig(self.server.url, self.server.ca, user)))
        return path
