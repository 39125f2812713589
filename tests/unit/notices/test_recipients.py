"""Who hears of a notice, and whom an escalation keeps out of it."""

from dataclasses import replace

from gitops_breakglass.core.notices import NOBODY_QUIET, Quiet, notices_of, recipients_of
from gitops_breakglass.core.notices.recipients import channels_for
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.identity import Group, Identities, Person
from gitops_breakglass.model.notice import Channel, Event, MailSettings, Notifications
from tests.unit.notices.grants import NOW, at, record, refused

PEOPLE = Identities(
    (
        Person("alice", ("alice@example.com",), "alice"),
        Person("ben", ("ben@example.com", "b@example.com")),
        Person("sec", ("Security@example.com",)),
    ),
    (Group("leads", frozenset({"ben"})),),
)
MAIL = MailSettings("m", 25, "x@example.com", to=("security@example.com",), to_requester=True, to_approvers=True)
(GRANTED,) = notices_of(record(), NOW, Notifications())
ALARM = notices_of(record(), at(61), Notifications(), failed=[refused()])[-1]


def without(users=(), groups=()):
    return Quiet(excluded=Audience(frozenset(users), frozenset(groups)))


def test_the_configured_addresses_the_requester_and_who_approved_are_mailed_once_each():
    assert recipients_of(GRANTED, MAIL, PEOPLE) == ("security@example.com", "alice@example.com", "ben@example.com")
    doubled = replace(MAIL, to=("Alice@example.com", "alice@example.com"), to_approvers=False)
    assert recipients_of(GRANTED, doubled, PEOPLE) == ("Alice@example.com",)
    assert recipients_of(GRANTED, replace(MAIL, to_requester=False, to_approvers=False), PEOPLE) == MAIL.to


def test_whoever_is_excluded_by_name_address_or_group_gets_no_mail():
    for quiet in (without(["alice"]), without(["alice@example.com"])):
        assert recipients_of(GRANTED, MAIL, PEOPLE, quiet) == ("security@example.com", "ben@example.com")
    assert recipients_of(GRANTED, MAIL, PEOPLE, without(groups=["leads"])) == (*MAIL.to, "alice@example.com")
    assert "security@example.com" not in recipients_of(GRANTED, MAIL, PEOPLE, without(["Security@example.com"]))
    assert "security@example.com" not in recipients_of(GRANTED, MAIL, Identities(), without(["security@example.com"]))


def test_an_alarm_reaches_the_configured_addresses_whoever_is_excluded_or_silenced():
    assert recipients_of(ALARM, MAIL, PEOPLE, without(["security@example.com", "alice", "ben"])) == MAIL.to
    assert recipients_of(ALARM, MAIL, PEOPLE, Quiet(is_silenced=True)) == MAIL.to


def test_a_silenced_escalation_tells_nothing_but_the_alarm_and_that_to_no_change():
    channels = {each: frozenset(Event) for each in Channel}
    only = frozenset({Event.COULD_NOT_END})
    assert channels_for(channels, Quiet(is_silenced=True), has_change=True) == {
        Channel.WEBHOOK: only,
        Channel.MAIL: only,
    }
    assert channels_for(channels, NOBODY_QUIET, has_change=True) == channels
    assert Channel.COMMENT not in channels_for(channels, NOBODY_QUIET, has_change=False)
