"""The zones of the IANA time zone database, by their names."""

from __future__ import annotations

import re
from datetime import datetime

_NAME = re.compile(r"\A[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}\Z")

_OF_THE_MACHINE = {"Factory", "localtime", "posix", "posixrules", "right"}
"""Names and folders that some machines have beside the zones; in `right` a day is some seconds longer."""


def is_zone(name: str) -> bool:
    """Whether the database has a zone of that name."""
    if len(name) > 64 or not _NAME.match(name) or name.partition("/")[0] in _OF_THE_MACHINE:
        return False
    # Not above: it takes as long as checking twenty files, and few of them name a zone.
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # A folder of the database (`America`) is an OSError, and a missing name a KeyError.
        return False
    return True


def in_zone(at: datetime, name: str) -> datetime | None:
    """Return an aware time in that zone, or None where there is no such zone."""
    if not is_zone(name):
        return None
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(name))
