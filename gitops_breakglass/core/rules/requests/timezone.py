"""The location of a schedule, and the zone of a person, is a zone of the IANA time zone database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.core.zones import is_zone
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
            hint=_near_zone(name) or "a name of the IANA database, such as Europe/Berlin, or UTC",
        )


@lru_cache(maxsize=256)
def _near_zone(name: str) -> str | None:
    """Return the zone that was meant: of the same area, or the one of a city that stands alone."""
    if len(name) > 64:
        return None
    zones = _zones()
    area, slash, _ = name.lower().partition("/")
    if slash:
        return nearest(name, (each for each in zones if each.lower().startswith(f"{area}/")))
    of_city = [each for each in zones if each.lower().rpartition("/")[2] in {area, area.replace(" ", "_")}]
    return f"did you mean `{min(of_city)}`?" if of_city else None


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


RULE = Rule(
    _ID,
    "a location is an IANA time zone",
    "Nine in the morning is another instant in each zone. A name that is not known would be taken for UTC.",
    on_request=_on_request,
    on_policy=_on_policy,
    # The zones are those of the machine, where it has any.
    by_the_machine=lambda request: isinstance(request, BreakglassRequest) and request.schedule.location is not None,
)
