"""A user who makes real calls: whether something is allowed is seen by doing it."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import requests
import websocket

from tests.cluster.harness import streams

_SECONDS = 60.0
_OK = range(200, 300)
_TOO_MANY = 429
_TURNED_AWAY = 120

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


class Answer(NamedTuple):
    """An answer's status code and its JSON (`{}` when there is none)."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """What the server says of a refusal."""
        return str(self.body.get("message", ""))


class Actor:
    """One user's client; it holds connections, so close it or use it in a `with` block."""

    def __init__(
        self,
        name: str,
        url: str,
        ca: Path,
        *,
        token: str | None = None,
        certificate: tuple[Path, Path] | None = None,
        kubeconfig: Path | None = None,
    ) -> None:
        """Act with a token or with a client certificate."""
        self.name = name
        self.url = url
        self.ca = ca
        self.token = token
        self.certificate = certificate
        self._kubeconfig = kubeconfig
        self._session = requests.Session()
        # Neither proxies nor certificate bundles of the environment are to have a say.
        self._session.trust_env = False
        self._session.verify = str(ca)
        if certificate:
            self._session.cert = (str(certificate[0]), str(certificate[1]))

    @property
    def kubeconfig(self) -> Path:
        """The user's kubeconfig file."""
        assert self._kubeconfig is not None, f"{self.name} has no kubeconfig"
        return self._kubeconfig

    # -- calls

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str | None = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call; a PATCH is a merge patch unless said otherwise."""
        sent = {**self._identity(), "Content-Type": content_type or (MERGE_PATCH if method == "PATCH" else JSON)}
        data = None if body is None else json.dumps(body)
        for _ in range(_TURNED_AWAY):
            got = self._session.request(
                method, self.url + path, data=data, params=params, headers={**sent, **(headers or {})}, timeout=_SECONDS
            )
            if got.status_code != _TOO_MANY:
                break
            # A server that prepares the storage of a kind says so, and to come back; it has not answered yet.
            time.sleep(0.5)
        return Answer(got.status_code, _json(got.content))

    def status(self, method: str, path: str, body: object = None, content_type: str | None = None) -> int:
        """Make one call and return the status code alone: what the user really can."""
        return self.request(method, path, body, content_type).status

    def must(self, method: str, path: str, body: object = None, content_type: str | None = None) -> dict[str, Any]:
        """Make one call that has to succeed and return its JSON."""
        answer = self.request(method, path, body, content_type)
        assert answer.status in _OK, f"{self.name}: {method} {path}: {answer.status} {answer.message}"
        return answer.body

    def apply(self, path: str, body: object, manager: str = "tests", *, force: bool = False) -> Answer:
        """Apply an object on the server's side."""
        query = urllib.parse.urlencode({"fieldManager": manager, "force": str(force).lower()})
        return self.request("PATCH", f"{path}?{query}", body, APPLY_PATCH)

    # -- streams

    def exec(
        self, namespace: str, pod: str, container: str = "main", command: Iterable[str] = ("id",), *, spdy: bool = False
    ) -> streams.ExecResult:
        """Run a command to its end, over a websocket (GET) or with the older SPDY (POST; no output is read then)."""
        query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", c) for c in command)]
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urllib.parse.urlencode(query)}"
        if spdy:
            return self._spdy(path)
        opened = self.open(path)
        if isinstance(opened, streams.ExecResult):
            return opened
        with opened:
            opened.wait_closed(_SECONDS)
            return streams.ExecResult(bool(opened.output), opened.status, opened.output, ended=opened.ended)

    def open_exec(
        self, namespace: str, pod: str, container: str = "main", command: Iterable[str] = ("sh",)
    ) -> streams.Channels:
        """Open an interactive exec: the test's kubelet sends back what it is sent, until either side closes."""
        query = [("container", container), ("stdin", "true"), ("stdout", "true"), *(("command", c) for c in command)]
        return self._opened(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urllib.parse.urlencode(query)}")

    def attach(self, namespace: str, pod: str, container: str = "main") -> streams.ExecResult:
        """Attach, take the first output, and leave."""
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/attach?container={container}&stdin=true&stdout=true"
        return self._tried(path, None)

    def port_forward(self, namespace: str, pod: str, port: int = 8080) -> streams.ExecResult:
        """Forward a port, send a line, take what comes back, and leave."""
        return self._tried(f"/api/v1/namespaces/{namespace}/pods/{pod}/portforward?ports={port}", "ping\n")

    def log(self, namespace: str, pod: str, container: str = "main", *, follow: bool = False) -> Answer | streams.Lines:
        """Read a log: the answer's `body["text"]`, or with `follow` the open stream unless it's refused."""
        query = f"?container={container}{'&follow=true' if follow else ''}"
        return self.follow(f"/api/v1/namespaces/{namespace}/pods/{pod}/log{query}", follow=follow)

    def watch(self, path: str, version: str = "") -> Answer | streams.Lines:
        """Open a watch on a list's path; without a version it begins with what is there."""
        query = urllib.parse.urlencode({"watch": "true", **({"resourceVersion": version} if version else {})})
        return self.follow(f"{path}{'&' if '?' in path else '?'}{query}")

    def follow(self, path: str, *, follow: bool = True) -> Answer | streams.Lines:
        """GET a path line by line as it comes; a refusal (or all of a short answer) comes as an Answer."""
        connection, at, answer = self._raw("GET", path, {})
        if follow and answer.status in _OK:
            return streams.Lines(connection, at, answer)
        content = answer.read()
        connection.close()
        return Answer(answer.status, _json(content) or {"text": content.decode(errors="replace")})

    def open(self, path: str) -> streams.Channels | streams.ExecResult:
        """Upgrade a GET to a websocket: the open stream, or how it was refused."""
        try:
            connection = websocket.create_connection(
                "wss" + self.url.removeprefix("https") + path,
                header=[f"{name}: {value}" for name, value in self._identity().items()],
                subprotocols=[streams.PROTOCOL],
                sslopt={"context": self._trust()},
                timeout=_SECONDS,
                http_no_proxy=["127.0.0.1"],
            )
        except websocket.WebSocketBadStatusException as refused:
            body = _json(refused.resp_body or b"")
            return streams.ExecResult(arrived=False, status=refused.status_code, message=str(body.get("message", "")))
        return streams.Channels(connection)

    def _opened(self, path: str) -> streams.Channels:
        opened = self.open(path)
        assert isinstance(opened, streams.Channels), f"{self.name}: {path}: {opened}"
        return opened

    def _tried(self, path: str, sent: str | None) -> streams.ExecResult:
        opened = self.open(path)
        if isinstance(opened, streams.ExecResult):
            return opened
        with opened:
            if sent is not None:
                opened.send(sent)
            arrived = opened.wait_for(sent or "\n")
            return streams.ExecResult(arrived, opened.status, opened.output)

    def _spdy(self, path: str) -> streams.ExecResult:
        upgrade = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": streams.PROTOCOL}
        connection, at, answer = self._raw("POST", path, upgrade)
        arrived = answer.status == streams.SWITCHED
        message = "" if arrived else str(_json(answer.read()).get("message", ""))
        answer.close()
        at.close()
        connection.close()
        return streams.ExecResult(arrived, answer.status, message=message)

    def _raw(
        self, method: str, path: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPSConnection, ssl.SSLSocket, http.client.HTTPResponse]:
        host = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPSConnection(str(host.hostname), host.port, context=self._trust(), timeout=_SECONDS)
        connection.connect()
        at = connection.sock
        try:
            connection.request(method, path, headers={**self._identity(), **headers})
            answer = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        # From here on reading waits as long as it takes: a stream may be silent.
        at.settimeout(None)
        return connection, at, answer

    def _identity(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        if self.certificate:
            context.load_cert_chain(*self.certificate)
        return context

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()


def unreachable(actor: Actor) -> bool:
    """Whether no server answers at all."""
    try:
        actor.status("GET", "/readyz")
    except requests.RequestException:
        return True
    return False


def _json(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
