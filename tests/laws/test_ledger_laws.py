"""No ledger that was changed in any way verifies, and no untouched one does not."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_breakglass.core.ledger import ENTRY_TYPE, NOTHING, chained, parse_entry, print_entry, verify_ledger
from gitops_breakglass.core.ledger_drafts import marks_of, untold
from gitops_breakglass.core.ledger_page import MOST_CHARACTERS, MOST_ENTRIES, fitting, lines_of, page_key, page_manifest
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import Envelope, LedgerHead
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.ledger import Anchor, Draft, Line, Trust

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OURS, STRANGER = "ssh-ed25519 OURS", "ssh-ed25519 STRANGER"
TRUST = Trust("acme/access", (OURS,), "u-1")
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def mac(kind, payload, key):
    return base64.b64encode(hashlib.sha256(f"{kind}\0{payload}\0{key}".encode()).digest()).decode()


def signed(payload, key=OURS, kind=ENTRY_TYPE):
    return Envelope(kind, payload, key, mac(kind, payload, key))


def verify(envelope, keys):
    return any(envelope.signature == mac(envelope.payload_type, envelope.payload, key) for key in keys)


DRAFTS = st.builds(
    Draft,
    st.sampled_from(["decided", "granted", "ended", "narrowed"]),
    TEXTS,
    st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=3), max_size=4),
    st.just(frozenset()),
)


def placed(envelopes):
    return [Line(each, Location("prod/page", number)) for number, each in enumerate(envelopes, 1)]


def chain(drafts, after=NOTHING, trust=TRUST, key=OURS):
    return [signed(text, key) for text in chained(drafts, after, trust, "prod", NOW)]


CHAINS = st.lists(DRAFTS, min_size=1, max_size=12).map(chain)


def judged(envelopes, anchors=(), trust=TRUST):
    return verify_ledger(placed(envelopes), trust, verify, anchors)


def rules(envelopes, anchors=(), trust=TRUST):
    return sorted({each.rule for each in judged(envelopes, anchors, trust).findings})


def anchor_of(envelopes, number=None):
    number = len(envelopes) if number is None else number
    return Anchor(digest_of(envelopes[number - 1].payload), number, "an export")


@given(CHAINS)
def test_an_untouched_ledger_verifies_whole_and_by_every_anchor_in_it(found):
    anchors = [anchor_of(found, number) for number in range(1, len(found) + 1)]
    verdict = judged(found, [*anchors, *(replace(each, sequence=None) for each in anchors)])
    assert verdict.findings == ()
    assert [print_entry(each) for each in verdict.entries] == [each.payload for each in found]
    assert verdict.head == LedgerHead(len(found), digest_of(found[-1].payload))


@given(CHAINS)
def test_an_entry_is_read_back_as_it_was_written(found):
    for each in found:
        assert print_entry(parse_entry(each.payload)) == each.payload


@given(CHAINS, st.data())
def test_any_edit_is_found_in_its_place(found, data):
    at = data.draw(st.integers(0, len(found) - 1))
    payload = found[at].payload
    place = data.draw(st.integers(0, len(payload) - 1))
    letter = data.draw(st.characters(exclude_categories=("Cs",)))
    assume(letter != payload[place])
    edited = replace(found[at], payload=payload[:place] + letter + payload[place + 1 :])
    (finding,) = judged([*found[:at], edited, *found[at + 1 :]]).findings
    assert (finding.rule, finding.location.line) == ("ledger-edited", at + 1)


@given(CHAINS, st.data())
def test_an_edit_that_a_stranger_signs_again_is_found_and_told_as_theirs(found, data):
    at = data.draw(st.integers(0, len(found) - 1))
    again = signed(found[at].payload, STRANGER)
    (finding,) = judged([*found[:at], again, *found[at + 1 :]]).findings
    assert (finding.rule, finding.location.line) == ("ledger-key", at + 1)


@given(CHAINS, st.data())
def test_a_missing_entry_is_a_gap_unless_it_is_the_last(found, data):
    assume(len(found) > 1)
    at = data.draw(st.integers(0, len(found) - 2))
    assert rules([*found[:at], *found[at + 1 :]]) == ["ledger-gap"]


@given(CHAINS, st.data())
def test_a_cut_tail_is_found_by_an_anchor_and_by_nothing_else(found, data):
    left = found[: data.draw(st.integers(0, len(found) - 1))]
    assert rules(left) == []
    assert rules(left, [anchor_of(found)]) == ["ledger-rollback"]
    assert rules(left, [replace(anchor_of(found), sequence=None)]) == ["ledger-rollback"]


@given(CHAINS, st.data())
def test_two_entries_in_each_other_s_place_are_found(found, data):
    assume(len(found) > 1)
    one = data.draw(st.integers(0, len(found) - 2))
    other = data.draw(st.integers(one + 1, len(found) - 1))
    swapped = [*found]
    swapped[one], swapped[other] = found[other], found[one]
    assert rules(swapped) != []


@given(CHAINS, st.data())
def test_an_entry_a_second_time_is_found(found, data):
    at = data.draw(st.integers(0, len(found) - 1))
    where = data.draw(st.integers(at + 1, len(found)))
    assert rules([*found[:where], found[at], *found[where:]]) == ["ledger-fork"]


@given(CHAINS, DRAFTS, st.data())
def test_what_a_stranger_puts_between_is_found_and_hides_nothing(found, draft, data):
    at = data.draw(st.integers(0, len(found)))
    head = LedgerHead(at, digest_of(found[at - 1].payload)) if at else LedgerHead()
    (between,) = chain([draft], head, key=STRANGER)
    verdict = judged([*found[:at], between, *found[at:]], [anchor_of(found)])
    assert [each.rule for each in verdict.findings] == ["ledger-key"]
    assert len(verdict.entries) == len(found)


@given(CHAINS, st.lists(DRAFTS, min_size=1, max_size=5), st.data())
def test_a_fork_by_whoever_has_the_key_is_found(found, others, data):
    at = data.draw(st.integers(0, len(found) - 1))
    head = LedgerHead(at, digest_of(found[at - 1].payload)) if at else LedgerHead()
    beside = chain(others, head)
    assume(beside[0].payload != found[at].payload)
    assert rules([*found, *beside]) != []
    assert rules([*found[: at + 1], *beside[1:]]) == (["ledger-fork"] if len(beside) > 1 else [])
    assert rules([*found[:at], *beside], [anchor_of(found, at + 1)]) == ["ledger-rewritten"]


@given(CHAINS)
def test_a_ledger_of_elsewhere_proves_nothing_here(found):
    for trust in (replace(TRUST, repository="acme/other"), replace(TRUST, cluster_uid="u-2")):
        verdict = judged(found, trust=trust)
        assert {each.rule for each in verdict.findings} == {"ledger-elsewhere"}
        assert verdict.entries == ()


@given(st.lists(DRAFTS, min_size=2, max_size=6), st.data())
def test_where_the_cluster_is_not_known_all_entries_must_be_of_one(drafts, data):
    at = data.draw(st.integers(1, len(drafts) - 1))
    first = chain(drafts[:at])
    head = LedgerHead(at, digest_of(first[-1].payload))
    rest = chain(drafts[at:], head, replace(TRUST, cluster_uid="u-2"))
    unknown = replace(TRUST, cluster_uid=None)
    assert rules(first, trust=unknown) == []
    assert rules([*first, *rest], trust=unknown) == ["ledger-elsewhere"]


@pytest.mark.parametrize("payload", ["", "[]", "{}", '{"version":2}', "[" * 100_000, '{"version":1,"sequence":true}'])
def test_what_is_signed_and_is_no_entry_is_told_and_stops_nothing(payload):
    found = chain([Draft("decided", "u", {}, frozenset())])
    verdict = judged([signed(payload), *found])
    assert [each.rule for each in verdict.findings] == ["ledger-edited"]
    assert len(verdict.entries) == 1


def test_a_signature_over_another_type_is_no_entry():
    (found,) = chain([Draft("decided", "u", {}, frozenset())])
    other = signed(found.payload, kind="application/vnd.gitops-breakglass.decision+json")
    assert rules([other]) == ["ledger-edited"]


def test_an_entry_with_more_than_this_version_reads_does_not_hold():
    (found,) = chain([Draft("decided", "u", {}, frozenset())])
    text = json.dumps({**json.loads(found.payload), "more": 1}, sort_keys=True, separators=(",", ":"))
    assert rules([signed(text)]) == ["ledger-edited"]


@given(st.lists(st.integers(0, MOST_CHARACTERS), max_size=2 * MOST_ENTRIES))
def test_pages_take_every_entry_in_order_and_none_is_too_large(sizes):
    texts, pages = ["x" * size for size in sizes], []
    while texts:
        count = fitting(texts)
        assert 0 < count <= MOST_ENTRIES
        assert count == 1 or sum(map(len, texts[:count])) <= MOST_CHARACTERS
        pages.append(count)
        texts = texts[count:]
    assert sum(pages) == len(sizes)


@given(CHAINS, st.lists(st.integers(1, 4), max_size=12))
def test_pages_are_read_back_in_the_order_of_their_numbers(found, sizes):
    pages, at = [], 0
    for size in [*sizes, len(found)]:
        if part := found[at : at + size]:
            manifest = page_manifest(at + 1, part)
            pages.append(LiveObject(page_key(at + 1), "u", manifest))
        at += size
    assert [line.envelope for line in lines_of(reversed(pages), "prod")] == found


@given(st.sets(st.integers(0, 30), min_size=1), st.sets(st.integers(0, 30)))
def test_an_object_is_told_once_however_entries_overlap(objects, told):
    facts = {"objects": [{"uid": str(each)} for each in sorted(objects)]}
    draft = Draft("granted", "u", facts, frozenset(f"granted {each}" for each in objects))
    left = untold(draft, {f"granted {each}": 1 for each in told})
    assert (left is None) == (objects <= told)
    if left is not None:
        assert left.marks == frozenset(f"granted {each}" for each in objects - told)
        (text,) = chained([left], LedgerHead(), TRUST, "prod", NOW)
        assert marks_of(parse_entry(text)) == left.marks
