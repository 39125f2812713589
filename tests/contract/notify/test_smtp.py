"""Notices mailed through a real mail server: what it gets, and what is said of each way in which that can go wrong."""

import email
import email.policy
import ssl
from dataclasses import replace

import pytest

from gitops_breakglass.adapters.notify.smtp import Credentials, Mail
from gitops_breakglass.core.notices import notices_of
from gitops_breakglass.model.notice import Delivery, MailSecurity, MailSettings, Notifications, Progress
from gitops_breakglass.report.notices import message_of
from tests.contract.notify.servers import Certificates, Post
from tests.unit.notices.grants import at, record, refused

ALARM = notices_of(record(), at(61), Notifications(), failed=[refused()])[-1]
MESSAGE = message_of(ALARM, recipients=("sec@example.com", "ben@example.com"))
PASSWORD = "canary-smtp-password"
NOBODY, USER = Credentials(), Credentials("breakglass", PASSWORD)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def mailed(post, security, *, message=MESSAGE, credentials=NOBODY, context=None):
    settings = MailSettings("localhost", post.port, "bg@example.com", security)
    return Mail(settings, credentials, context=context, timeout=2).send(message)


def test_a_mail_goes_to_all_and_shows_nobody_to_anybody():
    with Post() as post:
        assert mailed(post, MailSecurity.NONE) == Delivery(Progress.SENT)
    (got,) = post.got
    assert (got.sender, got.recipients) == ("bg@example.com", ["sec@example.com", "ben@example.com"])
    mail = email.message_from_string(got.text, policy=email.policy.default)
    assert dict(mail) == {
        "Subject": "gitops-breakglass: ACCESS COULD NOT BE ENDED: prod/inc-1",
        "From": "bg@example.com",
        "To": "undisclosed-recipients:;",
        "Message-ID": mail["Message-ID"],
        "Auto-Submitted": "auto-generated",
        "Date": "Tue, 10 Mar 2026 04:01:00 +0000",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }
    assert mail.get_content().splitlines() == MESSAGE.text.splitlines()


def test_the_same_event_has_the_same_message_id_and_another_has_another():
    with Post() as post:
        for message in (MESSAGE, replace(MESSAGE, text="x"), replace(MESSAGE, id="other")):
            mailed(post, MailSecurity.NONE, message=message)
    first, again, other = (email.message_from_string(each.text)["Message-ID"] for each in post.got)
    assert first == again != other


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_over_tls_it_signs_in_and_only_then(certificates, security):
    users = {"breakglass": PASSWORD}
    with Post(certificates.theirs, at_once=security is MailSecurity.TLS, users=users) as post:
        assert mailed(post, security, credentials=USER, context=certificates.trusted) == Delivery(Progress.SENT)
    assert (post.got[0].encrypted, post.got[0].user) == (True, "breakglass")


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_a_certificate_that_is_not_trusted_gets_no_password_and_no_mail(certificates, security):
    with Post(certificates.theirs, at_once=security is MailSecurity.TLS, users={"breakglass": PASSWORD}) as post:
        delivery = mailed(post, security, credentials=USER, context=ssl.create_default_context())
    assert delivery.progress is Progress.FAILED
    assert delivery.why.startswith("localhost could not be reached: its certificate is not trusted")
    assert not [each for each in post.heard if each.startswith(("AUTH", "MAIL"))]


def test_a_server_that_hides_its_tls_gets_nothing(certificates):
    with Post(certificates.theirs, offers_tls=False) as post:
        delivery = mailed(post, MailSecurity.STARTTLS, credentials=USER, context=certificates.trusted)
    assert delivery.progress is Progress.FAILED
    assert [each.split()[0].upper() for each in post.heard] == ["EHLO"]


def test_a_wrong_password_was_clearly_not_taken_and_is_not_repeated(certificates):
    with Post(certificates.theirs, users={"breakglass": "another"}) as post:
        delivery = mailed(post, MailSecurity.STARTTLS, credentials=USER, context=certificates.trusted)
    assert delivery == Delivery(Progress.FAILED, "localhost could not be reached: it answered 535")
    assert PASSWORD not in repr(USER)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"MAIL": "452 too busy"}, "localhost refused the mail: it answered 452"),
        ({"RCPT": "550 nobody"}, "localhost refused the mail: it takes none of the recipients"),
        ({"DATA": "451 not now"}, "localhost refused the mail: it answered 451"),
        ({".": "554 spam"}, "localhost answered 554"),
    ],
)
def test_what_the_server_refuses_was_clearly_not_taken(says, why):
    with Post(says=says) as post:
        assert mailed(post, MailSecurity.NONE) == Delivery(Progress.FAILED, why)


def test_a_server_that_hangs_up_before_the_text_has_clearly_not_taken_it():
    with Post(silent=frozenset({"RCPT"})) as post:
        assert mailed(post, MailSecurity.NONE).progress is Progress.FAILED


def test_a_server_that_hangs_up_behind_the_text_may_have_taken_it():
    with Post(silent=frozenset({"."})) as post:
        delivery = mailed(post, MailSecurity.NONE)
    assert (delivery.progress, len(post.got)) == (Progress.UNSURE, 1)


def test_recipients_that_are_refused_among_others_are_counted_and_keep_nobody_else_from_it():
    with Post(refuses=frozenset({"ben@example.com"})) as post:
        delivery = mailed(post, MailSecurity.NONE)
    assert delivery == Delivery(Progress.SENT, "localhost refused 1 of the recipients")
    assert post.got[0].recipients == ["sec@example.com"]


def test_a_title_with_a_line_end_makes_no_header():
    with Post() as post:
        forged = replace(MESSAGE, title="x\r\nBcc: mallory@example.com")
        with pytest.raises(ValueError, match="linefeed or carriage return"):
            mailed(post, MailSecurity.NONE, message=forged)
    assert post.got == []


def test_a_line_that_is_a_dot_ends_no_mail():
    with Post() as post:
        mailed(post, MailSecurity.NONE, message=replace(MESSAGE, text="a\n.\nMAIL FROM:<x>\n"))
    assert [each.lines[-3:] for each in post.got] == [["a", ".", "MAIL FROM:<x>"]]


def test_nothing_leaves_this_machine_without_tls():
    settings = MailSettings("mail.example.com", 25, "bg@example.com", MailSecurity.NONE)
    assert Mail(settings).send(MESSAGE) == Delivery(Progress.FAILED, "mail.example.com would be asked without TLS")
