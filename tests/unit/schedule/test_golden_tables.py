"""The windows of 2024 in five zones: tables made by the walk over every minute, looked through by eye, and what is found for them.

`python -m tests.unit.schedule.test_golden_tables` writes them again.
"""

import hashlib
import json
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.window import print_time
from tests.laws.cron_walk import walk, year

TABLES = Path(__file__).parents[2] / "data" / "schedule"
BEGIN, END = year(2024)
MADE_OF = {
    "daily-0130": ("30 1 * * *", timedelta(hours=1)),
    "daily-0230": ("30 2 * * *", timedelta(hours=1)),
    "hourly": ("0 * * * *", timedelta(minutes=30)),
    "weekdays-0900": ("0 9 * * 1-5", timedelta(hours=8)),
    "february-29": ("0 0 29 2 *", timedelta(hours=24)),
    "day-31": ("0 0 31 * *", timedelta(hours=24)),
}
ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
CASES = [(name, zone) for name in MADE_OF for zone in ZONES]


def line(start, duration, location):
    zone = ZoneInfo(location)
    ends = start + duration
    return f"{print_time(start)} {start.astimezone(zone):%a %d %b %H:%M %z} to {ends.astimezone(zone):%d %b %H:%M %z}"


def table(starts, name, location):
    """Return a table: how many, a digest of all their lines, and the lines of those that show what the zone does.

    These are the first and the last three, and all of the days on which a clock changes and of the days beside them.
    """
    duration = MADE_OF[name][1]
    lines = [line(start, duration, location) for start in starts]
    shown = {
        at
        for at, start in enumerate(starts)
        if at < 3 or at >= len(starts) - 3 or len(starts) < 20 or near(start, location)
    }
    return {
        "cron": MADE_OF[name][0],
        "windows": len(lines),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "lines": [lines[at] for at in sorted(shown)],
    }


def near(start, location):
    """Whether the clock there changes within a day and a half of that."""
    zone = ZoneInfo(location)
    around = timedelta(hours=36)
    return (start - around).astimezone(zone).utcoffset() != (start + around).astimezone(zone).utcoffset()


@pytest.mark.parametrize("name, location", CASES)
def test_windows_of_a_year_are_those_of_the_table(name, location):
    cron, duration = MADE_OF[name]
    found = list(takewhile(lambda each: each.start < END, windows(Recurrence(cron, location, duration, BEGIN))))
    assert {each.end - each.start for each in found} == {duration}
    written = json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
    assert table([each.start for each in found], name, location) == written[location]


def test_tables_know_the_days_that_people_ask_about():
    daily = json.loads((TABLES / "daily-0230.json").read_text(encoding="utf-8"))
    # 02:30 does not come in New York on 10 March: 03:00 is the first moment after what is skipped.
    assert "2024-03-10T07:00:00Z Sun 10 Mar 03:00 -0400 to 10 Mar 04:00 -0400" in daily["America/New_York"]["lines"]
    early = json.loads((TABLES / "daily-0130.json").read_text(encoding="utf-8"))
    # 01:30 comes twice on 3 November: the first one counts, and an hour of elapsed time later the clock shows 01:30 again.
    assert "2024-11-03T05:30:00Z Sun 03 Nov 01:30 -0400 to 03 Nov 01:30 -0500" in early["America/New_York"]["lines"]


def made(name):
    cron = MADE_OF[name][0]
    return {zone: table(walk(cron, zone, BEGIN, END), name, zone) for zone in ZONES}


if __name__ == "__main__":
    for each in MADE_OF:
        (TABLES / f"{each}.json").write_text(json.dumps(made(each), indent=1) + "\n", encoding="utf-8")
