"""The location of a schedule is a zone of the IANA time zone database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "InvalidTimezone"
_NAME = re.compile(r"\A[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}\Z")


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.schedule.location is None:
        return
    if not _is_zone(request.schedule.location):
        yield Finding(
            _ID,
            f"there is no time zone {request.schedule.location!r}",
            request.document.at("spec", "schedule", "location"),
            hint=_near(request.schedule.location) or "a name of the IANA database, such as Europe/Berlin, or UTC",
        )


def _is_zone(name: str) -> bool:
    if len(name) > 64 or not _NAME.match(name):
        return False
    # Not above: it takes as long as checking twenty files, and few of them name a zone.
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # A folder of the database (`America`) is an OSError, and a missing name a KeyError.
        return False
    return True


@lru_cache(maxsize=256)
def _near(name: str) -> str | None:
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
    # The zones are those of the machine, where it has any.
    by_the_machine=lambda request: isinstance(request, BreakglassRequest) and request.schedule.location is not None,
)
