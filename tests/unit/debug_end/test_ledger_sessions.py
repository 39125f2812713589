"""What the ledger tells of a debug session: each container that was added once, and what remained of it at the end."""

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.ledger import ENTRY_TYPE, chained, verify_ledger
from gitops_breakglass.core.ledger_drafts import accounted, drafts, marked, marks_of
from gitops_breakglass.core.ledger_page import lines_of, page_manifest
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.core.record_parts import marks_status, read_marks
from gitops_breakglass.model.debug_state import Done, Remaining, Remains, SessionState
from gitops_breakglass.model.grant import Envelope, LedgerHead
from gitops_breakglass.model.kube import LiveObject, ObjectKey, key_of
from gitops_breakglass.model.ledger import Trust
from tests.unit.debug_end.test_debug_status import START, STATEMENT

NOW = START + timedelta(hours=2)
UID = STATEMENT.uid
DONE = (
    Done("debug", "bg-net-copy", "u-2", "", START),
    Done("shop", "web-0", "u-1", "bg-net-1", START),
    Done("shop", "web-1", "u-3", "bg-net-2", START),
)
LEFT = (Remains("shop", "web-0", "u-1", "bg-net-1", Remaining.STILL_THERE, NOW),)


def a_record(session):
    empty = LiveObject(ObjectKey("v1", "Grant", "", "net"), "u", {"metadata": {}})
    record = read_unproved(empty)
    return replace(record, request_uid=UID, statement=STATEMENT, digest="d", session=session)


def told(record, *, ended=False, sessions=None):
    found = drafts([record], {}, {}, {UID: NOW} if ended else {}, {}, now=NOW, sessions=sessions or {})
    return [each for each in found if each.kind not in ("decided", "granted")]


def test_each_container_has_an_entry_and_a_pod_of_ours_is_told_as_an_object():
    found = told(a_record(SessionState(DONE)))
    assert [each.facts for each in found] == [
        {
            "request": "prod/net",
            "uid": UID,
            "decision": "d",
            "namespace": "shop",
            "pod": "web-0",
            "podUID": "u-1",
            "container": "bg-net-1",
            "image": "busybox:1.36",
            "seenAt": "2026-03-10T03:00:00Z",
        },
        {
            "request": "prod/net",
            "uid": UID,
            "decision": "d",
            "namespace": "shop",
            "pod": "web-1",
            "podUID": "u-3",
            "container": "bg-net-2",
            "image": "",
            "seenAt": "2026-03-10T03:00:00Z",
        },
    ]


def test_what_was_told_is_marked_in_the_record_and_never_told_again():
    record = a_record(SessionState(DONE))
    found = told(record)
    first, second = (next(iter(each.marks)) for each in found)
    marks = marked({}, {first: 4, second: 5}, found)[UID]
    assert marks.injected == {"shop/web-0/bg-net-1", "shop/web-1/bg-net-2"}
    assert read_marks(marks_status(marks)) == marks
    after = replace(record, marks=marks)
    assert told(after) == []
    assert {first, second} <= accounted([after], [])


def test_an_entry_on_a_page_says_what_it_tells():
    found = told(a_record(SessionState(DONE)))
    trust = Trust("acme/access", ("k",), "u")
    texts = chained(found, LedgerHead(), trust, "prod", NOW)
    page = page_manifest(1, [Envelope(ENTRY_TYPE, text, "k", "s") for text in texts])
    lines = lines_of([LiveObject(key_of(page), "u", page)], "prod")
    entries = verify_ledger(lines, trust, lambda _envelope, _keys: True).entries
    assert [marks_of(each) for each in entries] == [each.marks for each in found]


def test_the_entry_about_the_end_says_what_remained():
    (end,) = [each for each in told(a_record(SessionState(remains=LEFT)), ended=True) if each.kind == "ended"]
    left = {"namespace": "shop", "pod": "web-0", "container": "bg-net-1", "state": "still-there"}
    assert end.facts["remains"] == [left]
    (end,) = [each for each in told(a_record(SessionState()), ended=True) if each.kind == "ended"]
    assert "remains" not in end.facts


def test_what_this_run_has_seen_counts_before_its_record_says_so():
    found = told(a_record(SessionState()), ended=True, sessions={UID: SessionState(DONE, remains=LEFT)})
    assert [each.kind for each in found] == ["injected", "injected", "ended"]
    assert "remains" in found[-1].facts
