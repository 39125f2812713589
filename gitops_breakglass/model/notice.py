"""Notices: what people are told of a grant, by which channel, and how far each telling came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import Window, print_time


class Event(StrEnum):
    """What there is to tell of a grant."""

    GRANTED = "granted"
    REMINDER = "reminder"
    """It ends soon."""
    ENDED = "ended"
    COULD_NOT_END = "could-not-end"
    """It is over, and its access may still hold: an alarm, not news."""


class Channel(StrEnum):
    """How people are told."""

    COMMENT = "comment"
    WEBHOOK = "webhook"
    MAIL = "smtp"


class Progress(StrEnum):
    """How far one telling by one channel came."""

    SENDING = "sending"
    """It is about to be sent; where nothing more is heard of it, nobody knows whether it was."""
    SENT = "sent"
    FAILED = "failed"
    """It was clearly not taken, and is tried again."""
    UNSURE = "unsure"
    """It may have been taken; it is never sent again."""
    GIVEN_UP = "given-up"
    """It was refused too often."""


@dataclass(frozen=True, order=True)
class Occasion:
    """What is told once: an event of one request, or of one occurrence of it."""

    event: Event
    occurrence: datetime | None = None
    """When the window began that it is about; None where it is about the request as a whole."""

    def id_for(self, uid: str) -> str:
        """Return what names it everywhere and for ever, for the request of that uid: `UID/ended/2026-03-14T20:00:00Z`."""
        start = [print_time(self.occurrence)] if self.occurrence is not None else []
        return "/".join([uid, self.event.value, *start])


@dataclass(frozen=True)
class Told:
    """What a record says of one telling. It is written before anything is sent, and again after."""

    occasion: Occasion
    channel: Channel
    progress: Progress
    at: datetime
    """When that was written, by the cluster's time."""
    tries: int = 1


@dataclass(frozen=True)
class Notice:
    """One thing to tell, with all that the texts about it need."""

    occasion: Occasion
    cluster: str
    request: RequestId
    uid: str
    at: datetime
    """When it was found, by the cluster's time."""
    change: str = ""
    """The change's name at the forge."""
    subject: str = ""
    source: str = ""
    """`escalation/NAME`, `offer/NAME` or `template/NAME`."""
    window: Window | None = None
    why: str = ""
    """Why it ended, or what keeps it from ending."""
    late: timedelta | None = None
    """For an end: how long after it was due."""
    since: datetime | None = None
    """For an end that failed: when it was due."""
    still: tuple[str, ...] = ()
    """What is still there that may give access, as people name objects."""
    ended_at: datetime | None = None
    schedule: str = ""
    """Of recurring access, as a whole."""
    requester: str = ""
    """The name of the person whose change it was."""
    approvers: tuple[str, ...] = ()
    """The names of those who approved it."""

    @property
    def event(self) -> Event:
        """What it tells of."""
        return self.occasion.event

    @property
    def id(self) -> str:
        """What names it everywhere and for ever."""
        return self.occasion.id_for(self.uid)


EVERYTHING = frozenset(Event)
ALARMS = frozenset({Event.COULD_NOT_END})


LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Where nothing leaves the machine, so that it need not be encrypted."""


class MailSecurity(StrEnum):
    """How the connection to a mail server is kept from others; its certificate is always verified."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Not at all: to a server on this machine only."""


@dataclass(frozen=True)
class WebhookSettings:
    """Where notices are posted to."""

    url: str
    events: frozenset[Event] = ALARMS


@dataclass(frozen=True)
class MailSettings:
    """Through which server mail goes, from whom and to whom."""

    host: str
    port: int
    sender: str
    security: MailSecurity = MailSecurity.STARTTLS
    to: tuple[str, ...] = ()
    """Addresses that hear of every grant."""
    to_requester: bool = False
    to_approvers: bool = False
    """Whether those who approved a grant hear of it."""
    events: frozenset[Event] = ALARMS


@dataclass(frozen=True)
class Notifications:
    """Who is told what; a channel that is None tells nothing."""

    comments: frozenset[Event] | None = None
    reminder: timedelta = timedelta(minutes=15)
    """How long before a window's end its reminder comes."""
    overdue_after: timedelta = timedelta()
    """How long an end has to be overdue before it is told that it failed."""
    webhook: WebhookSettings | None = None
    mail: MailSettings | None = None

    def by_channel(self) -> dict[Channel, frozenset[Event]]:
        """Return which events each channel tells, for those that there are."""
        found = {Channel.COMMENT: self.comments}
        if self.webhook is not None:
            found[Channel.WEBHOOK] = self.webhook.events
        if self.mail is not None:
            found[Channel.MAIL] = self.mail.events
        return {channel: events for channel, events in found.items() if events is not None}


@dataclass(frozen=True)
class Message:
    """A notice as a channel sends it."""

    id: str
    title: str
    """One line."""
    text: str
    markdown: str
    payload: str
    """JSON, as schemas/output/notice.schema.json has it."""
    at: datetime
    """By the cluster's time."""
    change: str = ""
    recipients: tuple[str, ...] = ()
    """Addresses of mail."""


@dataclass(frozen=True)
class Delivery:
    """What became of sending: SENT, FAILED where it was clearly not taken, UNSURE where nobody can say."""

    progress: Progress
    why: str = ""
    """What went wrong, in one line without secrets; also where some of many were not reached."""
