"""A small kubelet: the API server dials it for exec, attach, port-forward and logs, so what it recorded has arrived."""

from __future__ import annotations

import http.server
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.cluster.harness import sessions
from tests.cluster.harness.node import PodWatch, join, node
from tests.cluster.harness.pki import Authority
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.sessions import Arrival, Session
from tests.cluster.harness.users import Users
from tests.cluster.harness.websockets import ServerSocket, accept_key

_SECONDS = 60.0
_STREAMS = (sessions.EXEC, sessions.ATTACH, sessions.PORT_FORWARD, sessions.LOGS)


class Kubelet:
    """A node with its kubelet; `arrivals` lists every call that reached it."""

    def __init__(
        self,
        server: ApiServer,
        users: Users,
        folder: Path,
        name: str,
        *,
        labels: Mapping[str, str] = MappingProxyType({}),
        taints: Sequence[Mapping[str, str]] = (),
        runs: bool = False,
        stubborn: bool = False,
    ) -> None:
        """Serve, and join the cluster under this node name; `runs` and `stubborn` are those of `PodWatch`."""
        self.node = name
        self.arrivals: list[Arrival] = []
        self._sessions: list[Session] = []
        self._lock = threading.Lock()
        self._api = users(f"system:node:{name}", ["system:masters"])
        self._web = _Web(self, _tls(server.folder, folder))
        self._thread = threading.Thread(target=self._web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        join(self._api, node(name, self._web.server_address[1], labels, taints))
        self._pods = PodWatch(self._api, name, self._pod_gone, runs=runs, stubborn=stubborn)

    def arrived(self, namespace: str, pod: str | None = None, kind: str | None = None) -> list[Arrival]:
        """Return the calls that arrived for a namespace, a pod, a kind (`exec`, `attach`, `portForward`, `containerLogs`)."""
        return [
            each
            for each in list(self.arrivals)
            if each.namespace == namespace and pod in {None, each.pod} and kind in {None, each.kind}
        ]

    def open_streams(self, namespace: str, pod: str | None = None) -> list[Arrival]:
        """Return the arrivals whose streams are open now."""
        with self._lock:
            arrivals = [session.arrival for session in self._sessions]
        return [each for each in arrivals if each.namespace == namespace and pod in {None, each.pod}]

    def wait_until_closed(self, namespace: str, pod: str | None = None, timeout: float = _SECONDS) -> bool:
        """Whether all streams of a namespace or pod end in time."""
        deadline = time.monotonic() + timeout
        while self.open_streams(namespace, pod) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.open_streams(namespace, pod)

    def close(self) -> None:
        """Leave the cluster, end all streams and stop serving."""
        self._pods.close()
        self._api.request("DELETE", f"/api/v1/nodes/{self.node}")
        self._web.shutdown()
        with self._lock:
            for session in self._sessions:
                session.ended.set()
        self._web.server_close()
        self._thread.join(_SECONDS)

    def find(self, namespace: str, name: str) -> str | None:
        """Return the uid of a pod that runs here."""
        return self._pods.find(namespace, name)

    def begin(self, arrival: Arrival) -> Session:
        """Record an arrival and keep its stream until `end`."""
        session = Session(arrival, self.node)
        with self._lock:
            self.arrivals.append(arrival)
            self._sessions.append(session)
        return session

    def end(self, session: Session) -> None:
        """Forget a stream that is over."""
        with self._lock:
            self._sessions.remove(session)

    def _pod_gone(self, uid: str) -> None:
        with self._lock:
            for session in self._sessions:
                if session.arrival.uid == uid:
                    session.ended.set()


class _Web(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The TLS server; each connection has a thread, which the end of the server waits for."""

    daemon_threads = False

    def __init__(self, kubelet: Kubelet, tls: ssl.SSLContext) -> None:
        self.kubelet = kubelet
        self._tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; the handshake is the connection's thread's, so that a silent caller holds up nobody."""
        plain, address = super().get_request()
        return self._tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over callers who hang up; show anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: _Web
    connection: ssl.SSLSocket

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        """Answer `/<kind>/<namespace>/<pod>[/<container>]` and close the connection after it."""
        self.close_connection = True
        parts = urllib.parse.urlsplit(self.path)
        names = [urllib.parse.unquote(each) for each in parts.path.strip("/").split("/")]
        if names[0] not in _STREAMS or len(names) not in {3, 4}:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind, namespace, pod, container = (*names, "")[:4]
        uid = self.server.kubelet.find(namespace, pod)
        if uid is None:
            self.send_error(HTTPStatus.NOT_FOUND, "no such pod on this node")
            return
        query = urllib.parse.parse_qs(parts.query)
        upgrade = self.headers.get("Upgrade", "").lower()
        protocol = upgrade if upgrade == sessions.WEBSOCKET else sessions.SPDY if "spdy" in upgrade else sessions.PLAIN
        arrival = Arrival(
            kind,
            namespace,
            pod,
            uid,
            container,
            command=tuple(query.get("command", ())),
            ports=tuple(int(port) for port in query.get("port", ())),
            protocol=protocol,
            stdin=query.get("input") == ["1"],
            follow=query.get("follow") == ["true"],
        )
        session = self.server.kubelet.begin(arrival)
        try:
            self._answer(session)
        finally:
            self.server.kubelet.end(session)

    do_POST = do_GET

    def _answer(self, session: Session) -> None:
        if session.arrival.kind == sessions.LOGS:
            self._log(session)
        elif session.arrival.protocol == sessions.WEBSOCKET:
            self._websocket(session)
        elif session.arrival.protocol == sessions.SPDY:
            spoken = self.headers.get("X-Stream-Protocol-Version", "")
            headers = [("Upgrade", "SPDY/3.1")]
            self._switch([*headers, ("X-Stream-Protocol-Version", spoken)] if spoken else headers)
            session.hold(self.connection)
        else:
            self.send_error(HTTPStatus.BAD_REQUEST, "an upgrade is needed")

    def _websocket(self, session: Session) -> None:
        offered = [each.strip() for each in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        spoken = next((each for each in sessions.PROTOCOLS if each in offered), None)
        headers = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))]
        self._switch([*headers, ("Sec-WebSocket-Protocol", spoken)] if spoken else headers)
        session.talk(ServerSocket(self.connection))

    def _switch(self, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(HTTPStatus.SWITCHING_PROTOCOLS)
        for name, value in [("Connection", "Upgrade"), *headers]:
            self.send_header(name, value)
        self.end_headers()

    def _log(self, session: Session) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in (("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked"), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        session.lines(self._chunk)
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the arrivals are the record."""


def _tls(server: Path, folder: Path) -> ssl.SSLContext:
    """Return a context that, as real kubelets do, takes only callers with a certificate of the cluster's authority."""
    authority = Authority(server)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.certificate_file))
    context.load_cert_chain(*authority.server(folder, "kubelet"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context
