"""Telling people of what runs did: aside from the runs, in a bounded time, so that no end ever waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from gitops_breakglass.cli import wiring
from gitops_breakglass.flows.notify import Comments, News, Post, has_to_tell, news_of, notify
from gitops_breakglass.model.errors import BreakglassError, BugError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.notice import Channel
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.policy import ClusterAccess, PolicySide
from gitops_breakglass.ports import Desk, Messenger

WEBHOOK_SECRET = "GITOPS_BREAKGLASS_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
SMTP_USERNAME = "GITOPS_BREAKGLASS_SMTP_USERNAME"
SMTP_PASSWORD = "GITOPS_BREAKGLASS_SMTP_PASSWORD"  # noqa: S105 - as above
ALONE, BESIDE = 90.0, 0.0
"""Seconds that a run waits until people are told: where nobody goes on afterwards, and where other runs follow."""


@dataclass
class Herald:
    """Tells on a thread of its own what the newest run has to tell; a dead channel holds up nothing but other notices."""

    repository: Path
    key: Path | None
    desk: Callable[[], Desk]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        """Begin with nothing to tell."""
        self._lock = Lock()
        self._thread: Thread | None = None
        self._waiting: dict[str, tuple[ClusterAccess, News]] = {}
        self._found: list[Finding] = []
        self._sides: dict[str, PolicySide] = {}

    def tell(self, report: RunReport, known: Mapping[str, ClusterAccess], *, wait: float) -> tuple[Finding, ...]:
        """Tell what a run has to tell, wait for that as many seconds at most, and return what went wrong since the last call.

        `known` is how clusters are reached; where what is in force says it otherwise, that holds.
        """
        waiting = self._news(report, known)
        with self._lock:
            # What an earlier run found and nobody got to yet is due by the records still.
            self._waiting |= waiting
            if self._waiting and self._thread is None:
                self._thread = Thread(target=self._work, name="notices", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread is not None and wait:
            thread.join(wait)
        with self._lock:
            found, self._found = self._found, []
        return tuple(found)

    def _news(self, report: RunReport, known: Mapping[str, ClusterAccess]) -> dict[str, tuple[ClusterAccess, News]]:
        found = {}
        for cluster in report.clusters:
            news = news_of(cluster, self._sides.get(cluster.cluster))
            if cluster.plan is not None and cluster.plan.side is not None:
                self._sides[cluster.cluster] = cluster.plan.side
            if news is None or cluster.at is None or not has_to_tell(news):
                continue
            access = news.side.configuration.clusters.get(cluster.cluster) or known.get(cluster.cluster)
            if access is not None:
                found[cluster.cluster] = (access, news)
        return found

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                name = next(iter(self._waiting))
                access, news = self._waiting.pop(name)
            try:
                self._tell_of(name, access, news)
            except BreakglassError as error:
                self._add(_unreached(name, error))
            except Exception as error:  # noqa: BLE001 - a bug here must not keep what follows from being told
                self._add(_unreached(name, BugError.of(error)))

    def _tell_of(self, name: str, access: ClusterAccess, news: News) -> None:
        from gitops_breakglass.adapters.clock import SystemClock
        from gitops_breakglass.adapters.signing import Ed25519Signer
        from gitops_breakglass.report.request_report import closing_summary

        post = Post(self._messengers(news.side), SystemClock(), closing_summary)
        with wiring.open_clusters({name: access}, (), self.repository) as (cluster,):
            for finding in notify(cluster, Ed25519Signer(self.key).verify, news, post):
                self._add(finding)

    def _messengers(self, side: PolicySide) -> dict[Channel, Messenger]:
        from gitops_breakglass.adapters.notify.smtp import Credentials, Mail
        from gitops_breakglass.adapters.notify.webhook import Webhook

        settings, environ = side.configuration.notifications, self.environ
        found: list[Messenger] = []
        if settings.comments is not None and side.configuration.provider is not Provider.LOCAL:
            found.append(Comments(self.desk))
        if settings.webhook is not None:
            found.append(Webhook(settings.webhook.url, environ.get(WEBHOOK_SECRET, "")))
        if settings.mail is not None:
            credentials = Credentials(environ.get(SMTP_USERNAME, ""), environ.get(SMTP_PASSWORD, ""))
            found.append(Mail(settings.mail, credentials))
        return {each.channel: each for each in found}

    def _add(self, finding: Finding) -> None:
        with self._lock:
            self._found.append(finding)


def _unreached(name: str, error: BreakglassError) -> Finding:
    return Finding(
        "notice-not-sent",
        f"{name}: people could not be told of what became of grants: {error.message}",
        Location(f"clusters/{name}"),
        Severity.WARNING,
        error.hint or "the next run tries again",
    )
