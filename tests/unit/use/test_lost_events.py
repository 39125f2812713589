"""Events that are lost to the reader, however that came about: what they told is not known, and never taken for no use."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from gitops_breakglass.adapters.audit_log.file import LONGEST_LINE, read_on
from gitops_breakglass.adapters.audit_log.source import FileSource
from gitops_breakglass.core.use.coverage import covered
from gitops_breakglass.model.use import Batch, Coverage, Mark
from gitops_breakglass.model.window import parse_time
from tests.unit.use.test_file import Reader, append, line

MIB = 1024 * 1024
START = parse_time("2026-11-23T02:18:00Z")


def second(number: int):
    return START + timedelta(seconds=number)


def ours(number: int) -> Mark:
    return Mark(second(number), f"call-{number}")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


LOST = {
    "no JSON": b"{nothing\n",
    "no event": b"7\n",
    "too long": b"x" * (LONGEST_LINE + 10) + b"\n",
    "too long by its end alone": b"x" * LONGEST_LINE + b"\n",
    "too long by far": b"x" * (3 * LONGEST_LINE) + b"\n",
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
@pytest.mark.parametrize("most", [64 * MIB, 1], ids=["at once", "bit by bit"])
def test_time_begins_anew_after_an_event_that_is_lost_which_is_told_once(log: Path, lost: bytes, most: int) -> None:
    append(log, line(1), line(3), lost, line(5), line(6))
    source = FileSource(log, most=most)
    told = 0
    mark: Mark | None = ours(6)
    for _ in range(12):
        batch, coverage = source.read(mark)
        told, mark = told + batch.unreadable, None
    assert told == 1
    assert coverage == Coverage(second(5), second(6))


def test_where_the_lost_event_is_the_last_all_before_it_proves_nothing_of_what_comes(log: Path) -> None:
    append(log, line(1), b"{nothing\n")
    batch = read_on(log, None).batch
    assert (batch.begins, batch.is_cut_off) == (None, True)
    assert covered(Coverage(second(0), second(1), (ours(1), ours(9))), batch) == Coverage(pending=(ours(9),))


def test_a_log_that_is_gone_and_has_no_line_yet_is_a_gap(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    log.write_bytes(b"")
    assert read_on(log, reader.position).batch == Batch(is_cut_off=True)


def test_a_file_that_begins_with_a_line_without_end_is_read_behind_it(log: Path) -> None:
    append(log, b"x" * (2 * LONGEST_LINE), b"\n", line(2))
    batch = read_on(log, None).batch
    assert [each.audit_id for each in batch.calls] == ["call-2"]
    assert (batch.begins, batch.unreadable) == (second(2), 1)


def test_a_line_that_rotation_cut_off_is_lost(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    append(log, line(2)[:40])
    log.rename(log.with_name("audit.log.1"))
    append(log, line(3))
    found = read_on(log, reader.position).batch
    assert ([each.audit_id for each in found.calls], found.begins, found.unreadable) == (["call-3"], second(3), 1)


def test_of_a_compressed_file_that_never_ends_only_so_much_is_read(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    bomb = b"".join((line(1), line(2), *[b"0" * MIB] * 200, b"\n", line(3)))
    log.with_name("audit.log.1.gz").write_bytes(gzip.compress(bomb))
    log.write_bytes(line(4))
    found = read_on(log, reader.position, most_expanded=20 * MIB)
    assert [each.audit_id for each in found.batch.calls] == ["call-2", "call-4"]
    assert (found.batch.begins, found.batch.why) == (second(4), "a line is cut off, or longer than 8 MiB")
    # And a place beyond it is not looked for any more.
    beyond = read_on(log, reader.position, most=30 * MIB, most_expanded=500 * MIB)
    assert beyond.batch.more
    found = read_on(log, beyond.position, most_expanded=20 * MIB)
    assert [each.audit_id for each in found.batch.calls] == ["call-4"]
    assert (found.batch.begins, found.batch.why) == (second(4), "a compressed file holds more than is read of one")


def test_a_log_is_whole_from_what_was_told_first_and_not_from_when_that_began(log: Path) -> None:
    """The end of a watch that began long before the file did."""
    watch = line(7).replace(
        b'"requestReceivedTimestamp": "2026-11-23T02:18:07', b'"requestReceivedTimestamp": "2026-11-23T01:00:00'
    )
    assert watch != line(7)
    append(log, watch, line(8))
    assert read_on(log, None).batch.begins == second(7)
