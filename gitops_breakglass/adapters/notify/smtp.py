"""Mails notices: one message, hidden recipients, and a clear answer whether the server took it."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime

from gitops_breakglass.adapters.notify.failing import reason_of
from gitops_breakglass.model.notice import LOCAL_HOSTS, Channel, Delivery, MailSecurity, MailSettings, Message, Progress

TIMEOUT = 10.0
"""Seconds that connecting, and each answer, may take."""


@dataclass(frozen=True)
class Credentials:
    """What a mail server asks for; empty where it asks for nothing."""

    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Say nothing of the password."""
        return f"Credentials({self.username!r})"


class Mail:
    """Implements `ports.Messenger`. The server's certificate is always verified, and nothing is said before that."""

    channel = Channel.MAIL

    def __init__(
        self,
        settings: MailSettings,
        credentials: Credentials = Credentials(),
        *,
        context: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._context = context
        self._timeout = timeout

    def send(self, message: Message) -> Delivery:
        """Send; whatever goes wrong is in the answer. Until the text itself goes out, nothing has been sent."""
        host = self._settings.host
        if self._settings.security is MailSecurity.NONE and host not in LOCAL_HOSTS:
            return Delivery(Progress.FAILED, f"{host} would be asked without TLS")
        text = self._written(message).as_bytes(policy=LINES)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return Delivery(Progress.FAILED, f"{host} could not be reached: {_kind(error)}")
        try:
            return self._sent(server, message.recipients, text)
        finally:
            server.close()

    def _sent(self, server: smtplib.SMTP, recipients: Sequence[str], text: bytes) -> Delivery:
        host = self._settings.host
        try:
            refused = self._addressed(server, recipients)
        except (OSError, smtplib.SMTPException) as error:
            return Delivery(Progress.FAILED, f"{host} refused the mail: {_kind(error)}")
        try:
            code, _ = server.data(text)
        except smtplib.SMTPDataError as error:
            return Delivery(Progress.FAILED, f"{host} refused the mail: {_kind(error)}")
        except (OSError, smtplib.SMTPException) as error:
            return Delivery(Progress.UNSURE, f"no answer was had from {host}: {_kind(error)}")
        if code != 250:
            return Delivery(Progress.FAILED, f"{host} answered {code}")
        return Delivery(Progress.SENT, f"{host} refused {len(refused)} of the recipients" if refused else "")

    def _connected(self) -> smtplib.SMTP:
        settings, context = self._settings, self._context or ssl.create_default_context()
        if settings.security is MailSecurity.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=self._timeout, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=self._timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.security is MailSecurity.STARTTLS:
                server.starttls(context=context)
                server.ehlo()
            if self._credentials.username:
                server.login(self._credentials.username, self._credentials.password)
        except BaseException:
            server.close()
            raise
        return server

    def _addressed(self, server: smtplib.SMTP, recipients: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Name sender and recipients; return those that the server refuses. Raises SMTPException where it takes none."""
        code, said = server.mail(self._settings.sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, self._settings.sender)
        answers = {each: server.rcpt(each) for each in recipients}
        refused = {each: answer for each, answer in answers.items() if answer[0] not in {250, 251}}
        if len(refused) == len(recipients):
            raise smtplib.SMTPRecipientsRefused(refused)
        return refused

    def _written(self, message: Message) -> EmailMessage:
        """Return the mail. A header with a line end in it can't be made: the library raises ValueError."""
        mail = EmailMessage()
        mail["Subject"] = message.title
        mail["From"] = self._settings.sender
        # Nobody learns who else is told.
        mail["To"] = "undisclosed-recipients:;"
        # The same for the same event, so that a reader sees a double as one.
        domain = self._settings.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{hashlib.sha256(message.id.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Date"] = format_datetime(message.at)
        mail.set_content(message.text)
        return mail


def _kind(error: Exception) -> str:
    """Return what went wrong: the server's code, or words of the system's; never what the server says."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it takes none of the recipients"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it offers no TLS, or no way to sign in that we know"
    return reason_of(error)
