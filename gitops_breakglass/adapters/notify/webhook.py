"""Posts notices as JSON to one address, signed, and says whether they were clearly taken, clearly not, or nobody knows."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from datetime import datetime
from urllib.parse import urlsplit

from gitops_breakglass.adapters.notify.failing import reason_of
from gitops_breakglass.model.notice import LOCAL_HOSTS, Channel, Delivery, Message, Progress

SIGNATURE = "X-GitOps-Breakglass-Signature"
"""`t=SECONDS,v1=HEX`: the HMAC-SHA256, with the shared secret, over the seconds since 1970 by the cluster's time, a dot, and the body."""
TIMEOUT = 10.0
"""Seconds that connecting, and each part of the answer, may take."""


class Webhook:
    """Implements `ports.Messenger`. Redirects are not followed: they would take what is signed to somebody else."""

    channel = Channel.WEBHOOK

    def __init__(
        self, url: str, secret: str = "", *, context: ssl.SSLContext | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._url = urlsplit(url)
        self._secret = secret
        self._context = context
        self._timeout = timeout

    def send(self, message: Message) -> Delivery:
        """Send; whatever goes wrong is in the answer, without the address's path, which may hold a secret."""
        host = self._url.hostname or ""
        if self._url.scheme != "https" and host not in LOCAL_HOSTS:
            return Delivery(Progress.FAILED, f"{host} would be asked without TLS")
        connection = self._connection(host)
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            return Delivery(Progress.FAILED, f"{host} could not be reached: {reason_of(error)}")
        try:
            return self._post(connection, message)
        finally:
            connection.close()

    def _connection(self, host: str) -> http.client.HTTPConnection:
        if self._url.scheme == "https":
            context = self._context or ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._url.port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, self._url.port, timeout=self._timeout)

    def _post(self, connection: http.client.HTTPConnection, message: Message) -> Delivery:
        body = message.payload.encode()
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "gitops-breakglass",
            # A receiver that keeps these takes nothing twice, whoever sends it again.
            "Idempotency-Key": message.id,
            **self._signed(body, message.at),
        }
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return Delivery(Progress.UNSURE, f"no answer was had from {connection.host}: {reason_of(error)}")
        if 200 <= status < 300:
            return Delivery(Progress.SENT)
        return Delivery(Progress.FAILED, f"{connection.host} answered {status}")

    def _signed(self, body: bytes, at: datetime) -> dict[str, str]:
        if not self._secret:
            return {}
        seconds = str(int(at.timestamp()))
        signature = hmac.new(self._secret.encode(), seconds.encode() + b"." + body, hashlib.sha256)
        return {SIGNATURE: f"t={seconds},v1={signature.hexdigest()}"}
