"""Whatever people are to be told can reach them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.notice import Event
from gitops_breakglass.model.policy import Configuration
from gitops_breakglass.model.window import print_duration

_ID = "notification-goes-nowhere"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    configuration = facts.policy.configuration
    settings = configuration.notifications
    for document in facts.of_kind("Configuration"):
        if settings.comments is not None and configuration.provider is Provider.LOCAL:
            yield _told(
                document,
                "with plain git there is no place for comments",
                "comments",
                hint="use `webhook` or `smtp`, or take `comments` out",
            )
        mail = settings.mail
        if mail is not None and not (mail.to or mail.to_requester or mail.to_approvers):
            yield _told(document, "nobody gets this mail", "smtp", hint="set `to`, `requester` or `approvers`")
        yield from _reminders(document, facts, configuration)


def _reminders(document: Document, facts: PolicyFacts, configuration: Configuration) -> Iterator[Finding]:
    settings = configuration.notifications
    if not any(Event.REMINDER in events for events in settings.by_channel().values()):
        return
    bounds = [
        *((f"the escalation {each.name}", each.max_valid_for) for each in facts.policy.escalations),
        *((f"the offer {each.name}", each.max_duration) for each in configuration.offers),
    ]
    never = [name for name, longest in bounds if min(longest, configuration.max_duration) <= settings.reminder]
    if never:
        yield _told(
            document,
            f"no access by {', '.join(never)} is longer than {print_duration(settings.reminder)}, so it has no reminder",
            "reminder",
            hint="remind nearer to the end, as in `reminder: 5m`",
        )


def _told(document: Document, message: str, key: str, *, hint: str) -> Finding:
    return Finding(_ID, message, document.at("notifications", key), Severity.WARNING, hint=hint)


RULE = Rule(
    _ID,
    "whatever people are to be told can reach them",
    "A channel that reaches nobody, or a reminder that is longer than any access, looks like an alarm that is set. Nobody "
    "notices that it is not before it is needed.",
    on_policy=_on_policy,
)
