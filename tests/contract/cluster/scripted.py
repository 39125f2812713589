"""An API server that answers what a test tells it to, for answers that a real one gives on its bad days only."""

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATE = "Sun, 22 Nov 2026 05:00:00 GMT"
TOKEN = "a-secret-token"


@dataclass
class Say:
    """One answer. `cut` closes the connection instead; a `hold` is waited for before the answer."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict = field(default_factory=lambda: {"Date": DATE})
    cut: bool = False
    hold: threading.Event | None = None


class Scripted:
    """Answers by `METHOD /path`, each in turn and the last one for ever; `asked` is what came in, `accepted` in which forms."""

    def __init__(self, url, answers, kubeconfig):
        self.url = url
        self.answers = answers
        self.asked = []
        self.accepted = []
        self.kubeconfig = kubeconfig

    def next(self, asked):
        said = self.answers.get(asked, [Say(404, {"message": "not scripted"})])
        return said.pop(0) if len(said) > 1 else said[0]


@contextlib.contextmanager
def scripted(folder, answers):
    """Serve on loopback until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    file = folder / "kubeconfig"
    script = server.script = Scripted(url, answers, file)
    user, context = {"token": TOKEN}, {"cluster": "c", "user": "u"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": context}],
    }
    file.write_text(json.dumps(config))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Who asked has gone, as a test wanted it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        script = self.server.script
        asked = f"{self.command} {self.path.partition('?')[0]}"
        script.asked.append(f"{self.command} {self.path}")
        script.accepted.append(self.headers.get("Accept"))
        said = script.next(asked)
        if said.hold:
            said.hold.wait(10)
        if said.cut:
            self.close_connection = True
            return
        content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        self.log_request(said.status)
        self.send_response_only(said.status)
        for name, value in {**said.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_):
        pass
