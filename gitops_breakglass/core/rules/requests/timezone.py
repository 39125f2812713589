"""The location of a schedule, and the zone of a person, is a zone of the IANA time zone database."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.core.zones import is_zone, near_zone
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "InvalidTimezone"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if isinstance(request, BreakglassRequest) and request.schedule.location is not None:
        yield from _judge(request.schedule.location, request.document, ("spec", "schedule", "location"))


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("Identities"):
        people = document.data.get("people")
        for index, person in enumerate(people if isinstance(people, list) else ()):
            if isinstance(person, dict) and isinstance(name := person.get("timezone"), str):
                yield from _judge(name, document, ("people", index, "timezone"))


def _judge(name: str, document: Document, place: Path) -> Iterator[Finding]:
    if not is_zone(name):
        yield Finding(
            _ID,
            f"there is no time zone {name!r}",
            document.at(*place),
            hint=near_zone(name) or "a name of the IANA database, such as Europe/Berlin, or UTC",
        )


RULE = Rule(
    _ID,
    "a location is an IANA time zone",
    "Nine in the morning is another instant in each zone. A name that is not known would be taken for UTC.",
    on_request=_on_request,
    on_policy=_on_policy,
    # The zones are those of the machine, where it has any.
    by_the_machine=lambda request: isinstance(request, BreakglassRequest) and request.schedule.location is not None,
)
