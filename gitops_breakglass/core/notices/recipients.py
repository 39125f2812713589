"""Who hears of a notice: what an escalation says of being told, and the addresses of mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.identity import Identities, Person
from gitops_breakglass.model.notice import Channel, Event, MailSettings, Notice
from gitops_breakglass.model.policy import Escalation, PolicySide


@dataclass(frozen=True)
class Quiet:
    """What an escalation says of its notices: none at all, or none to some people."""

    is_silenced: bool = False
    excluded: Audience = field(default_factory=Audience)


NOBODY_QUIET = Quiet()


def quiet_of(side: PolicySide, source: str) -> Quiet:
    """Return what holds for grants from this source (`escalation/NAME`); an escalation that is gone silences nothing."""
    kind, _, name = source.partition("/")
    escalation: Escalation | None = side.escalation(name) if kind == "escalation" else None
    if escalation is None:
        return NOBODY_QUIET
    return Quiet(escalation.disable_notifications, escalation.notification_exclusions)


def channels_for(
    channels: Mapping[Channel, AbstractSet[Event]], quiet: Quiet, *, has_change: bool
) -> dict[Channel, AbstractSet[Event]]:
    """Return what each channel tells of a grant. Silence is for people: the alarm of access that does not end still sounds."""
    found = {
        channel: events & {Event.COULD_NOT_END} if quiet.is_silenced else events for channel, events in channels.items()
    }
    if quiet.is_silenced or not has_change:
        found.pop(Channel.COMMENT, None)
    return found


def recipients_of(
    notice: Notice, settings: MailSettings, identities: Identities, quiet: Quiet = NOBODY_QUIET
) -> tuple[str, ...]:
    """Return the addresses that a notice is mailed to, each once, in order.

    The configured ones always hear that access could not be ended; all else is kept from whoever is excluded.
    """
    is_alarm = notice.event is Event.COULD_NOT_END
    people = () if quiet.is_silenced else tuple(_people(notice, settings, identities))
    found = [
        *(each for each in settings.to if is_alarm or not _is_excluded(each, identities, quiet, notice.cluster)),
        *(
            person.emails[0]
            for person in people
            if person.emails and not _excludes(quiet, person, identities, notice.cluster)
        ),
    ]
    once: dict[str, str] = {}
    for each in found:
        once.setdefault(each.casefold(), each)
    return tuple(once.values())


def _people(notice: Notice, settings: MailSettings, identities: Identities) -> Iterator[Person]:
    names = [notice.requester] if settings.to_requester else []
    names += notice.approvers if settings.to_approvers else ()
    return (person for name in names if (person := identities.person(name)) is not None)


def _is_excluded(address: str, identities: Identities, quiet: Quiet, cluster: str) -> bool:
    person = identities.holder_of_email(address)
    named = address.casefold() in {each.casefold() for each in quiet.excluded.users}
    return named or (person is not None and _excludes(quiet, person, identities, cluster))


def _excludes(quiet: Quiet, person: Person, identities: Identities, cluster: str) -> bool:
    users, groups = quiet.excluded.users, quiet.excluded.groups
    named = any(person.answers_to(word, cluster) or word == person.name for word in users)
    # Who may be in a team that could not be read is not woken up either.
    return named or bool(groups & (identities.groups_of(person) | identities.groups_perhaps_of(person)))
