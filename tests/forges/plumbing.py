"""Real HTTP on the loopback for the fake forges: requests, answers, routes, a server that keeps a log, and git.

routes = Routes()

@routes.add("GET /repos/{owner}/{name}", query="page per_page")
def repo(request, owner, name): return Answer.of({"id": 1})

with Server(lambda request: routes.answer(request)) as server:
    requests.get(server.url + "/repos/acme/access")
assert not server.complaints
"""

import base64
import json
import os
import re
import subprocess
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

SECRET_HEADERS = {"authorization", "private-token", "job-token", "cookie"}


@dataclass(frozen=True)
class Request:
    """What a client sent. `path` is as sent (percent-encoded), `headers` have names in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def line(self):
        """`GET /path?query`, which is what patterns of routes and of faults are held against."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}" + (f"?{query}" if query else "")

    def one(self, name, default=None):
        """The value of a query parameter; the last where it is given more than once."""
        return dict(self.query).get(name, default)

    @property
    def secret(self):
        """The token that came along, by whichever header; None without one."""
        for name in ("private-token", "job-token"):
            if name in self.headers:
                return self.headers[name]
        kind, _, rest = self.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            return base64.b64decode(rest).decode().partition(":")[2]
        return rest or None


@dataclass(frozen=True)
class Answer:
    """What goes back. `cut` sends so many bytes of the body and hangs up; `pace` waits so many seconds before each byte."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pace: float = 0
    wait: float = 0

    @classmethod
    def of(cls, value, status=200, **headers):
        """JSON; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): str(text) for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8", **named})

    @property
    def json(self):
        return json.loads(self.body)

    def having(self, **headers):
        named = {name.replace("_", "-"): str(text) for name, text in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def saying(self, value):
        """The same answer with another JSON body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    query: frozenset[str]
    respond: Callable[..., Answer]

    @property
    def name(self):
        return f"{self.method} {self.template}"

    def match(self, request):
        """The values in the path, decoded; None where the request is for another route."""
        if request.method != self.method:
            return None
        # `{name}` is one segment, `{name+}` the rest of the path.
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda each: f"(?P<{each[1]}>{'.+' if each[2] else '[^/]+'})",
                         re.escape(self.template))  # fmt: skip
        found = re.fullmatch(pattern, request.path)
        return found and {name: unquote(value) for name, value in found.groupdict().items()}


class Routes:
    """Routes by the order in which they were added: the first that matches answers."""

    def __init__(self):
        self.all = []

    def add(self, *names, query=""):
        def added(function):
            for name in names:
                method, template = name.split()
                self.all.append(Route(method, template, frozenset(query.split()), function))
            return function

        return added

    def find(self, request):
        """The route and the values in the path, or (None, {})."""
        for route in self.all:
            values = route.match(request)
            if values is not None:
                return route, values
        return None, {}


class Server:
    """Answers on 127.0.0.1 at a port of its own; one request at a time thinks, any number may be slow to send.

    `complaints` are what no test may cause: a route that is not modelled, or an error of the fake itself.
    """

    def __init__(self, respond):
        self.respond, self.requests, self.complaints = respond, [], []
        self.lock, self.closing = threading.RLock(), threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def answer(self, request):
        with self.lock:
            kept = {name: value for name, value in request.headers.items() if name not in SECRET_HEADERS}
            self.requests.append(replace(request, headers=kept))
            try:
                return self.respond(request)
            except Exception:  # noqa: BLE001 - whatever it is, the test is told
                self.complaints.append(f"{request.line}: the fake failed\n{traceback.format_exc()}")
                return Answer.of({"message": "the fake failed"}, 500)


def handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do(self):
            parts = urlsplit(self.path)
            query = tuple(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            send(self, server, server.answer(Request(self.command, parts.path, query, headers, self.content())))

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do

        def content(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, *_):
            """Nothing on the terminal: the log is `server.requests`."""

    return Handler


def send(to, server, answer):
    """Write an answer, as slowly and as incompletely as it says."""
    server.closing.wait(answer.wait)
    bare = answer.status in (204, 304) or to.command == "HEAD"
    body = b"" if bare else answer.body
    to.send_response_only(answer.status)
    sent = {"Content-Length": str(len(body)), **answer.headers}
    if bare and answer.status != 200:
        sent.pop("Content-Length")
    for name, value in sent.items():
        to.send_header(name, value)
    to.end_headers()
    try:
        if answer.cut is not None:
            body, to.close_connection = body[: answer.cut], True
        for part in [body[i : i + 1] for i in range(len(body))] if answer.pace else [body]:
            if answer.pace and server.closing.wait(answer.pace):
                to.close_connection = True
                return
            to.wfile.write(part)
            to.wfile.flush()
    except (BrokenPipeError, ConnectionResetError):
        to.close_connection = True


def git_over_http(request, path, root, *, user, may_push=False):
    """Let `git http-backend` answer for the repository at `root / path`, as the user who was let in."""
    given = {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in request.query),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true" if may_push else "false",
        "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant",
        "GIT_CONFIG_VALUE_1": "true",
    }
    given |= {"REMOTE_USER": user} if user else {}
    ended = subprocess.run(["git", "http-backend"], input=request.body, env={**os.environ, **given},
                           capture_output=True, check=True)  # fmt: skip
    head, _, body = ended.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status, body, headers)
