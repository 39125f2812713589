"""One call to one API server: credentials, time limits, retries, and the count of calls."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes import client, config
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError, SSLError

from gitops_breakglass import __version__
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.errors import BUSY, is_transient, problem_of, spoken
from gitops_breakglass.adapters.pool import WORKERS
from gitops_breakglass.core.server_time import learn, server_time
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.server_time import OffsetBounds, ServerTime, TimeSample
from gitops_breakglass.ports import Clock

JSON = "application/json"

_CONNECT_SECONDS = 5.0
_FIRST_CONNECT_SECONDS = 1.0
"""For the first attempt of what may be repeated: a connection that hangs while it is opened was seen to delay ends by five."""
_PAUSES = (0.2, 0.8)
_LONGEST_PAUSE = 2.0
_CREDENTIALS_HOLD = 1.0
"""Seconds for which credentials are not asked for again: the library takes half as long for it as a whole call takes."""
_UNAUTHORIZED = 401


@dataclass(frozen=True)
class Call:
    """What to ask: `verb` is Kubernetes' (list, get, create, …), `path` begins with a slash and is quoted already.

    A call that is not `repeatable` is repeated only where the server can't have carried it out.
    """

    verb: str
    method: str
    path: str
    doing: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: object = None
    content_type: str = JSON
    accept: str = JSON
    repeatable: bool = True
    expected: frozenset[int] = frozenset()
    """Statuses beside 2xx that are answers too."""


@dataclass(frozen=True)
class Answer:
    """What came back; `date` is the server's own time in whole seconds, None where it did not tell."""

    status: int
    date: datetime | None
    body: Mapping[str, Any]
    audit_id: str = ""
    """By which the API server's audit log has the call."""


class Connection:
    """Calls to one API server, from many threads. `deadline` is in seconds, for a call with its retries."""

    def __init__(
        self, name: str, target: KubernetesTarget, *, deadline: float = 30.0, clock: Clock | None = None
    ) -> None:
        self.calls: Counter[str] = Counter()
        self._clock = clock or SystemClock()
        self._offset: OffsetBounds | None = None
        self._name = name
        self._target = target
        self._deadline = deadline
        self._lock = threading.Lock()
        self._client: client.ApiClient | None = None
        self._headers: dict[str, str] = {}
        self._headers_until = 0.0

    def call(self, call: Call) -> Answer:
        """Make one call; raises the error that `problem_of` names, or UnreachableError."""
        until = self._clock.elapsed() + self._deadline
        for pause in (*_PAUSES, None):
            is_first = pause == _PAUSES[0] and call.repeatable
            connect = _FIRST_CONNECT_SECONDS if is_first else _CONNECT_SECONDS
            answer = self._attempt(call, until - self._clock.elapsed(), connect, last=pause is None)
            if isinstance(answer, Answer):
                return answer
            wait = min(max(answer, pause or 0.0), _LONGEST_PAUSE)
            if self._clock.elapsed() + wait >= until:
                break
            self._clock.sleep(wait)
        # Only where the time is over before the attempts are.
        raise UnreachableError(
            f"{self._doing(call)}: no answer within {self._deadline:g} seconds", hint="is the API server overloaded?"
        )

    def stream(self, call: Call, *, idle: float) -> urllib3.BaseHTTPResponse:
        """Make a call whose answer goes on, once; raises what `call` raises. It breaks after so many seconds of silence.

        Whoever reads on gets urllib3's errors.
        """
        try:
            got = self._send(call, idle, whole=False)
            if 200 <= got.status < 300:
                return got
            answer = _answer(got)
        except HTTPError as error:
            raise self._unreachable(call, error) from error
        raise problem_of(got.status, answer.body if answer else {}, self._doing(call))

    def server_time(self) -> ServerTime | None:
        """Return what the server's clock shows now, by all answers so far; None where none has told its time yet."""
        with self._lock:
            return None if self._offset is None else server_time(self._offset, self._clock.now())

    def close(self) -> None:
        """Close all connections; a later call opens them again."""
        with self._lock:
            opened, self._client, self._headers_until = self._client, None, 0.0
        if opened is not None:
            opened.close()

    def _attempt(self, call: Call, left: float, connect: float, *, last: bool) -> Answer | float:
        """Return the answer, or the seconds that the server asks to wait before the next attempt."""
        try:
            got = self._send(call, left, connect)
        except HTTPError as error:
            never_sent = isinstance(error, NewConnectionError | ConnectTimeoutError)
            if last or isinstance(error, SSLError) or not (call.repeatable or never_sent):
                raise self._unreachable(call, error) from error
            return 0.0
        answer = _answer(got)
        if answer is None:
            raise UnreachableError(
                f"{self._doing(call)}: the answer (HTTP {got.status}) is no JSON",
                hint="something else than an API server answers at this address: a proxy, or a sign-in page?",
            )
        if 200 <= got.status < 300 or got.status in call.expected:
            return answer
        never_done = got.status == BUSY
        if not last and is_transient(got.status, answer.body) and (call.repeatable or never_done):
            return _asked_wait(got.headers.get("Retry-After"))
        raise problem_of(got.status, answer.body, self._doing(call))

    def _send(
        self, call: Call, left: float, connect: float = _CONNECT_SECONDS, *, whole: bool = True
    ) -> urllib3.BaseHTTPResponse:
        opened, headers = self._opened()
        with self._lock:
            self.calls[call.verb] += 1
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        query = f"?{urlencode(call.query)}" if call.query else ""
        left = max(left, 0.01)
        sent = self._clock.now()
        # The library brings configuration, credentials and TLS. Its own request methods differ between its versions and
        # make a model of each object, which costs three times as much as reading the JSON.
        got = opened.rest_client.pool_manager.request(
            call.method,
            f"{opened.configuration.host}{call.path}{query}",
            body=None if call.body is None else json.dumps(call.body, default=dict).encode(),
            headers={**headers, "Accept": call.accept, "User-Agent": f"gitops-breakglass/{__version__}"},
            timeout=urllib3.Timeout(connect=min(connect, left), read=left),
            retries=False,
            preload_content=whole,
        )
        if got.status == _UNAUTHORIZED:
            with self._lock:
                self._headers_until = 0.0
        if (date := _date(got.headers.get("Date"))) is not None:
            with self._lock:
                self._offset = learn(self._offset, TimeSample(sent, self._clock.now(), date))
        return got

    def _opened(self) -> tuple[client.ApiClient, dict[str, str]]:
        """Return the client and headers with the credentials; a token file or plugin is asked by one thread only."""
        with self._lock:
            if self._client is not None and self._clock.elapsed() < self._headers_until:
                return self._client, dict(self._headers)
            try:
                with _no_failing_plugin():
                    if self._client is None:
                        self._client = _open(self._target)
                    settings = self._client.configuration.auth_settings().values()
                self._headers = {str(each["key"]): str(each["value"]) for each in settings if each.get("value")}
                self._headers_until = self._clock.elapsed() + _CREDENTIALS_HOLD
            except Exception as error:  # noqa: BLE001 - whatever a file or a plugin leads the library to
                # Neither a YAML error nor what a plugin printed is repeated: both may quote a credential.
                said = spoken(str(error)) if isinstance(error, config.ConfigException) else type(error).__name__
                raise UnreachableError(
                    f"{self._name}: no usable {_place(self._target)}: {said}",
                    hint=_hint(self._target),
                ) from None
            return self._client, dict(self._headers)

    def _unreachable(self, call: Call, error: HTTPError) -> UnreachableError:
        hint = "is the address in the kubeconfig right, and does a firewall or proxy let the call through?"
        if isinstance(error, SSLError):
            hint = "the certificate of the API server was not accepted: look at the kubeconfig's certificate authority"
        # What a proxy says may quote its address, and with it a password.
        said = "the proxy failed" if isinstance(error, ProxyError) else spoken(str(error))
        return UnreachableError(f"{self._doing(call)}: {said}", hint=hint)

    def _doing(self, call: Call) -> str:
        return f"{self._name}: {call.doing}"


def _open(target: KubernetesTarget) -> client.ApiClient:
    configuration = client.Configuration()
    if target.in_cluster:
        config.load_incluster_config(client_configuration=configuration)
    else:
        # Read here: the library looks at the variable only once, when it is imported.
        file = target.kubeconfig or os.environ.get("KUBECONFIG") or None
        config.load_kube_config(file, target.context, configuration, persist_config=False)
    configuration.connection_pool_maxsize = WORKERS
    return client.ApiClient(configuration)


@contextlib.contextmanager
def _no_failing_plugin() -> Iterator[None]:
    """Raise ConfigException where a credential plugin fails.

    The library logs such a failure, with whatever the plugin printed, and goes on as nobody; neither is wanted here.
    """
    failures: list[str] = []
    thread = threading.get_ident()

    def let_through(record: logging.LogRecord) -> bool:
        if (record.module, record.thread) != ("kube_config", thread) or record.levelno < logging.ERROR:
            return True
        failures.append(record.module)
        return False

    log = logging.getLogger()
    log.addFilter(let_through)
    try:
        yield
    finally:
        log.removeFilter(let_through)
    if failures:
        raise config.ConfigException("the credential plugin failed")


def _place(target: KubernetesTarget) -> str:
    if target.in_cluster:
        return "service account in this pod"
    return f"kubeconfig {target.kubeconfig or '(the default one)'}" + (
        f" with the context {target.context}" if target.context else ""
    )


def _hint(target: KubernetesTarget) -> str:
    if target.in_cluster:
        return "it is there in a pod alone; from elsewhere go by --kubeconfig or --context, as `status`, `revoke` and `sweep` do"
    return (
        "is there such a file, and the context in it? --kubeconfig and --context name them, else `kubernetes` of this cluster "
        "in breakglass.yaml, else they are kubectl's own"
    )


def _answer(got: urllib3.BaseHTTPResponse) -> Answer | None:
    date, sent = _date(got.headers.get("Date")), got.headers.get("Audit-Id", "")
    try:
        body = json.loads(got.data)
    except ValueError:
        # A proxy answers in HTML, and some errors come as text, but no success does.
        return (
            None if got.status < 400 else Answer(got.status, date, {"message": got.data.decode(errors="replace")}, sent)
        )
    return Answer(got.status, date, body if isinstance(body, dict) else {}, sent)


def _date(header: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return date.astimezone(UTC) if date.tzinfo else None


def _asked_wait(header: str | None) -> float:
    try:
        return float(header or 0)
    except ValueError:
        return 0.0
