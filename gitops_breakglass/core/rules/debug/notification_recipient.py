"""Whom to notify is an address."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "notification-recipient"
_PATH = ("spec", "notification", "additionalRecipients")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        for index, text in enumerate(reading.texts(*_PATH)):
            if "@" not in text.strip():
                yield Finding(
                    _ID,
                    f"{text!r} is no e-mail address" if text.strip() else "this recipient is blank",
                    reading.document.at(*_PATH, index),
                    hint="recipients are addresses; groups are notified as approvers",
                )


RULE = Rule(
    _ID,
    "recipients of notifications are addresses",
    "Mail to a name without an address goes nowhere, and upstream refuses the document.",
    on_policy=_on_policy,
)
