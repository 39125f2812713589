"""The reference's example on a real API server, reconciled at each boundary of 2024: `python -m tests.cluster.whole_year`."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.harness.build import assets
from tests.cluster.recurring_year import ALL_YEAR, SUBJECTS, WANTED, Replay, replay, wanted
from tests.cluster.replay_stage import ReplayStage


def main() -> int:
    """Replay it and say what was seen; return 1 where that is not what the calendar says."""
    assets()
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-year-", ignore_cleanup_errors=True) as folder:
        stage = ReplayStage(Path(folder), list(SUBJECTS.values()))
        try:
            begun = time.monotonic()
            seen = replay(stage, ALL_YEAR)
            seconds = time.monotonic() - begun
            findings = stage.ledger_findings()
            pages = len(stage.custom("ledgerpages"))
        finally:
            stage.close()
    print(f"{len(seen.looks)} runs and looks in {seconds:.0f} s, {1000 * seconds / len(seen.looks):.0f} ms each")
    for name in SUBJECTS:
        opened = {end for look in seen.looks.values() for end in look.kinds.get(name, {})}
        print(f"{name}: {len(opened)} windows opened, of {len(WANTED[name])} that the calendar has")
    largest = max(len(json.dumps(state)) for look in seen.looks.values() for state in look.states.values())
    print(f"largest status of a record: {largest} bytes; ledger: {pages} pages, {len(findings)} findings")
    print(f"left at the end: {len(seen.left)} objects; wrong looks: {len(wrong := amiss(seen))}")
    return int(bool(wrong or findings or seen.left))


def amiss(seen: Replay) -> list[str]:
    """Whatever was open when it should not be, or the other way round, or failed."""
    found = [
        f"{name} at {at}: {seen.open(name, at)}"
        for name in SUBJECTS
        for at in seen.looks
        if seen.open(name, at) != wanted(name, at)
    ]
    return found + [failed for look in seen.looks.values() for failed in look.failed]


if __name__ == "__main__":
    sys.exit(main())
