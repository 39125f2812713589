"""Whoever is left out of notifications would get them otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import Audience, Escalation

_ID = "excluded-from-nothing"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        reading = Reading(document)
        for field, approvers in (
            ("users", _addresses(escalation, facts)),
            ("groups", _groups(escalation, facts)),
        ):
            path = ("spec", "notificationExclusions", field)
            for index, name in enumerate(reading.texts(*path)):
                if name not in approvers:
                    yield Finding(
                        _ID,
                        f"{name} is no approver, so there is nothing to leave them out of",
                        document.at(*path, index),
                        Severity.WARNING,
                        hint=nearest(name, approvers) or "only approvers are told of requests: take the entry out",
                    )


def _addresses(escalation: Escalation, facts: PolicyFacts) -> frozenset[str]:
    groups = Audience(groups=escalation.approvers.groups)
    approvers = facts.people_of(groups) | facts.perhaps_of(groups)
    mail = facts.policy.configuration.notifications.mail
    users, told = escalation.approvers.users, frozenset[str]()
    if mail is not None:
        users, told = users | set(mail.to), frozenset(mail.to)
    if mail is not None and mail.to_requester:
        users |= escalation.allowed.users
        approvers |= facts.people_of(escalation.allowed) | facts.perhaps_of(escalation.allowed)
    return users | {
        email
        for person in facts.policy.identities.people
        if person.name in approvers or told.intersection(person.emails)
        for email in person.emails
    }


def _groups(escalation: Escalation, facts: PolicyFacts) -> frozenset[str]:
    mail = facts.policy.configuration.notifications.mail
    asks = escalation.allowed.groups if mail is not None and mail.to_requester else frozenset[str]()
    return escalation.approvers.groups | asks


RULE = Rule(
    _ID,
    "whoever is left out of notifications is an approver",
    "The list takes approvers out of those who are told. A name that is not among them is a slip, and the one who was "
    "meant is still woken up.",
    on_policy=_on_policy,
)
