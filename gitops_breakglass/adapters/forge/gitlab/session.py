"""Asks one GitLab by python-gitlab: whole lists, counted, and one place where whatever goes wrong gets its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import gitlab
import requests

from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.gitlab.fields import Fields
from gitops_breakglass.adapters.forge.gitlab.problems import (
    PROJECT,
    Need,
    NotRead,
    beyond_a_job,
    malformed,
    no_token,
    refused,
)
from gitops_breakglass.adapters.forge.gitlab.transport import Limits, Transport

PER_PAGE = 100
LONGEST_LIST = 10_000
"""Items of one list; GitLab stops counting there."""

T = TypeVar("T")


class Session:
    """One GitLab and one project of it. Nothing is asked, nor a token needed, before the first call.

    Every call raises NotRead where there is no whole answer.
    """

    def __init__(self, access: ForgeAccess, limits: Limits | None = None) -> None:
        self.access = access
        self.transport = Transport(access.api_url, limits or Limits())
        session = requests.Session()
        session.mount("https://", self.transport)
        session.mount("http://", self.transport)
        token = None if access.is_job_token else access.token
        job_token = access.token if access.is_job_token else None
        base, _, version = access.api_url.rpartition("/api/v")
        self._client = gitlab.Gitlab(
            base or access.api_url,
            private_token=token,
            job_token=job_token,
            api_version=version if base else "4",
            session=session,
            keep_base_url=True,
            # Times and repetitions are the transport's.
            timeout=None,
            retry_transient_errors=False,
        )

    @property
    def project(self) -> str:
        """The path of the project in the API."""
        number = self.access.identity.repository
        if not number.isdecimal():
            raise NotRead(
                f"forge.repository is {number!r}, and on GitLab it has to be the project's number",
                "give the number that the project's page in GitLab shows; names change hands",
            )
        return f"/projects/{number}"

    @property
    def date(self) -> datetime | None:
        """GitLab's time, as its last answer told it."""
        return self.transport.date

    def get(self, need: Need, path: str, **query: object) -> Fields:
        """Return one object."""

        def ask() -> object:
            return self._client.http_get(path, query_data=dict(query), obey_rate_limit=False, max_retries=0)

        return Fields.of(self._asked(need, ask), need.what)

    def project_itself(self) -> Fields:
        """Return the project."""
        return self.get(PROJECT, self.project)

    def list(self, need: Need, path: str, *, most: int | None = None, **query: object) -> tuple[Fields, ...]:
        """Return a whole list, all pages of it, or its first `most` items.

        A list that changed while it was read, so that its count and what came differ, is none. Where GitLab may hide entries
        that it counts, it has to come twice the same.
        """
        items, total = self._listed(need, path, most, query)
        if total is None or total == len(items):
            return items
        if need.hides and len(items) < total and self._listed(need, path, most, query) == (items, total):
            return items
        raise malformed(need.what, f"{total} entries were announced, and {len(items)} came")

    def _listed(
        self, need: Need, path: str, most: int | None, query: Mapping[str, object]
    ) -> tuple[tuple[Fields, ...], int | None]:
        """Return what came, none of it twice, and how many there should be."""

        def ask() -> tuple[list[object], int | None]:
            found: list[object] = []
            pages: Any = self._client.http_list(
                path,
                query_data={**query, "per_page": min(most or PER_PAGE, PER_PAGE)},
                iterator=True,
                obey_rate_limit=False,
                max_retries=0,
            )
            for each in pages:
                found.append(each)
                if most is not None and len(found) >= most:
                    return found, None
                if len(found) > LONGEST_LIST:
                    raise NotRead(
                        f"GitLab has more than {LONGEST_LIST} entries, asked for {need.what}",
                        "nobody reads that many: find out who writes them",
                    )
            return found, pages.total

        found, total = self._asked(need, ask)
        items = tuple(Fields.of(each, need.what) for each in found)
        numbers = [each.number("id") for each in items]
        if len(set(numbers)) != len(numbers):
            raise malformed(need.what, "some of its entries came twice")
        return items, total

    def post(self, need: Need, path: str, data: Mapping[str, object]) -> Fields:
        """Make something; never tried twice."""
        return Fields.of(self._asked(need, lambda: self._client.http_post(path, post_data=dict(data))), need.what)

    def put(self, need: Need, path: str, data: Mapping[str, object]) -> Fields:
        """Change something."""
        return Fields.of(self._asked(need, lambda: self._client.http_put(path, post_data=dict(data))), need.what)

    def demand(self, need: Need) -> None:
        """Raise where it is known beforehand that the token is no good for a call."""
        if self.access.token is None:
            raise no_token(need)
        if self.access.is_job_token and not need.job:
            raise beyond_a_job(need)

    def _asked(self, need: Need, ask: Callable[[], T]) -> T:
        self.demand(need)
        try:
            return ask()
        except gitlab.GitlabParsingError:
            raise malformed(need.what, "it is no JSON") from None
        except gitlab.GitlabError as error:
            # What GitLab says about it may quote what it was sent, so its words go nowhere.
            raise refused(need, error.response_code or 0) from None
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # python-gitlab takes a list for granted, headers to be numbers, and that an empty page is the last.
            raise malformed(need.what, "it is of another kind") from None
