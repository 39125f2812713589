"""Carries calls to one GitLab: to its API alone, within a deadline, with bounded answers and bounded waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from gitops_breakglass.adapters.forge.access import is_private, place_of
from gitops_breakglass.adapters.forge.gitlab.problems import NotRead

RETRIES = 2
"""How often a reader is asked again that was told to wait."""
_TOO_MANY = 429


@dataclass(frozen=True)
class Limits:
    """How long calls may take, in seconds, and how much one run asks."""

    deadline: float = 180.0
    """All calls of one run together."""
    connect: float = 10.0
    read: float = 20.0
    """Until the next bytes of an answer."""
    longest_wait: float = 30.0
    """What GitLab may ask us to wait; where it asks for more, the answer is not known now."""
    pause: float = 1.0
    """Between two looks at what GitLab is still computing."""
    largest: int = 16 << 20
    """Bytes of one answer."""
    landings: int = 50
    """Commits of the default branch that one run asks about; the rest is for the next ones."""
    versions: int = 100
    """Versions of one merge request that are looked at; each may have to be fetched."""


class Transport(HTTPAdapter):
    """Sends what goes to the API of one GitLab, and nothing else; the token goes nowhere else with it.

    Raises NotRead for what never got an answer, or not a whole one.
    """

    def __init__(self, api_url: str, limits: Limits) -> None:
        super().__init__(max_retries=0)
        self.limits = limits
        self._place = place_of(api_url)
        self._ends = 0.0
        self.begin()
        self.date: datetime | None = None
        """GitLab's time, as its last answer told it."""

    def begin(self) -> None:
        """Let a run begin: it has the whole deadline before it."""
        self._ends = time.monotonic() + self.limits.deadline

    def pause(self, seconds: float) -> bool:
        """Wait, and say whether there was time for it."""
        if seconds >= self._left():
            return False
        time.sleep(seconds)
        return True

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 - as requests has it
        timeout: object = None,  # noqa: ARG002 - ours holds
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request and read its whole answer."""
        self._demand_our_place(request.url or "")
        for attempt in range(RETRIES + 1):
            answer = self._once(request, verify, cert, proxies)
            if answer.status_code != _TOO_MANY:
                return answer
            wait = self._wait_of(answer)
            if request.method != "GET" or attempt == RETRIES or wait > self.limits.longest_wait or not self.pause(wait):
                raise NotRead(
                    f"GitLab answers no more for now (429); it asks to wait {wait:g} s",
                    "the next run asks again; see who else calls this GitLab by the same token",
                )
        raise AssertionError  # the last attempt returns or raises

    def _once(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001
        cert: object,
        proxies: Mapping[str, str] | None,
    ) -> requests.Response:
        left = self._left()
        if left <= 0:
            raise self._too_late()
        waits = (min(self.limits.connect, left), min(self.limits.read, left))
        try:
            answer = super().send(request, True, waits, verify, cert, proxies)  # type: ignore[arg-type]  # noqa: FBT003
        except requests.RequestException as error:
            raise NotRead(
                f"GitLab can't be reached at {self._shown}: {type(error).__name__}",
                "look at the network, the address and the certificate; the next run asks again",
            ) from None
        try:
            answer._content = self._body(answer)  # noqa: SLF001 - where requests keeps what was read
        except (HTTPError, OSError) as error:
            raise NotRead(
                f"GitLab's answer from {self._shown} broke off: {type(error).__name__}", "the next run asks again"
            ) from None
        finally:
            answer.close()
        if answer.is_redirect or answer.is_permanent_redirect:
            raise NotRead(
                f"GitLab sends us on to another address (HTTP {answer.status_code}), which we do not follow with a token",
                "give the address of the API as it is, without a redirect",
            )
        self._note_date(answer)
        return answer

    def _body(self, answer: requests.Response) -> bytes:
        """Read what comes, bit by bit: a server that sends a byte now and then is slow as a whole."""
        parts: list[bytes] = []
        size = 0
        while part := answer.raw.read1(1 << 16, decode_content=True):
            size += len(part)
            if size > self.limits.largest:
                raise NotRead(
                    f"GitLab's answer has more than {self.limits.largest} bytes",
                    "find out what is so large in the project",
                )
            if self._left() <= 0:
                raise self._too_late()
            parts.append(part)
        return b"".join(parts)

    def _demand_our_place(self, url: str) -> None:
        scheme, host, port, path = place_of(url)
        if (scheme, host, port) != self._place[:3] or not f"{path}/".startswith(f"{self._place[3]}/"):
            raise NotRead(
                f"GitLab refers to another place than its API at {self._shown}, where we send no token",
                "have the address of the API, and GitLab's external_url, say the same",
            )
        if not is_private(url):
            raise NotRead(f"the API at {self._shown} is not reached by https, so no token is sent there", "use https")

    def _wait_of(self, answer: requests.Response) -> float:
        """Return the seconds that GitLab asks to wait: `Retry-After`, else until `RateLimit-Reset`."""
        after = answer.headers.get("Retry-After", "")
        if after.isdigit():
            return float(after)
        reset = answer.headers.get("RateLimit-Reset", "")
        if reset.isdigit() and self.date is not None:
            return max(1.0, float(reset) - self.date.timestamp())
        return 1.0

    def _note_date(self, answer: requests.Response) -> None:
        try:
            told = parsedate_to_datetime(answer.headers.get("Date", ""))
        except ValueError:
            return
        self.date = told if told.tzinfo else None

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _too_late(self) -> NotRead:
        return NotRead(
            f"GitLab did not answer all that was asked within {self.limits.deadline:g} s",
            "the next run goes on; see why it is so slow",
        )

    @property
    def _shown(self) -> str:
        scheme, host, port, _ = self._place
        return f"{scheme}://{host}:{port}"
