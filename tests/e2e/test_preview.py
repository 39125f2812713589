"""`preview` of what was decided: the windows that are left, whatever the file would come to now."""

from datetime import timedelta

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.flows.preview import preview_record
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.preview import preview_as_text
from tests.e2e.breakglasses import OFFERS, WEEKDAYS, breakglass
from tests.e2e.stage import START, Stage

ASKED = RequestId("prod", "inc-1")


def told(stage, at=START):
    return preview_record(stage.cluster, ASKED, Ed25519Signer().verify, at=at, count=2)


def test_what_was_decided_is_told_with_how_many_had_begun(tmp_path):
    stage = Stage(tmp_path, more=OFFERS)
    assert told(stage) is None
    stage.granted("prod/inc-1", content=breakglass(schedule=WEEKDAYS))
    later = told(stage, START + timedelta(days=2))
    assert preview_as_text(later, None) == (
        "prod/inc-1\n"
        "  cron 0 9 * * 1-5 in Europe/Berlin, 8h each, 10 times at most\n"
        "  as it was decided, from 2026-03-12 03:00:00 UTC; 2 windows had begun by then\n"
        "   1. Thu 2026-03-12 08:00:00 UTC until Thu 2026-03-12 16:00:00 UTC (8h)\n"
        "      Thu 2026-03-12 09:00:00 CET until Thu 2026-03-12 17:00:00 CET (Europe/Berlin)\n"
        "   2. Fri 2026-03-13 08:00:00 UTC until Fri 2026-03-13 16:00:00 UTC (8h)\n"
        "      Fri 2026-03-13 09:00:00 CET until Fri 2026-03-13 17:00:00 CET (Europe/Berlin)\n"
        "  and 6 more windows after them\n"
    )


def test_what_was_denied_or_ended_early_has_no_window_left(tmp_path):
    stage = Stage(tmp_path, more=OFFERS)
    stage.alice.requests("prod/inc-1", breakglass(schedule=WEEKDAYS))
    stage.world.merge("prod/inc-1")
    stage.reconcile()
    denied = told(stage)
    assert (denied.outlook.stretches, denied.notes[0]) == ((), "it was denied")
    assert "ApprovalRequired" in denied.notes[1]


def test_what_was_ended_by_deleting_its_file_has_no_window_left(tmp_path):
    stage = Stage(tmp_path, more=OFFERS)
    stage.granted("prod/inc-1", content=breakglass(schedule=WEEKDAYS))
    stage.world.policy({"requests/prod/inc-1.yaml": None}, message="Done")
    stage.reconcile()
    ended = told(stage)
    assert (ended.outlook.stretches, ended.notes) == ((), ("it was ended before its time",))
