"""Asks GitHub's API: each question with its permission, each list to its end, each failure in words for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from github import Auth
from github.GithubException import GithubException, RateLimitExceededException
from github.Requester import Requester
from requests.utils import parse_header_links
from urllib3.exceptions import HTTPError

from gitops_breakglass import __version__
from gitops_breakglass.adapters.forge.access import ForgeAccess, is_private
from gitops_breakglass.adapters.forge.github.connection import Limits, Line, requester_class
from gitops_breakglass.adapters.forge.github.fields import Fields, distinct
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered, refusal, unreached, unreadable
from gitops_breakglass.model.errors import UsageError

API_VERSION = "2022-11-28"
"""Asked for with every call: what a call answers changes with the version, and the newest is not what this was written for."""
PER_PAGE = 100
_MOST_PAGES = 30


class Session:
    """One API with one token. Every method raises Unanswered where there is no usable answer; making one asks nothing."""

    def __init__(self, access: ForgeAccess, limits: Limits) -> None:
        self._access = access
        self.limits = limits
        self.left: int | None = None
        """Calls that the token has left, by the last answer that said so."""
        self.me: str = ""
        """The number of whose the token is, once that was asked for."""
        self.date: str = ""
        """The `Date` header of the last answer."""
        self._line = Line(access.api_url, limits)

    def begin(self) -> None:
        """Begin a piece of work, with all of its time before it."""
        self._line.begin()

    def get(self, path: str, need: Need, **parameters: str | int) -> Fields:
        """Return the object at a path."""
        _, data = self._ask("GET", path, need, parameters)
        return _as_object(data, f"GET {path}")

    def pages(self, path: str, need: Need, *, key: str = "id", **parameters: str | int) -> Sequence[Fields]:
        """Return every object of a list; `key` is the field in which no two of them are alike."""
        return distinct([each for page in self.page_by_page(path, need, **parameters) for each in page], key)

    def page_by_page(self, path: str, need: Need, **parameters: str | int) -> Iterator[Sequence[Fields]]:
        """Yield the pages of a list, to its end or to where nobody asks for more."""
        for number in range(1, _MOST_PAGES + 1):
            headers, data = self._ask("GET", path, need, {**parameters, "per_page": PER_PAGE, "page": number})
            page = _as_list(data, f"GET {path}")
            yield page
            # A full page may be the last, and says so only by the next one being empty: a lost header loses nothing.
            if len(page) < PER_PAGE and _next(headers) is None:
                return
        raise unreadable(f"GET {path}", f"the list has more than {_MOST_PAGES} pages")

    def by_cursor(self, path: str, need: Need, **parameters: str | int) -> Sequence[Fields]:
        """Return every object of a list whose pages have no numbers, but each the cursor of the one after it."""
        found: list[Fields] = []
        here = dict(parameters)
        for _ in range(_MOST_PAGES):
            headers, data = self._ask("GET", path, need, {**here, "per_page": PER_PAGE})
            found += _as_list(data, f"GET {path}")
            following = _next(headers)
            if following is None:
                return distinct(found, "id")
            cursors = parse_qs(urlsplit(following).query).get("after", [])
            if len(cursors) != 1:
                break
            here["after"] = cursors[0]
        raise unreadable(f"GET {path}", f"the list has more than {_MOST_PAGES} pages, or no way to the next")

    def query(self, text: str, variables: Mapping[str, Any], need: Need) -> Fields:
        """Return the data of a GraphQL query, which only reads."""
        doing = "POST /graphql"
        _, data = self._ask(
            "POST", self._requester.graphql_url, need, {}, {"query": text, "variables": dict(variables)}
        )
        answer = _as_object(data, doing)
        if answer.has("errors"):
            kinds = {each.data.get("type") for each in answer.each("errors")}
            if "RATE_LIMITED" in kinds:
                raise refusal(429, doing, need)
            if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"}:
                raise Unanswered(
                    f"GitHub did not let {doing} look", f"give the token the permission {need}", status=403
                )
            raise unreadable(doing, "it came with errors")
        return answer.of("data")

    def write(self, verb: str, path: str, need: Need, body: Mapping[str, Any]) -> Fields:
        """Send what changes something, once, and return the object that came back."""
        _, data = self._ask(verb, path, need, {}, body)
        return _as_object(data, f"{verb} {path}")

    @cached_property
    def _requester(self) -> Requester:
        """PyGithub's own; made at the first question, since making one needs a token."""
        if not __debug__:
            # PyGithub checks by `assert` to which hosts it sends the token.
            raise UsageError(
                "Python was started with -O or PYTHONOPTIMIZE, which takes checks out of PyGithub that guard the token",
                hint="start it without",
            )
        if not is_private(self._access.api_url):
            raise UsageError(
                f"{self._access.api_url} would get the token unencrypted", hint="give an address with https"
            )
        if self._access.token is None:
            raise Unanswered("there is no token for GitHub", "set GITOPS_BREAKGLASS_TOKEN or GITHUB_TOKEN", status=401)
        return requester_class(self._line)(
            auth=Auth.Token(self._access.token),
            base_url=self._access.api_url,
            timeout=int(self.limits.timeout) or 1,
            user_agent=f"gitops-breakglass/{__version__}",
            per_page=PER_PAGE,
            verify=True,
            retry=None,
            pool_size=None,
            seconds_between_requests=None,
            seconds_between_writes=self.limits.between_writes,
            api_version=API_VERSION,
        )

    def _ask(
        self,
        verb: str,
        path: str,
        need: Need,
        parameters: Mapping[str, str | int],
        body: Mapping[str, Any] | None = None,
    ) -> tuple[Mapping[str, str], Any]:
        doing = f"{verb} {urlsplit(path).path}"
        headers = {"Accept": "application/vnd.github+json"}
        try:
            status, received, text = self._requester.requestJson(verb, path, dict(parameters), headers, body)
        except RateLimitExceededException as error:
            raise refusal(error.status, doing, need, limited=True) from None
        except GithubException as error:
            raise refusal(error.status, doing, need) from None
        except requests.Timeout:
            raise unreached(doing, f"nothing came for {self.limits.timeout:g} s") from None
        except requests.exceptions.SSLError:
            raise unreached(doing, "its certificate can't be trusted") from None
        except requests.exceptions.RetryError:
            raise unreached(doing, "it is not able to, again and again") from None
        except (requests.RequestException, HTTPError, OSError):
            raise unreached(doing, "the connection failed or broke off") from None
        except ValueError:
            raise unreadable(doing, "it is no text in UTF-8") from None
        self._remember(received)
        if status not in {200, 201}:
            limited = status == 403 and (received.get("x-ratelimit-remaining") == "0" or "retry-after" in received)
            raise refusal(status, doing, need, limited=limited)
        try:
            return received, json.loads(text)
        except (ValueError, RecursionError):
            raise unreadable(doing, "it is no JSON") from None

    def _remember(self, headers: Mapping[str, str]) -> None:
        remaining = headers.get("x-ratelimit-remaining", "")
        if remaining.isdecimal() and headers.get("x-ratelimit-resource", "core") == "core":
            self.left = int(remaining)
        self.date = headers.get("date", self.date)


def _as_object(data: Any, doing: str) -> Fields:
    if not isinstance(data, dict):
        raise unreadable(doing, "it is no object")
    return Fields(data, doing)


def _as_list(data: Any, doing: str) -> Sequence[Fields]:
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise unreadable(doing, "it is no list of objects")
    return [Fields(each, doing) for each in data]


def _next(headers: Mapping[str, str]) -> str | None:
    links = parse_header_links(headers.get("link", ""))
    return next((each["url"] for each in links if each.get("rel") == "next"), None)
