"""A web server and a mail server on this machine, with TLS or without, that keep what they are sent and can misbehave."""

import base64
import contextlib
import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitops_breakglass.adapters.clock import SystemClock


class Certificates:
    """An authority of the tests' own, and a certificate of localhost by it."""

    def __init__(self, folder):
        now = SystemClock().now()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / "localhost.pem"
        private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, *private) + made.public_bytes(serialization.Encoding.PEM)
        )
        self.theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.theirs.load_cert_chain(self.file)
        self.trusted = ssl.create_default_context(cafile=self.file)


@dataclass
class Posted:
    """One request as it came."""

    method: str
    path: str
    headers: dict
    body: bytes


class Hook:
    """A web server; `answer` is a status, `cut` (the connection ends before an answer), or `slow` (none comes)."""

    def __init__(self, context=None):
        hook = self
        self.got, self.answer, self.closing = [], 204, Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(Posted(self.command, self.path, dict(self.headers), body))
                if hook.answer == "slow":
                    hook.closing.wait(20)
                if not isinstance(hook.answer, int):
                    self.close_connection = True
                    return
                self.send_response(hook.answer)
                if hook.answer in {301, 307}:
                    self.send_header("Location", f"{hook.url}elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format, *args):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=True)
        self.scheme = "http" if context is None else "https"
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,))

    @property
    def url(self):
        return f"{self.scheme}://localhost:{self.server.server_address[1]}/"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@dataclass
class Mailed:
    """One mail as the server took it."""

    sender: str
    recipients: list
    lines: list
    encrypted: bool
    user: str = ""

    @property
    def text(self):
        return "\n".join(self.lines)


@dataclass
class Post:
    """A mail server (RFC 5321 as far as a client needs it). `says` puts an answer of a command in place of the good one.

    `silent` are steps after which it hangs up without an answer: a command, or `.` for the end of a mail's text.
    """

    context: ssl.SSLContext | None = None
    at_once: bool = False
    """Whether TLS begins with the connection."""
    users: dict = field(default_factory=dict)
    says: dict = field(default_factory=dict)
    refuses: frozenset = frozenset()
    silent: frozenset = frozenset()
    offers_tls: bool = True

    def __post_init__(self):
        post, self.got, self.heard = self, [], []

        class Handler(StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, _HangUp), contextlib.closing(_Session(post, self.request)) as talk:
                    talk.serve()

        class Server(ThreadingTCPServer):
            daemon_threads = True
            block_on_close = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None
        self.port = self.server.server_address[1]
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _HangUp(Exception):
    pass


class _Session:
    def __init__(self, post, socket):
        self.post, self.encrypted, self.user = post, False, ""
        self.sender, self.recipients = "", []
        self.use(socket)

    def close(self):
        self.file.close()
        self.socket.close()

    def use(self, socket):
        self.socket = socket
        self.file = socket.makefile("rb")

    def encrypt(self):
        self.file.close()
        self.use(self.post.context.wrap_socket(self.socket, server_side=True))
        self.encrypted = True

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def line(self):
        line = self.file.readline()
        if not line:
            raise _HangUp
        return line.rstrip(b"\r\n").decode()

    def serve(self):
        if self.post.at_once:
            self.encrypt()
        self.say("220 localhost")
        while True:
            line = self.line()
            self.post.heard.append(line)
            verb = line.split(maxsplit=1)[0].upper()
            if verb in self.post.silent:
                self.socket.close()
                raise _HangUp
            if verb in self.post.says:
                self.say(self.post.says[verb])
            else:
                getattr(self, f"do_{verb.lower()}")(line)

    def do_ehlo(self, line):
        tls = ["STARTTLS"] if self.post.context and not self.encrypted and self.post.offers_tls else []
        lines = ["localhost", *tls, *(["AUTH PLAIN"] if self.encrypted and self.post.users else [])]
        for word in lines[:-1]:
            self.say(f"250-{word}")
        self.say(f"250 {lines[-1]}")

    def do_starttls(self, line):
        self.say("220 go ahead")
        self.encrypt()

    def do_auth(self, line):
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        good = self.post.users.get(user) == password
        self.user = user if good else ""
        self.say("235 welcome" if good else "535 who are you, echo: " + password)

    def do_mail(self, line):
        self.sender = line[line.index("<") + 1 : line.index(">")]
        self.say("250 ok")

    def do_rcpt(self, line):
        address = line[line.index("<") + 1 : line.index(">")]
        if address in self.post.refuses:
            self.say("550 nobody of that name")
            return
        self.recipients.append(address)
        self.say("250 ok")

    def do_data(self, line):
        self.say("354 go on")
        lines = []
        while (text := self.line()) != ".":
            lines.append(text.removeprefix(".") if text.startswith("..") else text)
        self.post.got.append(Mailed(self.sender, self.recipients, lines, self.encrypted, self.user))
        if "." in self.post.silent:
            self.socket.close()
            raise _HangUp
        self.say(self.post.says.get(".", "250 taken"))
