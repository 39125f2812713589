"""The part of `breakglass.yaml` that says who is told what, and how."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.notice import (
    ALARMS,
    EVERYTHING,
    Event,
    MailSecurity,
    MailSettings,
    Notifications,
    WebhookSettings,
)

_DEFAULTS = Notifications()
PORTS = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
"""The ports that mail servers take messages at (RFC 8314, RFC 6409), and the oldest of them for none."""
_AT = "notifications"


def read_notifications(reading: Reading) -> Notifications:
    """Return who is told what, with the defaults for what is not said; a channel whose section is not there tells nothing."""
    has_comments = reading.has(_AT, "comments")
    return Notifications(
        comments=_events(reading, "comments", EVERYTHING) if has_comments else None,
        reminder=reading.duration(_AT, "reminder") or _DEFAULTS.reminder,
        overdue_after=reading.duration(_AT, "overdueAfter") or _DEFAULTS.overdue_after,
        webhook=_webhook(reading),
        mail=_mail(reading),
    )


def _webhook(reading: Reading) -> WebhookSettings | None:
    url = reading.text(_AT, "webhook", "url")
    return WebhookSettings(url, _events(reading, "webhook", ALARMS)) if url else None


def _mail(reading: Reading) -> MailSettings | None:
    at = (_AT, "smtp")
    host, sender = reading.text(*at, "host"), reading.text(*at, "from")
    if not host or not sender:
        return None
    word = reading.text(*at, "security")
    security = MailSecurity(word) if word in set(MailSecurity) else MailSecurity.STARTTLS
    return MailSettings(
        host=host,
        port=reading.number(*at, "port") or PORTS[security],
        sender=sender,
        security=security,
        to=reading.texts(*at, "to"),
        to_requester=reading.flag(*at, "requester") or False,
        to_approvers=reading.flag(*at, "approvers") or False,
        events=_events(reading, "smtp", ALARMS),
    )


def _events(reading: Reading, channel: str, otherwise: frozenset[Event]) -> frozenset[Event]:
    if not reading.has(_AT, channel, "events"):
        return otherwise
    words = reading.texts(_AT, channel, "events")
    return frozenset(each for each in Event if each.value in words)
