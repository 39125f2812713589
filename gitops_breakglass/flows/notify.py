"""Tells people what became of grants on one cluster, after everything else, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gitops_breakglass.core.notices.due import notices_of
from gitops_breakglass.core.notices.recipients import channels_for, quiet_of, recipients_of
from gitops_breakglass.core.notices.tellings import Telling, after, marked, stale, tellings
from gitops_breakglass.core.record import Verify, read_record
from gitops_breakglass.core.record_told import told_status
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.model.errors import BreakglassError, BugError, ConflictError, GoneError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Record, TrustRoot
from gitops_breakglass.model.notice import Channel, Delivery, Message, Progress, Told
from gitops_breakglass.model.outcome import ClusterReport, Failed
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.ports import Clock, ClusterWriter, Desk, Messenger
from gitops_breakglass.report.notices import message_of

MOST_AT_ONCE = 100
"""How many notices one run sends on one cluster; later runs send the others."""
LONGEST = timedelta(seconds=30)
"""How long one run goes on beginning to send."""
_MARKING_TRIES = 5
_NEVER_TWICE = "look where it was to arrive; it is not sent again, so that nobody is told twice"


@dataclass(frozen=True)
class News:
    """What a run found on one cluster, as far as people are told of it."""

    side: PolicySide
    """The policy side in force: only that says who is told, since nobody may have approved what the branch says."""
    failed: tuple[Failed, ...] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    """As the run found them, by the uid of their request."""
    changed: bool = True
    """Whether the run did anything, so that there may be more to tell than its records said."""
    at: datetime | None = None


@dataclass(frozen=True)
class Post:
    """By what people are told."""

    messengers: Mapping[Channel, Messenger]
    clock: Clock
    summary: Callable[[Record], str] = lambda _record: ""
    """What was used of what was granted, for a request that has ended; empty where that is not known."""


@dataclass(frozen=True)
class Comments:
    """Implements `ports.Messenger` at a forge. Where an answer is lost, the next try finds what was written."""

    opened: Callable[[], Desk]
    channel: Channel = Channel.COMMENT

    def send(self, message: Message) -> Delivery:
        """Write a comment on the change, unless it is there."""
        try:
            self.opened().announce(message.change, message.id, message.markdown)
        except BreakglassError as error:
            return Delivery(Progress.FAILED, error.in_one_line())
        return Delivery(Progress.SENT)


def news_of(report: ClusterReport, side: PolicySide | None) -> News | None:
    """Return what a run's report has to tell; None without a policy side in force, or where that tells nobody anything."""
    plan = report.plan
    side = plan.side if plan is not None and plan.side is not None else side
    if side is None or not side.configuration.notifications.by_channel():
        return None
    failed = tuple(each for each in report.outcomes if isinstance(each, Failed) and each.ending and each.still_grants)
    records = {each.request_uid: each for each in plan.records} if plan is not None else {}
    return News(side, failed, records, plan is None or bool(report.outcomes), report.at)


def has_to_tell(news: News) -> bool:
    """Whether it is worth a look at the cluster: something was done, or is due by the records as the run found them."""
    if news.changed or news.at is None:
        return True
    return any(_sending(each, news, news.at) or stale(each.told, (), news.at) for each in news.records.values())


def notify(cluster: ClusterWriter, verify: Verify, news: News, post: Post) -> Iterator[Finding]:
    """Send what is due, and yield what could not be told. Raises UnreachableError, RefusedError or UsageError.

    Before anything is sent, its mark is written onto exactly the record that was read: of two that are about to send the
    same, one can't write it, and sends nothing.
    """
    state = cluster.read()
    book = read_book(state, cluster.name, verify)
    until = post.clock.now() + LONGEST
    sent = 0
    for record in book.records.values():
        work = _Telling(cluster, verify, book.trust, record, news, post, state.now)
        due = _sending(record, news, state.now)
        yield from work.settle(stale(record.told, due, state.now))
        for telling in due:
            if sent >= MOST_AT_ONCE or post.clock.now() >= until:
                return
            if telling.channel in post.messengers:
                sent += 1
                yield from work.tell(telling)


def _sending(record: Record, news: News, now: datetime) -> tuple[Telling, ...]:
    settings = news.side.configuration.notifications
    failed = [each for each in news.failed if each.request == record.request_uid]
    notices = notices_of(record, now, settings, failed=failed, earlier=news.records.get(record.request_uid))
    found: list[Telling] = []
    for notice in notices:
        quiet = quiet_of(news.side, notice.source)
        channels = channels_for(settings.by_channel(), quiet, has_change=bool(notice.change))
        if settings.mail is not None and not recipients_of(notice, settings.mail, news.side.identities, quiet):
            channels.pop(Channel.MAIL, None)
        found += tellings([notice], record.told, channels, now)
    return tuple(found)


@dataclass
class _Telling:
    """One record while it is told of."""

    cluster: ClusterWriter
    verify: Verify
    trust: TrustRoot
    record: Record
    news: News
    post: Post
    now: datetime

    def tell(self, telling: Telling) -> Iterator[Finding]:
        """Mark it, send it, and mark how that went; nothing, where another run has told it since it was found."""
        channels = {telling.channel: {telling.notice.event}}
        if not tellings([telling.notice], self.record.told, channels, self.now):
            return
        mark = Told(telling.notice.occasion, telling.channel, Progress.SENDING, self.now, telling.tries)
        try:
            if not self._mark(mark):
                return
        except BreakglassError as error:
            yield self._missed(telling.channel, f"that it is sent could not be noted: {error.message}", error.hint)
            return
        delivery = self._send(telling)
        result = after(mark, delivery.progress, self.now)
        yield from self._told_of(result, delivery.why)
        yield from self._note(result)

    def settle(self, unsure: Iterable[Told]) -> Iterator[Finding]:
        """Say once of what somebody was about to send that nobody knows more of it."""
        for each in unsure:
            try:
                if each not in self.record.told or not self._mark(replace(each, progress=Progress.UNSURE, at=self.now)):
                    continue
            except BreakglassError:
                continue
            yield from self._told_of(replace(each, progress=Progress.UNSURE), "a run was stopped while it was sent")

    def _send(self, telling: Telling) -> Delivery:
        notice, side = telling.notice, self.news.side
        mail = side.configuration.notifications.mail
        recipients: tuple[str, ...] = ()
        if telling.channel is Channel.MAIL and mail is not None:
            recipients = recipients_of(notice, mail, side.identities, quiet_of(side, notice.source))
        try:
            summary = self.post.summary(self.record) if notice.ended_at is not None else ""
            message = message_of(notice, recipients=recipients, summary=summary)
            return self.post.messengers[telling.channel].send(message)
        except Exception as error:  # noqa: BLE001 - a bug that one notice meets must not keep the others from being sent
            return Delivery(Progress.UNSURE, BugError.of(error).in_one_line())

    def _mark(self, mark: Told) -> bool:
        """Write a mark onto exactly the record that was read; return False where another run was first, or there is no room."""
        told = marked(self.record, mark)
        if told is None:
            return False
        live = self.record.live
        status = live.manifest.get("status")
        before = status if isinstance(status, Mapping) else {}
        try:
            self.cluster.replace_status(live.key, {**live.manifest, "status": {**before, "told": told_status(told)}})
        except (ConflictError, GoneError):
            return False
        return self._read_again()

    def _read_again(self) -> bool:
        """Have the record as it is now, so that the next mark can be written onto it."""
        live = self.cluster.get(self.record.live.key)
        if live is None:
            return False
        self.record = read_record(live, self.trust, self.cluster.name, self.verify)
        return True

    def _note(self, mark: Told) -> Iterator[Finding]:
        """Write how it went, whoever writes the record meanwhile."""
        try:
            for _ in range(_MARKING_TRIES):
                if self._mark(mark) or not self._read_again():
                    return
        except BreakglassError as error:
            yield self._unsure(mark.channel, f"how it went could not be noted: {error.message}")

    def _told_of(self, mark: Told, why: str) -> Iterator[Finding]:
        event = mark.occasion.event.value
        match mark.progress:
            case Progress.SENT if why:
                yield self._missed(mark.channel, f"{event}: {why}", "see which addresses are right")
            case Progress.FAILED:
                yield self._missed(mark.channel, f"{event}: {why}", "it is tried again, less and less often")
            case Progress.GIVEN_UP:
                yield self._missed(mark.channel, f"{event}: {why}; that was the last try", "tell people yourself")
            case Progress.UNSURE:
                yield self._unsure(mark.channel, f"{event}: {why}")

    def _missed(self, channel: Channel, why: str, hint: str | None = None) -> Finding:
        what = f"{self._request}: this was not told by {channel.value}: {why}"
        return Finding("notice-not-sent", what, self._location, Severity.WARNING, hint)

    def _unsure(self, channel: Channel, why: str) -> Finding:
        what = f"{self._request}: nobody knows whether this was told by {channel.value}: {why}"
        return Finding("notice-unsure", what, self._location, Severity.WARNING, _NEVER_TWICE)

    @property
    def _request(self) -> str:
        statement = self.record.statement
        return str(statement.request) if statement is not None else self.record.name

    @property
    def _location(self) -> Location:
        statement = self.record.statement
        return Location(statement.path if statement is not None else f"clusters/{self.cluster.name}")
