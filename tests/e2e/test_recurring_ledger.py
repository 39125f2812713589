"""What the ledger tells an auditor of recurring access: of each window when it was given, when it was gone, and how late."""

import json

from gitops_breakglass.core.ledger_story import episodes
from gitops_breakglass.report.ledger import show_as_json, show_as_text
from tests.cli.test_json_output import fits
from tests.e2e.ledgers import entries, holds
from tests.e2e.recurring import at, daily, run_at


def test_each_window_that_was_given_is_told_also_where_they_overlap_and_a_missed_one_is_not(tmp_path):
    stage = daily(tmp_path, cron="0 9,10 * * *", duration="90m", more=", maxActivations: 4")
    # On the second day the first run comes when the window of nine is over.
    for moment in (at(10, 9, 0, 5), at(10, 10, 0, 7), at(10, 10, 30), at(10, 11, 31), at(11, 10, 45), at(11, 12)):
        run_at(stage, moment)
    assert holds(stage)
    told = episodes(entries(stage))
    head, whole, *windows = (" ".join(row.split()) for row in show_as_text(told).splitlines())
    assert head == "REQUEST WHO WHAT APPROVED BY DECIDED GRANTED ENDED WHY LAG"
    assert whole == (
        f"prod/daily alice@example.com offer/daily ben ({stage.ben.fingerprint})"
        " 2026-03-10T03:00:00Z 2026-03-10T09:00:05Z 2026-03-11T12:00:00Z expired 30m"
    )
    day, next_day = "prod/daily - 2026-03-10T", "prod/daily - 2026-03-11T"
    assert windows == [
        f"{day}09:00:00Z to 2026-03-10T10:30:00Z - - 2026-03-10T09:00:05Z 2026-03-10T10:30:00Z expired 0s",
        f"{day}10:00:00Z to 2026-03-10T11:30:00Z - - 2026-03-10T10:00:07Z 2026-03-10T11:31:00Z expired 1m",
        f"{next_day}10:00:00Z to 2026-03-11T11:30:00Z - - 2026-03-11T10:45:00Z 2026-03-11T12:00:00Z expired 30m",
    ]
    data = json.loads(show_as_json(told))
    fits("ledger-requests", data)
    assert [each["grantedAt"] for each in data["requests"][0]["windows"]] == [
        "2026-03-10T09:00:05Z",
        "2026-03-10T10:00:07Z",
        "2026-03-11T10:45:00Z",
    ]
