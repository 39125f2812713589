"""A user name for sending mail goes with a password."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "mail-credentials"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("MailProvider"):
        reading = Reading(document)
        username, password = bool(reading.text("spec", "smtp", "username")), reading.has("spec", "smtp", "passwordRef")
        if username != password:
            there, missing = ("username", "passwordRef") if username else ("passwordRef", "username")
            yield Finding(
                _ID,
                f"smtp.{there} is set without smtp.{missing}",
                document.at("spec", "smtp", there),
                hint=f"set {missing} too, or leave both out for a server that asks for neither",
            )


RULE = Rule(
    _ID,
    "smtp.username and smtp.passwordRef are set together",
    "Upstream refuses one without the other, since the server would refuse the mail.",
    on_policy=_on_policy,
)
