"""One way to GitHub's API: bounded in time and size, never redirected, and no more patient than it is told to be."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from github.GithubException import RateLimitExceededExceedsMaxWait
from github.GithubRetry import GithubRetry
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse
from requests.adapters import HTTPAdapter
from urllib3.response import BaseHTTPResponse

from gitops_breakglass.adapters.forge.access import place_of
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered, refusal, unreached

# PyGithub writes what it does to standard error as soon as it is imported. What matters of it is told by us, in our words.
logging.getLogger("github").handlers.clear()

_CHUNK = 65536
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds, but for the last four."""

    timeout: float = 20.0
    """How long nothing may come."""
    deadline: float = 240.0
    """How long one piece of work may take in all, however steadily something comes."""
    longest_wait: float = 30.0
    """How long a rate limit is waited for at most."""
    between_writes: float = 1.0
    retries: int = 2
    """How often a question is asked again where the answer is 5xx or none; what writes is never sent twice."""
    reserve: int = 100
    """Calls of the token's rate limit that are left for others."""
    most_new: int = 40
    """Landing commits that one run asks about."""
    most_lost: int = 10
    """Approved commits of one pull request that git can't fetch, each of which costs a call."""


class Patience(GithubRetry):
    """PyGithub's retries, which also give up where `Retry-After` asks for more than the longest wait."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return for how many seconds to wait. Raises RateLimitExceededExceedsMaxWait."""
        wait = super().get_retry_after(response)
        if wait is not None and wait > (self.max_rate_limit_wait or 0):
            raise RateLimitExceededExceedsMaxWait(response.status, None, dict(response.headers), wait=wait)
        return wait


class Line:
    """The HTTP session that all connections to one API share, and until when it may be used."""

    def __init__(self, api_url: str, limits: Limits) -> None:
        self._place = place_of(api_url)[:3]
        self._limits = limits
        self._ends: float | None = None
        self._http = requests.Session()
        # Anything but None keeps the user's .netrc out of it.
        self._http.auth = lambda request: request
        retry = Patience(
            total=limits.retries,
            backoff_factor=0.25,
            allowed_methods=frozenset({"GET"}),
            max_rate_limit_wait=limits.longest_wait,
        )
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, HTTPAdapter(max_retries=retry))

    def begin(self) -> None:
        """Let the time for one piece of work run from now on."""
        self._ends = time.monotonic() + self._limits.deadline

    def send(self, verb: str, url: str, headers: dict[str, str], data: Any) -> RequestsResponse:
        """Send one request and read all of its answer in time. Raises Unanswered, and what requests and urllib3 raise."""
        doing = f"{verb} {urlsplit(url).path}"
        if place_of(url)[:3] != self._place:
            # Answers are full of addresses; the token goes to none that is not the API itself.
            raise Unanswered(f"{doing} would go to another host than the API's", "see that the API's address is right")
        left = self._left(doing)
        answer = self._http.request(
            verb,
            url,
            headers=headers,
            data=data,
            timeout=min(self._limits.timeout, left),
            allow_redirects=False,
            stream=True,
        )
        with answer:
            if 300 <= answer.status_code < 400:
                # PyGithub would follow it, without the query and with the token.
                raise refusal(answer.status_code, doing, Need.NOTHING)
            if answer.status_code == 202:
                # PyGithub would ask again and again, for as long as that is the answer.
                raise unreached(doing, "it is not ready to")
            body = bytearray()
            while part := answer.raw.read1(_CHUNK, decode_content=True):
                body += part
                self._left(doing)
                if len(body) > _MOST_BYTES:
                    raise unreached(doing, f"its answer has more than {_MOST_BYTES} bytes")
        return _Read(answer, bytes(body))

    def _left(self, doing: str) -> float:
        if self._ends is None:
            self.begin()
        left = (self._ends or 0) - time.monotonic()
        if left <= 0:
            raise unreached(doing, f"all of it together took longer than {self._limits.deadline:g} s")
        return left


class _Read(RequestsResponse):
    """An answer that was read already."""

    def __init__(self, answer: requests.Response, body: bytes) -> None:
        super().__init__(answer)
        self._body = body

    def read(self) -> str:
        """Return the body; one that is no UTF-8 raises UnicodeDecodeError."""
        return self._body.decode("utf-8")


def requester_class(line: Line) -> type[Requester]:
    """Return PyGithub's requester over that line, whatever connection it would have made itself."""

    class Https(HTTPSRequestsConnectionClass):
        def getresponse(self) -> RequestsResponse:
            return line.send(
                self.verb, f"{self.protocol}://{self.host}:{self.port}{self.url}", self.headers, self.input
            )

    class Http(HTTPRequestsConnectionClass):
        def getresponse(self) -> RequestsResponse:
            return line.send(
                self.verb, f"{self.protocol}://{self.host}:{self.port}{self.url}", self.headers, self.input
            )

    class OverLine(Requester):
        pass

    OverLine.injectConnectionClasses(Http, Https)
    return OverLine
