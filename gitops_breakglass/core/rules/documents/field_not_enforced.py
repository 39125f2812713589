"""A restriction that is not enforced is told where it stands, and refuses what relies on it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.fields import text_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "field-not-enforced"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest):
        return
    for escalation in candidates(request, policy):
        for field in escalation.unenforced:
            yield Finding(
                _ID,
                f"escalation {escalation.name} ({escalation.location}) restricts by {field}, which this version does not "
                "enforce",
                request.document.at("spec"),
                Severity.WARNING,
                hint="nothing is granted on terms that can't be held; the field has to go first",
                refuses=True,
            )


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        for restriction in escalation.unenforced:
            yield Finding(
                _ID,
                f"{restriction} is not enforced by this version",
                document.at(*restriction.split(".")),
                Severity.WARNING,
                hint="requests that rely on it are refused until it is, or until it is taken out",
            )
    for document, field, place in facts.set_fields():
        if field.own and field.rule == _ID and field.effect == "informational":
            yield Finding(
                _ID,
                f"{text_of(place)} has no effect in this version",
                document.at(*place),
                Severity.WARNING,
                hint=_as_phrase(field.note),
            )


def _as_phrase(sentence: str | None) -> str | None:
    return f"{sentence[0].lower()}{sentence[1:].removesuffix('.')}" if sentence else None


RULE = Rule(
    _ID,
    "a restriction that is set is enforced",
    "No field is passed over in silence. What is set and not enforced is told where it stands; a request that relies on a "
    "restriction that nobody holds to is refused.",
    on_request=_on_request,
    on_policy=_on_policy,
)
