"""Reading an audit log that is written, rotated, truncated and compressed meanwhile: nothing twice, nothing left out."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from gitops_breakglass.adapters.audit_log.file import LONGEST_LINE, read_on
from gitops_breakglass.adapters.audit_log.position import Position, State, load, save
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.use import Coverage, Mark
from gitops_breakglass.model.window import parse_time
from tests.unit.use.test_events import EXEC


def line(number: int) -> bytes:
    at = f"2026-11-23T02:18:{number:02d}.000000Z"
    event = EXEC | {"auditID": f"call-{number}", "requestReceivedTimestamp": at, "stageTimestamp": at}
    return json.dumps(event).encode() + b"\n"


class Reader:
    """Reads on each time, as one process after the other would."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.position: Position | None = None
        self.begins: list[bool] = []

    def calls(self, **options: int) -> list[int]:
        found = read_on(self.log, self.position, **options)
        self.position = found.position
        self.begins.append(found.batch.begins is not None)
        return [int(call.audit_id.removeprefix("call-")) for call in found.batch.calls]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def append(log: Path, *lines: bytes) -> None:
    with log.open("ab") as file:
        file.writelines(lines)


def test_reading_goes_on_from_where_it_was(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1), line(2))
    assert reader.calls() == [1, 2]
    assert reader.calls() == []
    append(log, line(3))
    assert reader.calls() == [3]
    assert reader.begins == [True, False, False]


def test_the_first_look_says_from_when_on_the_log_is_whole(log: Path) -> None:
    append(log, line(4), line(5))
    assert read_on(log, None).batch.begins == parse_time("2026-11-23T02:18:04Z")


def test_half_a_line_is_left_until_the_rest_has_come(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1), line(2)[:40])
    assert reader.calls() == [1]
    assert reader.calls() == []
    append(log, line(2)[40:])
    assert reader.calls() == [2]


def test_a_log_without_a_whole_line_yet_says_nothing(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1)[:10])
    assert reader.calls() == []
    append(log, line(1)[10:])
    assert reader.calls() == [1]


def test_a_broken_line_costs_itself_alone_and_is_told(log: Path) -> None:
    append(log, line(1), b"{nothing\n", b"\n", b'{"kind": "Event"}\n', line(2))
    found = read_on(log, None).batch
    assert [call.audit_id for call in found.calls] == ["call-1", "call-2"]
    assert (found.unreadable, found.why) == (2, "it is no JSON")


def test_a_line_without_end_is_passed_over(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1), b"x" * (LONGEST_LINE + 10), b"\n", line(2))
    assert reader.calls() == [1, 2]


def test_more_than_fits_is_read_bit_by_bit(log: Path) -> None:
    reader = Reader(log)
    append(log, *(line(number) for number in range(6)))
    assert read_on(log, None, most=1).batch.more
    assert [reader.calls(most=2 * len(line(1))) for _ in range(4)] == [[0, 1], [2, 3], [4, 5], []]


@pytest.mark.parametrize(
    "rotated",
    ["audit-2026-11-23T02-18-17.487.log", "audit.log.1", "audit.log-20261123"],
    ids=["lumberjack", "n", "date"],
)
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "zipped"])
def test_what_was_written_before_the_rotation_is_read_to_its_end(log: Path, rotated: str, *, zipped: bool) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    append(log, line(2))
    old = log.rename(log.with_name(rotated))
    if zipped:
        old.with_name(f"{rotated}.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
    append(log, line(3))
    assert reader.calls() == [2, 3]
    append(log, line(4))
    assert reader.calls() == [4]
    assert reader.begins == [True, False, False]


def test_a_log_that_was_rotated_and_not_written_again_is_read_to_its_end(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    append(log, line(2))
    log.rename(log.with_name("audit.log.1"))
    assert reader.calls() == [2]
    append(log, line(3))
    assert reader.calls() == [3]


def test_several_rotations_at_once_are_read_in_their_order(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    log.rename(log.with_name("audit.log.3"))
    # Whatever time the files themselves have.
    for number, name in ((2, "audit.log.2"), (3, "audit.log.1")):
        append(log.with_name(name), line(number))
        os.utime(log.with_name(name), (2_000_000_000 - number, 2_000_000_000 - number))
    append(log, line(4))
    assert reader.calls() == [2, 3, 4]


def test_a_log_that_was_copied_and_truncated_is_read_to_its_end(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    append(log, line(2))
    shutil.copy(log, log.with_name("audit.log.1"))
    # For a moment there are both.
    assert reader.calls() == [2]
    append(log, line(3))
    shutil.copy(log, log.with_name("audit.log.1"))
    log.write_bytes(b"")
    append(log, line(4))
    assert reader.calls() == [3, 4]


def test_a_log_of_which_the_old_part_is_gone_is_no_going_on(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    log.write_bytes(line(5))
    assert reader.calls() == [5]
    assert reader.begins == [True, True]


def test_a_log_that_was_rewritten_behind_the_same_first_line_is_no_going_on(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1), line(2))
    assert reader.calls() == [1, 2]
    log.write_bytes(line(1) + line(3) + line(4))
    assert reader.calls() == [1, 3, 4]
    assert reader.begins == [True, True]


def test_other_files_beside_the_log_are_left_alone(log: Path) -> None:
    reader = Reader(log)
    append(log, line(1))
    assert reader.calls() == [1]
    log.rename(log.with_name("audit.log.1"))
    append(log.with_name("audit-webhook.log"), line(7))
    append(log.with_name("audit.log.2.gz"), b"\x1f\x8b broken")
    append(log, line(2))
    assert reader.calls() == [2]


def test_a_log_that_is_not_there_is_told(log: Path) -> None:
    with pytest.raises(UnreachableError, match=r"audit.log can't be read: No such file"):
        read_on(log, None)
    with pytest.raises(UnreachableError, match="can't be read: No such file"):
        read_on(log / "elsewhere", None)


def test_where_reading_stopped_is_kept_between_processes(tmp_path: Path) -> None:
    mark = Mark(parse_time("2026-11-23T02:18:17Z"), "id")
    state = State(Position("f" * 64, 12, "t" * 64), Coverage(mark.at, mark.at, (mark,)))
    file = tmp_path / "state" / "prod.json"
    save(file, state)
    assert load(file) == state
    assert [each.name for each in file.parent.iterdir()] == ["prod.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}', "[" * 100_000])
def test_a_state_that_cant_be_read_begins_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    assert load(file) == State()


def test_a_state_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        save(tmp_path / "file" / "state.json", State())
