"""What is offered is not for longer than the repository ever grants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.window import print_duration

_ID = "duration-above-maximum"
_REPOSITORY = "defaults.maxDuration in breakglass.yaml"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    configuration = facts.policy.configuration
    for document, escalation in facts.escalations():
        path: Path = ("spec", "maxValidFor")
        yield from _above(escalation.max_valid_for, configuration.max_duration, _REPOSITORY, document, path)
    for document in facts.of_kind("Configuration"):
        for index, offer in enumerate(configuration.offers):
            path = ("offers", index, "maxDuration")
            yield from _above(offer.max_duration, configuration.max_duration, _REPOSITORY, document, path)
            if not offer.recurring:
                yield from _above(offer.max_duration, ONE_TIME_MAXIMUM, "one-time access", document, path)


def _above(offered: timedelta, maximum: timedelta, whose: str, document: Document, path: Path) -> Iterator[Finding]:
    if offered > maximum:
        longest = print_duration(maximum)
        yield Finding(
            _ID,
            f"{print_duration(offered)} is offered, and {whose} is at most {longest}",
            document.at(*path),
            Severity.WARNING,
            hint=f"set it to {longest} or less: nobody gets more",
        )


RULE = Rule(
    _ID,
    "nothing is offered for longer than can be had",
    "The shorter of two limits holds. A longer one beside it reads as a promise, and requests that rely on it are "
    "refused.",
    on_policy=_on_policy,
)
